"""/validate: paste or drop a resource, see what is wrong beside its lines. Nothing is stored.

It works without scripts; validate.js only makes it smoother. The source is a stranger's: the templates escape
it, and the content policy allows no script but ours.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, render_template, request

from fhirpa.fhir.data import data_path
from fhirpa.fhir.outcome import FhirError
from fhirpa.web import headers
from fhirpa.web.fhir_api import VERSIONS
from fhirpa.web.fhir_validate import cost
from fhirpa.web.findings_view import verdict
from fhirpa.web.media import sniffed_format
from fhirpa.web.rate import RateLimit, TooOften
from fhirpa.web.source_view import view
from fhirpa.web.use_cases import UseCases
from fhirpa.web.validate_form import Form, is_from_elsewhere, read_form

_EXAMPLES = {"valid": "lbp-initial", "faulty": "bad-duplicate-full-url"}
_EDITABLE = 300_000  # bytes of a source that the answer holds once more, to be changed and sent again


def install(app: Flask, use_cases: UseCases, limit: RateLimit) -> None:
    """Add the page. `limit` is shared with $validate."""
    page = _Page(use_cases, limit)
    app.add_url_rule("/validate", "validate_page", page.empty)
    app.add_url_rule("/validate", "validate_form", page.result, methods=["POST"])


@dataclass(frozen=True, slots=True)
class _Page:
    use_cases: UseCases
    limit: RateLimit

    def empty(self) -> Response:
        """GET: the form; with ?example=valid or faulty, and version, one of our requests in it."""
        version = request.args.get("version")
        version = version if version in VERSIONS else None
        name = _EXAMPLES.get(request.args.get("example", ""))
        return self._render(version=version, source=_example(name, version) if name else "")

    def result(self) -> Response:
        """POST: the form again, and what was found."""
        if is_from_elsewhere(request):
            return self._render(403, fault="This form can only be sent from this page.")
        form: Form | None = None
        try:
            form = read_form(request, self.use_cases.validate_page_bytes)
            self.limit.spend(request.remote_addr, cost(len(form.body)))
            return self._inspected(form)
        except FhirError as error:
            return self._render(error.status, form, fault=error.issues[0].text)
        except TooOften as error:
            refused = self._render(429, form, fault=error.text)
            refused.headers["Retry-After"] = str(error.retry_after)
            return refused

    def _inspected(self, form: Form) -> Response:
        found = self.use_cases.inspect(form.body, sniffed_format(form.body), form.version, form.profile)
        shown = verdict(found)
        return self._render(
            form=form,
            found=found,
            verdict=shown,
            lines=view(found.source, shown.marks),
            outcome=b64encode(found.outcome).decode(),
        )

    def _render(self, status: int = 200, form: Form | None = None, **more: Any) -> Response:
        values: dict[str, Any] = {
            "versions": VERSIONS,
            "version": form.version if form else None,
            "profile": form.profile if form else None,
            "source": _editable(form.body) if form else "",
            "limit": self.use_cases.validate_page_bytes,
            "not_refilled": form is not None and len(form.body) > _EDITABLE,
        }
        response = Response(render_template("validate.html", **(values | more)), status)
        response.headers["Content-Security-Policy"] = headers.POLICY_OF_FORMS
        return response


def _editable(body: bytes) -> str:
    return "" if len(body) > _EDITABLE else body.decode("utf-8", "replace")


def _example(name: str, version: str | None) -> str:
    folder = data_path("fixtures").joinpath(version or VERSIONS[-1], "json")
    return folder.joinpath(f"{name}.json").read_text(encoding="utf-8")
