"""Which package answers: exact before newest, near before far, R4 itself last."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from fhirpa.validation.compiler.library import Library, precedence
from fhirpa.validation.compiler.package import Package, version_order

URL = "http://example.org/x"


def package(name: str, version: str, depends: Mapping[str, str] | None = None) -> Package:
    definition = {"resourceType": "ValueSet", "url": URL}
    return Package(name, version, "0" * 64, depends or {}, {("ValueSet", URL): definition})


CORE = package("hl7.fhir.r4.core", "4.0.1")


def order(root: Package, *others: Package) -> list[str]:
    return [p.id for p in precedence(root, [root, *others, CORE]).packages]


def test_what_is_near_comes_first_and_r4_last() -> None:
    far, near = package("far", "1.0.0"), package("near", "1.0.0", {"far": "1.0.0"})
    root = package("root", "1.0.0", {"hl7.fhir.r4.core": "4.0.1", "near": "1.0.0"})
    assert order(root, far, near, package("other", "1.0.0")) == [
        "root#1.0.0",
        "near#1.0.0",
        "far#1.0.0",
        "other#1.0.0",
        "hl7.fhir.r4.core#4.0.1",
    ]


def test_of_a_dependency_in_several_versions_the_newest_answers_where_none_is_named() -> None:
    old, new, unasked = (package("dep", v) for v in ("3.1.1", "10.0.0", "11.0.0"))
    root = package("root", "1.0.0", {"dep.v311": "3.1.1", "dep": "10.0.0"})
    found = precedence(root, [root, old, new, unasked, CORE])
    assert [p.version for p in found.packages if p.name == "dep"] == ["10.0.0", "3.1.1"]
    library = Library([p for p in found.packages if p != root])
    newest, exact, other = (library.find("ValueSet", URL + pin) for pin in ("", "|3.1.1", "|9.9.9"))
    assert newest is not None
    assert exact is not None
    assert other is not None
    assert (newest.canonical, exact.canonical, other.canonical) == (
        f"{URL}|10.0.0",
        f"{URL}|3.1.1",
        f"{URL}|10.0.0",
    )
    assert (newest.exact, exact.exact, other.exact) == (True, True, False)


def test_a_version_that_is_not_there_is_stood_in_for_by_the_newest_of_its_name() -> None:
    root = package("root", "1.0.0", {"dep": "2.0.0", "any": "1.0.0", "gone": "1.0.0"})
    given_packages = [
        root,
        package("dep", "1.0.0"),
        package("dep", "1.1.0"),
        package("any.r4", "1.0.0"),
        CORE,
    ]
    found = precedence(root, given_packages)
    assert found.stand_ins == {
        "dep#2.0.0": "dep#1.1.0",
        "any#1.0.0": "any.r4#1.0.0",
        "gone#1.0.0": None,
    }


def test_a_ballot_comes_before_its_release_and_numbers_count_as_numbers() -> None:
    versions = ["1.0.0-ballot", "1.0.0", "1.0.1", "1.2.0", "1.10.0-snapshot1", "1.10.0", "2.0"]
    assert sorted(set(versions), key=version_order) == versions


@given(
    st.permutations(
        [package("a", "1.0.0", {"c": "1.0.0"}), package("b", "1.0.0"), package("c", "1.0.0"), CORE]
    )
)
def test_the_order_of_the_packages_given_does_not_matter(packages: list[Package]) -> None:
    root = package("root", "1.0.0", {"a": "1.0.0"})
    found = precedence(root, [*packages, root])
    assert [p.name for p in found.packages] == ["root", "a", "c", "b", "hl7.fhir.r4.core"]
