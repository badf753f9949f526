"""When two errors are one, and what stands alone."""

import pytest

from tests.official.compare import compare
from tests.official.paths import missing, plain, steps
from tests.official.verdicts import Error


def error(path: str, *kinds: str, rule: str = "", anywhere: bool = False) -> Error:
    return Error(path, frozenset(kinds), rule, "text", anywhere)


def category(mine: Error, other: Error) -> str:
    found = compare([mine], [other], ())
    (name,) = [n for n in ("same", "near", "form", "other_kind", "only_theirs") if getattr(found, n)]
    return name + (" and ours alone" if found.only_ours else "")


@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [
        (error("A.b", "type"), error("A.b", "type", "structure"), "same"),
        (error("A.b.c", "type"), error("A.b", "type"), "near"),
        (error("A.b", "binding"), error("A.b", "type"), "other_kind"),
        (error("A.b", "binding"), error("A.c", "binding"), "only_theirs and ours alone"),
        (error("A.b[1].c", "type"), error("A.b[2].c", "type"), "only_theirs and ours alone"),
        (error("A.b", "type"), error("A.b[2]", "type"), "same"),
        (error("A.b.c.d", "structure"), error("A.b", "binding"), "form"),
        (error("A.b", "structure"), error("A.b.c.d", "binding"), "form"),
        (error("A.Code", "structure", rule="structure:element-unknown"), error("A.code", "type"), "form"),
        (error("A.meta.profile[0]", "profile", rule="profile:"), error("A.x.y", "type"), "form"),
        (error("A", "bundle"), error("A.entry[0].x", "bundle", anywhere=True), "same"),
    ],
)
def test_an_official_error_is_the_same_as_ours_or_follows_from_it_or_is_not_there(
    mine: Error, other: Error, expected: str
) -> None:
    assert category(mine, other) == expected


def test_of_two_invariants_the_keys_must_agree() -> None:
    mine, other = error("A", "invariant", rule="invariant#a-1"), error("A", "invariant", rule="http://x#a-2")
    assert category(mine, other) == "other_kind"


def test_an_error_of_ours_beside_a_tolerated_one_is_not_alone() -> None:
    mine = error("A.b", "extension")
    assert compare([mine], [], [error("A.b", "extension")]).only_ours == ()
    assert compare([mine], [], []).only_ours == (mine,)


def test_paths_lose_what_only_one_side_writes() -> None:
    path = "Bundle.entry[0].resource/*Claim/a.b*/.extension[1][url='http://x.y/z'].value.ofType(Period).start"
    assert plain(path) == "Bundle.entry[0].resource.extension[1].value.start"
    assert plain("Bundle.entry[0].resource/*Claim/1*/") == "Bundle.entry[0].resource"
    assert plain("A.b._url") == "A.b.url"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Claim.request: minimum required = 1, but only found 0 (from x)", "P.request"),
        ("Claim.item.value[x]: minimum required = 1", "P.value"),
        ("Slice 'Bundle.entry:Claim': a matching slice is required", "P.entry"),
        ("Slice 'Claim.item.extension:a' for extension 'http://x': a matching slice", "P.extension"),
        ("Task.input:AttachmentsNeeded.extension: minimum required = 1", "P.extension"),
        ("Something else", "P"),
    ],
)
def test_a_message_about_a_missing_element_means_that_element(text: str, expected: str) -> None:
    assert missing("P", text) == expected


def test_steps_count_downwards_only() -> None:
    assert [steps(*pair) for pair in (("A.b", "A.b"), ("A", "A.b.c"), ("A.b.c", "A"), ("A.b", "A.c"))] == [
        0,
        2,
        2,
        None,
    ]
