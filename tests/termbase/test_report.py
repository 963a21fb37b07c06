"""The report: uses by chapter, first uses, unused terms, spellings to settle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lxml import html
from sphinx.cmd.build import build_main

from termbase.matching import Passage
from termbase.report import usages, variations
from termbase.terms import Place, Status, Term, Termbase, Variant

pytestmark = pytest.mark.filterwarnings(
    # MyST-Parser 5.2 asks its transforms for .app, which Sphinx 9 has deprecated.
    "ignore:'myst_parser:sphinx.deprecation.RemovedInSphinx11Warning"
)
ROOT = Path(__file__).parents[1] / "roots" / "test-termbase-report"
HERE = Place("glossary.md", 1)


def passage(text: str, docname: str = "a", surface: str = "paragraph", line: int = 1) -> Passage:
    places = tuple((line, column) for column in range(1, len(text) + 1))
    return Passage(f"{docname}.md", text, places, surface=surface, docname=docname)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("組合せと組み合わせと組み合わせ", [["組み合わせ", "組合せ"]]),
        ("サーバとサーバーとサーバー", [["サーバー", "サーバ"]]),
        ("ハイパーバイザとハイパーバイザー", [["ハイパーバイザ", "ハイパーバイザー"]]),
        ("インタフェースとインターフェイスです", [["インタフェース", "インターフェイス"]]),
        ("行う。行なった。行います。", [["行う", "行なう"]]),
        ("できる。出来ません。できます。", [["できる", "出来る"]]),
        ("WebとWEB", [["WEB", "Web"]]),
        # two words each, whatever they sound like or derive from
        ("機械と機会", []),
        ("使うと使える", []),
        ("このことと、一章ごと", []),
        ("サーバーとserver", []),
        ("Proxmox Backup Server と backup", []),
        ("サーバとｻｰﾊﾞ", []),
        ("ノードとノード", []),
    ],
)
def test_variations(text: str, expected: list[list[str]]) -> None:
    found = variations(Termbase(), [passage(text)])
    assert [[each.form for each in variation.spellings] for variation in found] == expected


def test_what_the_glossary_settles_is_no_variation() -> None:
    avoided = Variant("サーバー", Status.DEPRECATED, "ja", HERE)
    termbase = Termbase([Term("サーバ", HERE, variants=(avoided,))])
    assert variations(termbase, [passage("サーバとサーバー")]) == []
    assert len(variations(Termbase([Term("サーバ", HERE)]), [passage("サーバとサーバー")])) == 1


def test_rank_and_places() -> None:
    first = passage("取扱いと取り扱い。", line=3)
    second = passage("組合せと組み合わせ。組合せと組み合わせ。", docname="b", line=9)
    found = variations(Termbase(), [first, second])
    # The word that is undecided twice comes before the one that is so once.
    assert [variation.spellings[0].form for variation in found] == ["組み合わせ", "取り扱い"]
    assert [(s.form, s.count, s.first) for s in found[0].spellings] == [
        ("組み合わせ", 2, Place("b.md", 9, 5)),
        ("組合せ", 2, Place("b.md", 9, 1)),
    ]


def test_usages() -> None:
    termbase = Termbase([Term("ノード", HERE), Term("クラスタ", HERE), Term("QDevice", HERE)])
    found = usages(
        termbase,
        [
            passage("ノード", docname="glossary", surface="term"),
            passage("このノードはノードです", docname="a", line=4),
            passage("クラスタのノード", docname="b", line=2),
        ],
        "ja",
    )
    assert [dict(usage.counts) for usage in found] == [{"a": 2, "b": 1}, {"b": 1}, {}]
    assert [usage.first for usage in found] == [Place("a.md", 4, 3), Place("b.md", 2, 1), None]


def test_builder(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT, source)
    out = tmp_path / "out"
    for _run in range(2):  # the second run reads nothing again and says the same
        assert build_main(["-q", "-W", "-b", "terms-report", str(source), str(out)]) == 0
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        terms = {term["term"]: term for term in report["terms"]}
        # in the order of the readings, not of the declarations
        assert list(terms) == ["クラスタ", "ノード", "湾", "QDevice"]
        assert terms["ノード"]["uses"] == {"zeta": 1, "alpha": 2, "glossary": 1}
        # zeta stands before alpha in the book
        assert terms["ノード"]["first"] == {"file": "zeta.md", "line": 3, "column": 4}
        assert report["unused"] == ["湾"]
        (variation,) = report["variations"]
        assert [each["form"] for each in variation["spellings"]] == ["取り扱い", "取扱い"]
        assert variation["spellings"][1]["first"] == {"file": "alpha.md", "line": 5, "column": 1}
        (out / "report.json").unlink()

    page = html.fromstring((out / "index.html").read_bytes())
    ids = set(page.xpath("//@id"))
    links = page.xpath("//a/@href")
    assert len(links) == 5
    assert {link.removeprefix("#") for link in links} <= ids
    assert "過半数" in page.xpath("string(//dt[@id='term-qdevice']/following-sibling::dd[1])")
    assert not page.xpath("//script | //link | //img")


def test_definitions_link_to_the_published_pages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT, source)
    option = "termbase_report_pages=../html/"
    arguments = ["-q", "-b", "terms-report", "-D", option, str(source), str(tmp_path / "out")]
    assert build_main(arguments) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    links = [term["definition"] for term in report["terms"]]
    # also where the glossary made the id, since the author gave none
    assert [link.split("#") for link in links] == [
        ["../html/glossary.html", "term-kurasuta"],
        ["../html/glossary.html", "term-nodo"],
        ["../html/glossary.html", "term-wan"],
        ["../html/glossary.html", "term-qdevice"],
    ]
