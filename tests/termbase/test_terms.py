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
        [entry("ノード", 1, avoid="ホスト"), entry("親機", 5, avoid="ホスト")],
    ],
)
def test_no_contradiction(terms: list[Term]) -> None:
    assert list(Termbase(terms).problems()) == []
