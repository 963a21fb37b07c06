"""A termbase that contradicts itself says so, with both places."""

from __future__ import annotations

import pytest

from termbase.terms import Place, Status, Term, Termbase, Variant


def entry(surface: str, line: int, **forms: str) -> Term:
    names = {"avoid": Status.DEPRECATED, "allow": Status.ADMITTED, "also": Status.PREFERRED}
    variants = tuple(
        Variant(form, names[name], "ja", Place("g.md", line + 1)) for name, form in forms.items()
    )
    return Term(surface, Place("g.md", line), variants=variants)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ([entry("ノード", 1), entry("ノード", 5)], "declared twice"),
        ([entry("サーバ", 1), entry("ｻｰﾊﾞ", 5)], "declared twice"),
        ([entry("ノード", 1), entry("Node", 5, also="ノード")], "declared twice"),
        ([entry("ノード", 1, avoid="ホスト"), entry("ホスト", 5)], "preferred elsewhere"),
        ([entry("ノード", 1, avoid="ノード")], "preferred elsewhere"),
        ([entry("ノード", 1, avoid="鯖"), entry("x", 5, allow="鯖")], "allowed elsewhere"),
        ([entry("ノード", 1, avoid="ーサーバ")], "can never match"),
        ([entry("ノード", 1, avoid="、")], "can never match"),
        ([entry("ノード", 1, avoid="`ホスト`")], "can never match: '`' is markup"),
        ([entry("ノード", 1, avoid="**ホスト**")], "is markup"),
        ([entry("ノード", 1, avoid="*ホスト*")], "is markup"),
        ([entry("ノード", 1, avoid="{file}ホスト")], "'{file}' is markup"),
        ([entry("ノード", 1, avoid="https://example.com/")], "addresses are not judged"),
    ],
)
def test_contradiction(terms: list[Term], said: str) -> None:
    (problem,) = Termbase(terms).problems()
    assert said in problem.message
    assert problem.other is not None
    assert problem.place.path == problem.other.path == "g.md"


@pytest.mark.parametrize(
    "terms",
    [
        [entry("ノード", 1, avoid="ホスト", allow="ホスト名")],
        [entry("サーバ", 1, avoid="ｻｰﾊﾞ")],
        [entry("ノード", 1, avoid="C++"), entry("親機", 5, avoid="I/O")],
        # Which of the two is meant is the writer's choice; the message names both.
        [entry("ノード", 1, avoid="ホスト"), entry("親機", 5, avoid="ﾎｽﾄ")],
    ],
)
def test_no_contradiction(terms: list[Term]) -> None:
    assert list(Termbase(terms).problems()) == []


def test_one_word_of_another_language_may_be_avoided_for_several_terms() -> None:
    terms = [
        Term(
            surface,
            Place("g.md", line),
            variants=(Variant("host", Status.DEPRECATED, "en", Place("g.md", line + 1)),),
        )
        for surface, line in (("ノード", 1), ("親機", 5))
    ]
    assert list(Termbase(terms).problems()) == []
