import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.hl7.fhir.r5.context.IWorkerContext.VersionResolutionRules;
import org.hl7.fhir.r5.elementmodel.Element;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.r5.model.CanonicalResource;
import org.hl7.fhir.r5.model.CanonicalType;
import org.hl7.fhir.r5.utils.validation.IResourceValidator;
import org.hl7.fhir.r5.utils.validation.IValidatorResourceFetcher;
import org.hl7.fhir.r5.utils.validation.constants.ReferenceValidationPolicy;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.npm.NpmPackage;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.ValidatorUtils;
import org.hl7.fhir.validation.instance.InstanceValidator;
import org.hl7.fhir.validation.instance.advisor.BasePolicyAdvisorForFullValidation;

/**
 * Runs HL7's validator over many resources in one process, without network.
 *
 * <p>Use: {@code java -Duser.home=HOME -cp 'lib/*' Validate.java JOB OUT}. JOB is a JSON object {@code {packages:
 * ["name#version", ...], resources: [{label, file, profile}, ...]}}; the packages are loaded in that order, out of
 * HOME/.fhir/packages, and none of their dependencies is looked for. To OUT one JSON line per resource is appended:
 * {@code {label, profile, nanoseconds, messages: [{severity, path, id, text, because: [messages]}]}}.
 */
public class Validate {

  public static void main(String[] args) throws Exception {
    ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);
    JsonObject job = JsonParser.parseString(Files.readString(Path.of(args[0]))).getAsJsonObject();
    ValidationEngine engine = engine(job.getAsJsonArray("packages"));
    try (BufferedWriter out = 
        Files.newBufferedWriter(Path.of(args[1]), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      for (var resource : job.getAsJsonArray("resources")) {
        out.write(new Gson().toJson(validate(engine, resource.getAsJsonObject())));
        out.newLine();
        out.flush();
      }
    }
  }

  private static ValidationEngine engine(JsonArray packages) throws Exception {
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder()
        .withVersion("4.0.1")
        .withNoTerminologyServer()
        .fromSource(packages.get(0).getAsString());
    engine.connectToTSServer(null, null, null, false);
    for (int i = 1; i < packages.size(); i++) {
      NpmPackage npm = engine.getPcm().loadPackageFromCacheOnly(name(packages, i), version(packages, i));
      engine.getContext().loadFromPackage(npm, ValidatorUtils.loaderForVersion(npm.fhirVersion()));
    }
    engine.getDefaultInstanceValidatorParameters().getExtensions().add("any");
    engine.setAllowExampleUrls(true); // the public suite uses such URLs in its own payloads
    engine.setPolicyAdvisor(new BundleOnly());
    engine.setFetcher(new FetchNothing());
    return engine;
  }

  private static String name(JsonArray packages, int i) {
    return packages.get(i).getAsString().split("#")[0];
  }

  private static String version(JsonArray packages, int i) {
    return packages.get(i).getAsString().split("#")[1];
  }

  private static JsonObject validate(ValidationEngine engine, JsonObject resource) throws Exception {
    String profile = resource.get("profile").getAsString();
    List<ValidationMessage> messages = new ArrayList<>();
    InstanceValidator validator = engine.getValidator(FhirFormat.JSON);
    byte[] body = Files.readAllBytes(Path.of(resource.get("file").getAsString()));
    long start = cpuTime();
    try {
      validator.validate(
          null, messages, new ByteArrayInputStream(body), FhirFormat.JSON, engine.asSdList(List.of(profile)));
    } catch (Exception | Error e) { // A validator that gives up on one resource must not hide the others.
      messages.add(new ValidationMessage(
          ValidationMessage.Source.InstanceValidator, ValidationMessage.IssueType.EXCEPTION, "", "the validator gave up: " + e,
          ValidationMessage.IssueSeverity.FATAL));
    }
    long end = cpuTime();
    JsonObject answer = new JsonObject();
    answer.addProperty("label", resource.get("label").getAsString());
    answer.addProperty("profile", profile);
    answer.addProperty("nanoseconds", end - start);
    answer.add("messages", json(messages));
    return answer;
  }

  /** Processor time of this thread: others may be busy on the machine. */
  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static JsonArray json(List<ValidationMessage> messages) {
    JsonArray array = new JsonArray();
    for (ValidationMessage message : messages) {
      JsonObject object = new JsonObject();
      object.addProperty("severity", message.getLevel().toCode());
      object.addProperty("path", message.getLocation());
      object.addProperty("id", message.getMessageId());
      object.addProperty("text", message.getMessage());
      if (message.getSliceInfo() != null && !message.getSliceInfo().isEmpty()) {
        object.add("because", json(message.getSliceInfo()));
      }
      array.add(object);
    }
    return array;
  }

  /** References that leave the Bundle are not followed; those inside it the validator always follows. */
  private static class BundleOnly extends BasePolicyAdvisorForFullValidation {
    BundleOnly() {
      super(ReferenceValidationPolicy.IGNORE, Set.of());
    }
  }

  /**
   * Fetches nothing, and takes it that a web address names something: whether one does is asked of servers elsewhere,
   * and an error about it would fail every profile that refers to the resource.
   */
  private static class FetchNothing implements IValidatorResourceFetcher {
    @Override
    public Element fetch(IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean resolveURL(
        IResourceValidator validator, Object context, String path, String url, VersionResolutionRules rules,
        String type, boolean canonical, List<CanonicalType> targets) {
      return true;
    }

    @Override
    public byte[] fetchRaw(IResourceValidator validator, String url) throws IOException {
      throw new IOException("no network");
    }

    @Override
    public IValidatorResourceFetcher setLocale(Locale locale) {
      return this;
    }

    @Override
    public CanonicalResource fetchCanonicalResource(IResourceValidator validator, Object context, String url) {
      return null;
    }

    @Override
    public boolean fetchesCanonicalResource(IResourceValidator validator, String url) {
      return false;
    }

    @Override
    public Set<ResourceVersionInformation> fetchCanonicalResourceVersions(
        IResourceValidator validator, Object context, String url) {
      return Set.of();
    }
  }
}
