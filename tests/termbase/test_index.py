"""Glossary and index: one sequence under one set of headings in HTML, EPUB and LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import html
from sphinx import locale
from sphinx.cmd.build import build_main

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[1] / "roots" / "test-termbase-index"

Index = list[tuple[str, list[tuple[str, list[str]]]]]

JAPANESE: Index = [
    ("記号・数字", [("/etc/pve", []), ("3 ノード", [])]),
    ("あ", [("穴", [])]),
    (
        "か",
        [
            ("仮想マシン", ["複製"]),
            ("逆引きレコード", []),
            ("けいさん", []),
            ("ゲスト", ["退避"]),
            ("ゲスト (QEMU)", []),
            ("高可用性", []),
        ],
    ),
    ("た", [("退避", ["ゲスト"])]),
    ("な", [("ノード", [])]),
    (
        "は",
        [("ハア", []), ("ハードディスク", []), ("バックアップ", []), ("分断", [])],
    ),
    ("わ", [("湾", [])]),
    ("A", [("API", [])]),
    ("H", [("HA", [])]),
    ("L", [("LVM-thin", [])]),
    ("Q", [("QCOW", []), ("qcow2", []), ("QEMU", [])]),
    ("W", [("Web UI", []), ("Web コンソール", [])]),
]

GLOSSARY = [
    ("あ", ["穴"]),
    ("か", ["仮想マシン", "けいさん", "ゲスト", "高可用性"]),
    ("な", ["ノード"]),
    ("は", ["ハア", "ハードディスク", "バックアップ", "分断"]),
    ("わ", ["湾"]),
    ("A", ["API"]),
    ("H", ["HA"]),
    ("Q", ["QEMU"]),
    ("W", ["Web UI", "Web コンソール"]),
]


def build(tmp_path: Path, builder: str, *options: str) -> Path:
    out = tmp_path / builder
    source = tmp_path / "source"
    if not source.exists():
        shutil.copytree(ROOT, source)
    locale.translators.clear()  # a second language in one process keeps the first one's words
    status = build_main(
        [
            *("-q", "-b", builder, "-d", str(tmp_path / f"doctrees-{builder}")),
            *(*options, str(source), str(out)),
        ]
    )
    assert status == 0
    return out


def parse(page: bytes) -> html.HtmlElement:
    # XHTML from the EPUB: the prefixless names are enough here.
    return html.fromstring(re.sub(rb'\sxmlns="[^"]*"|<\?xml[^>]*\?>', b"", page))


def squeeze(text: str) -> str:
    return " ".join(text.split())


def index_of_html(page: bytes) -> Index:
    tree = parse(page)
    found: Index = []
    for title in tree.xpath("//h2[following-sibling::*[1][contains(@class,'indextable')]]"):
        table = title.getnext()
        entries = []
        for item in table.xpath(".//td/ul/li"):
            name = squeeze("".join(item.xpath("./text()|./a//text()")))
            name = re.sub(r"(?:, \[\d+\])+$", "", name)  # further places of the same entry
            subs = [squeeze("".join(sub.itertext())) for sub in item.xpath("./ul/li")]
            # «see» is a subentry in HTML and a page reference in LaTeX.
            entries.append((name, [sub for sub in subs if "参照" not in sub]))
        found.append((squeeze(title.text_content()), entries))
    jump = [squeeze(a.text_content()) for a in tree.xpath("//*[@class='genindex-jumpbox']//a")]
    assert jump == [head for head, _entries in found]
    targets = [a.get("href") for a in tree.xpath("//*[@class='genindex-jumpbox']//a")]
    assert [f"#{h.get('id')}" for h in tree.xpath("//h2[@id]")] == targets
    return found


def glossary_of_html(page: bytes) -> list[tuple[str, list[str]]]:
    found = []
    identifiers = parse(page).xpath("//@id")
    assert len(identifiers) == len(set(identifiers))
    for title in parse(page).xpath("//*[contains(@class,'termbase-heading')]"):
        terms = title.getnext().xpath("./dt")
        found.append(
            (title.text_content(), [squeeze("".join(t.xpath("./text()"))) for t in terms])
        )
    return found


def index_of_latex(ind: str, symbols: str) -> Index:
    found: Index = []
    for line in ind.splitlines():
        if "\\bigletter" in line and "\\let" not in line:
            # Braces: of "Symbols" TeX would otherwise take the first letter for the heading.
            head = re.fullmatch(r"\s*\\bigletter\{(.*)\}", line)
            assert head, line
            found.append((head[1], []))
        elif match := re.match(r"\s*\\(sub)?item\s+(.*)", line):
            name = re.sub(
                r"\\spxentry\{((?:[^{}]|\{[^{}]*\})*)\}(?:\\spxextra\{([^{}]*)\})?.*",
                lambda m: m[1] + (f" ({m[2]})" if m[2] else ""),
                match[2],
            )
            name = re.sub(r"\\sphinxhyphen ?\{\}", "-", name)
            if match[1]:
                found[-1][1][-1][1].append(name)
            else:
                found[-1][1].append((name, []))
    assert found[0][0] == symbols
    return found


def compile_index(out: Path) -> str:
    """Run LaTeX and upmendex as the PDF build does; a missing program is a failure."""
    subprocess.run(
        ["lualatex", "-interaction=batchmode", "-halt-on-error", "book.tex"],
        cwd=out,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    subprocess.run(
        ["upmendex", "-q", "-s", "termbase.ist", "-o", "book.ind", "book.idx"],
        cwd=out,
        check=True,
    )
    return (out / "book.ind").read_text(encoding="utf-8")


def test_html(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    assert index_of_html((out / "genindex.html").read_bytes()) == JAPANESE
    assert glossary_of_html((out / "glossary.html").read_bytes()) == GLOSSARY


def test_index_links_reach_their_targets(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-W")
    tree = parse((out / "genindex.html").read_bytes())
    links = tree.xpath("//*[contains(@class,'genindextable')]//a/@href")
    assert len(links) == 27
    for link in links:
        page, _, fragment = link.partition("#")
        assert f'id="{fragment}"' in (out / page).read_text(encoding="utf-8")


def test_epub(tmp_path: Path) -> None:
    out = build(tmp_path, "epub", "-W")
    with zipfile.ZipFile(out / "index-test.epub") as book:
        assert index_of_html(book.read("genindex.xhtml")) == JAPANESE
        assert glossary_of_html(book.read("glossary.xhtml")) == GLOSSARY


def test_latex(tmp_path: Path) -> None:
    out = build(tmp_path, "latex", "-W")
    assert index_of_latex(compile_index(out), "記号・数字") == JAPANESE
    tex = (out / "book.tex").read_text(encoding="utf-8")
    found: list[tuple[str, list[str]]] = []
    pattern = r"\\section\*\{([^{}]*)\}|\\sphinxlineitem\{([^\\]*)\\index"
    for head, term in re.findall(pattern, tex):
        if head:
            found.append((head, []))
        else:
            found[-1][1].append(term)
    assert found == GLOSSARY


def test_english_edition_is_alphabetical(tmp_path: Path) -> None:
    out = build(tmp_path, "html", "-D", "language=en")
    index = index_of_html((out / "genindex.html").read_bytes())
    letters = [head for head, _entries in index if head.isascii()]
    assert letters == ["Symbols", "A", "B", "G", "H", "L", "N", "Q", "V", "W"]
    under = {head: [name for name, _subs in entries] for head, entries in index}
    assert under["H"] == ["HA", "high availability"]
    assert under["V"] == ["virtual machine"]
    glossary = dict(glossary_of_html((out / "glossary.html").read_bytes()))
    assert glossary["H"] == ["HA", "high availability"]
    latex = build(tmp_path, "latex", "-D", "language=en")
    keys = re.findall(r"\\index\{(\w)\d+@", (latex / "book.tex").read_text(encoding="utf-8"))
    assert {"B", "G", "H", "L", "N", "V"} <= set(keys)


def test_reading_is_in_no_catalog(tmp_path: Path) -> None:
    out = build(tmp_path, "gettext")
    text = (out / "glossary.pot").read_text(encoding="utf-8")
    assert "かそうましん" not in text
    assert 'msgid "仮想マシン"' in text


def test_split_index_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(tmp_path, "html", "-D", "html_split_index=1")
    assert "html_split_index cuts the index by the first character" in capsys.readouterr().err
