"""The matcher against labelled sentences and against a slow reference."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from termbase.matching import Matcher, Passage, self_test
from termbase.normal import fold, normalise, script
from termbase.terms import Example, Place, Status, Term, Termbase, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "cases"
PLACE = Place("glossary.md", 1)


def term(preferred: str, avoided: str = "", allowed: str = "", language: str = "ja") -> Term:
    variants = [
        Variant(form.strip(), status, language, PLACE)
        for forms, status in ((avoided, Status.DEPRECATED), (allowed, Status.ADMITTED))
        for form in forms.split(",")
        if form.strip()
    ]
    return Term(preferred, PLACE, variants=tuple(variants))


def declared() -> Termbase:
    lines = (CASES / "glossary.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return Termbase(term(*(cell.strip() for cell in row)) for row in rows)


def passage(text: str, language: str = "ja") -> Passage:
    return Passage("a.md", text, [(1, i + 1) for i in range(len(text))], language)


def labelled() -> Iterator[tuple[str, list[tuple[int, int]]]]:
    for line in (CASES / "sentences.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, expected = "", []
            for character in line:
                if character == "⟦":
                    start = len(text)
                elif character == "⟧":
                    expected.append((start, len(text)))
                else:
                    text += character
            yield text, expected


MATCHER = Matcher(declared())
SENTENCES = list(labelled())


def test_the_labelled_set_is_large_and_contradicts_itself_nowhere() -> None:
    assert len(SENTENCES) >= 250
    assert list(MATCHER.termbase.problems()) == []


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_labelled_sentence(text: str, expected: list[tuple[int, int]]) -> None:
    found = [(finding.start, finding.end) for finding in MATCHER.findings(passage(text))]
    assert found == expected


def test_a_finding_says_what_instead_of_what_why_and_where_it_was_declared() -> None:
    base = Termbase(
        [
            Term(
                "サーバ",
                Place("g.md", 7),
                why="長音省略",
                variants=(Variant("サーバー", Status.DEPRECATED, "ja", PLACE),),
            )
        ]
    )
    (finding,) = Matcher(base).findings(passage("Webサーバー"))
    assert finding.message == ("use 'サーバ' instead of 'サーバー' (長音省略; declared at g.md:7)")
    assert (finding.place, finding.replacement) == (Place("a.md", 1, 4), "サーバ")


@pytest.mark.parametrize(
    ("text", "replacement"),
    [
        ("出来ます", "でき"),
        ("出来る", "できる"),
        ("デプロイした", "配備し"),
        ("立ち上げた", None),
        ("クラスター", "クラスタ"),
        ("小さくて", None),
    ],
)
def test_a_replacement_is_offered_only_where_it_needs_no_thought(
    text: str, replacement: str | None
) -> None:
    (finding,) = MATCHER.findings(passage(text))
    assert finding.replacement == replacement


@pytest.mark.parametrize(
    ("reading", "text", "found"),
    [
        ("とき", "起動した時に止まる。", ["時"]),
        ("とき", "その時、起動時に障害時の値を使う。", ["時"]),
        ("", "起動時に使う。", ["時"]),
        ("など", "ゲスト等を止める。", ["等"]),
    ],
)
def test_a_lone_kanji_is_told_by_its_reading(reading: str, text: str, found: list[str]) -> None:
    form = "等" if reading == "など" else "時"
    variant = Variant(form, Status.DEPRECATED, "ja", PLACE)
    base = Termbase([Term("言葉", PLACE, reading=reading, variants=(variant,))])
    assert [f.surface for f in Matcher(base).findings(passage(text))] == found


def test_a_form_avoided_by_two_terms_is_found_once_and_not_replaced() -> None:
    matcher = Matcher(Termbase([term("ノード", "ホスト"), term("親機", "ホスト")]))
    (finding,) = matcher.findings(passage("ホスト"))
    assert finding.replacement is None


def test_a_rule_about_the_width_of_the_term_itself() -> None:
    matcher = Matcher(Termbase([term("サーバ", "ｻｰﾊﾞ")]))
    assert [f.surface for f in matcher.findings(passage("サーバとｻｰﾊﾞ"))] == ["ｻｰﾊﾞ"]


def test_uses_are_preferred_forms_and_not_the_inside_of_other_words() -> None:
    text = "クラスタのノード、クラスタリング、クラスター"
    found = [(use.term.surface, use.start) for use in MATCHER.uses(passage(text))]
    assert found == [("クラスタ", 0), ("ノード", 5)]


def test_english_forms_inflect_and_ignore_case_where_they_have_none() -> None:
    node = Term(
        "ノード",
        PLACE,
        variants=(Variant("host machine", Status.DEPRECATED, "en", PLACE),),
        equivalents={"en": "node"},
    )
    matcher = Matcher(Termbase([node]), "en")
    text = "Host machines and a host machine's disk, hostmachine."
    found = [f.surface for f in matcher.findings(passage(text, "en"))]
    assert found == ["Host machines", "host machine's"]
    assert [u.start for u in matcher.uses(passage("Nodes, nodeset", "en"))] == [0]


def test_examples_prove_their_rule() -> None:
    wrong = Term(
        "ノード",
        PLACE,
        variants=(Variant("ホスト", Status.DEPRECATED, "ja", PLACE),),
        examples=(
            Example("ノードを足す", bad=True, place=PLACE),
            Example("ホストを足す", bad=False, place=PLACE),
        ),
    )
    messages = [problem.message for problem in self_test(Matcher(Termbase([wrong])))]
    assert len(messages) == 2
    assert "holds no avoided form" in messages[0]
    assert "is reported" in messages[1]


@given(st.text(alphabet="かがはばぱカガハバパｶｶﾞﾊﾟＶＭVM ーｰ\u3099\u309a\u200b㈱", max_size=30))
def test_normalisation_leads_back_to_the_written_text(text: str) -> None:
    folded, offsets = normalise(text)
    if offsets is None:
        assert folded == text
        return
    assert len(offsets) == len(folded) + 1
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(text)
    visible = "".join(c for c in text if c != "\u200b")
    assert folded == unicodedata.normalize("NFKC", visible) or "\u200b" in text


LATIN = st.sampled_from(["VM", "VMX", "M V", "X", "VM-", "-V"])


def slow(text: str, avoided: set[str], right: set[str]) -> list[tuple[int, int]]:
    """Every occurrence of every form, the longest first, by comparison alone."""
    hits = []
    for form in avoided | right:
        for start in range(len(text)):
            end = start + len(form)
            if text[start:end] != form:
                continue
            before = script(text[start - 1]) if start else ""
            after = script(text[end]) if end < len(text) else ""
            if before == "latin" == script(form[0]) or after == "latin" == script(form[-1]):
                continue
            hits.append((start, end, form in avoided))
    chosen: list[tuple[int, int, bool]] = []
    for hit in sorted(hits, key=lambda h: (h[0] - h[1], h[0])):
        if all(hit[1] <= other[0] or other[1] <= hit[0] for other in chosen):
            chosen.append(hit)
    return sorted((start, end) for start, end, bad in chosen if bad)


@settings(max_examples=300, deadline=None)
@given(
    st.sets(LATIN, min_size=1),
    st.sets(LATIN),
    st.text(alphabet="VMX -の、", max_size=24),
)
def test_the_automaton_agrees_with_a_slow_matcher(
    avoided: set[str], right: set[str], text: str
) -> None:
    right = right - avoided
    base = Termbase([term("用語", ",".join(sorted(avoided)), ",".join(sorted(right)))])
    found = [(f.start, f.end) for f in Matcher(base).findings(passage(text))]
    assert found == slow(text, avoided, right)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="クラスターリングサバホトVM名の、消すしたー", max_size=20))
def test_findings_never_overlap_and_are_what_the_text_holds(text: str) -> None:
    end = 0
    for finding in MATCHER.findings(passage(text)):
        assert finding.start >= end
        assert text[finding.start : finding.end] == finding.surface
        assert fold(finding.surface)
        end = finding.end


def test_a_form_that_two_terms_avoid_names_both_and_is_not_replaced() -> None:
    terms = [
        Term(
            surface,
            Place("g.md", line),
            variants=(Variant("ホスト", Status.DEPRECATED, "ja", Place("g.md", line + 1)),),
        )
        for surface, line in (("ノード", 1), ("親機", 5))
    ]
    text = "ホストを足す"
    [finding] = Matcher(Termbase(terms)).findings(Passage("a.md", text, [(1, 1)] * len(text)))
    assert "use 'ノード' or '親機' instead of 'ホスト'" in finding.message
    assert "declared at g.md:1 and g.md:5" in finding.message
    assert finding.replacement is None
