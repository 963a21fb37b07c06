"""Labels of drawings go through the catalogs and come back in a drawing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import polib
import pytest
from lxml import etree

from figures.drawing import DrawingError, labels, parse
from figures.rendering import rendered
from tests.conftest import PROJECT, TinyBook
from tests.test_figures_fit import GOOD, SHEET, WRAPPING
from translating.updating import update

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def texts(data: bytes) -> list[str]:
    return [
        element.text for element in etree.fromstring(data).iter() if (element.text or "").strip()
    ]


def test_labels_are_messages_with_file_and_line(tiny_book) -> None:
    book = tiny_book("figures")
    assert book.build("gettext", "-W").status == 0
    catalog = polib.pofile(str(book.folder / "gettext" / "index.pot"))
    places = {entry.msgid: entry.occurrences for entry in catalog}
    for message, line in (("全体", 2), ("ノードが 1 台", 3), ("ノード", 4), ("左", 7), ("右", 7)):
        [(path, number)] = places[message]
        assert path.endswith("a.svg")
        assert number == str(line)
    comments = {entry.msgid: entry.comment for entry in catalog}
    assert re.fullmatch(r"figure: \S*a\.svg", comments["ノード"])
    assert comments["代替"] == ""
    assert "qm list" not in places
    assert "eth0" not in places


def test_the_comment_naming_the_figure_reaches_the_catalog_of_the_translator(tiny_book) -> None:
    book = tiny_book("figures")
    assert book.build("gettext", "-W").status == 0
    update(book.folder / "gettext", book.source / "locale", "en", book.source, "nobody")
    catalog = polib.pofile(str(book.source / "locale/en/LC_MESSAGES/index.po"))
    entry = catalog.find("ノード")
    assert entry.msgstr == "node"
    assert entry.comment.startswith("figure: ")
    assert entry.comment.endswith("a.svg")


def test_a_translated_edition_shows_a_translated_drawing(tiny_book) -> None:
    book = tiny_book("figures")
    master = (book.source / "a.svg").read_bytes()
    run = book.build("html", "-W", "-D", "language=en")
    assert run.status == 0, run.output
    [image] = run.page("index.html").xpath("//figure/img")
    assert image.get("alt") == "alternative"
    drawing = (run.folder / image.get("src")).read_bytes()
    # What has no translation stays as it is.
    assert texts(drawing) == [
        "Overview", "ノードが 1 台", "node", "qm list", "eth0", "left", "右",
    ]  # fmt: skip
    root = etree.fromstring(drawing)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert root.xpath("//@id") == ["node", "command", "two", "left", "right"]
    assert (book.source / "a.svg").read_bytes() == master


def test_the_original_edition_shows_the_master(tiny_book) -> None:
    book = tiny_book("figures")
    run = book.build("html", "-W")
    assert (run.folder / "_images" / "a.svg").read_bytes() == (book.source / "a.svg").read_bytes()


def test_a_changed_translation_changes_the_drawing_of_the_next_build(tiny_book) -> None:
    book = tiny_book("figures")
    book.build("html", "-D", "language=en")
    book.edit("locale/en/LC_MESSAGES/index.po", 'msgstr "node"', 'msgstr "machine"')
    (book.source / "locale/en/LC_MESSAGES/index.mo").unlink()
    run = book.build("html", "-D", "language=en")
    [image] = run.page("index.html").xpath("//figure/img")
    assert "machine" in texts((run.folder / image.get("src")).read_bytes())


def test_a_changed_master_changes_the_drawing_of_the_next_build(tiny_book) -> None:
    book = tiny_book("figures")
    book.build("html", "-D", "language=en")
    book.edit("a.svg", 'x="1" y="10"', 'x="2" y="10"')
    run = book.build("html", "-D", "language=en")
    [image] = run.page("index.html").xpath("//figure/img")
    root = etree.fromstring((run.folder / image.get("src")).read_bytes())
    assert root.find(f".//{SVG}text[@id='node']").get("x") == "2"


def test_a_broken_drawing_is_one_message_with_file_and_line(tiny_book) -> None:
    book = tiny_book("figures")
    book.edit("a.svg", "</desc>", "")
    run = book.build("html", "-W")
    assert run.status == 1
    [warning] = run.warnings()
    assert "a.svg:8: WARNING: not a readable drawing" in warning
    assert "Traceback" not in run.output


@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"<html/>", b"<svg/>", b"<svg xmlns='http://www.w3.org/2000/svg'>"],
)
def test_what_is_not_svg_is_refused(data: bytes) -> None:
    with pytest.raises(DrawingError):
        parse(data)


def test_entities_are_neither_resolved_nor_fetched(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET", encoding="utf-8")
    data = (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        f'<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
    ).encode()
    assert labels(data) == []
    assert b"SECRET" not in rendered(data, "en", {})


def test_table_cells_are_translated(tiny_book) -> None:
    run = tiny_book("figures").build("html", "-W", "-D", "language=en")
    cells = run.page("index.html").xpath("//th//text()[normalize-space()] | //td//text()")
    assert [cell.strip() for cell in cells if cell.strip()] == ["Heading", "値", "行", "number"]


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {".buildinfo", "environment.pickle"}
    }


@pytest.fixture
def two_pages(tiny_book) -> TinyBook:
    """Return a book of two pages with a figure each, the builder of its English edition."""
    book = tiny_book("figures")
    folder = book.source
    (folder / "b.svg").write_bytes((folder / "a.svg").read_bytes().replace(b"eth0", b"eth1"))
    text = (folder / "index.md").read_text(encoding="utf-8")
    (folder / "two.md").write_text(text.replace("a.svg", "b.svg"), encoding="utf-8")
    (folder / "index.md").write_text(text + "\n```{toctree}\ntwo\n```\n", encoding="utf-8")
    catalogs = folder / "locale/en/LC_MESSAGES"
    (catalogs / "two.po").write_bytes((catalogs / "index.po").read_bytes())
    return book


EDITS = {
    "a translation": ("locale/en/LC_MESSAGES/two.po", 'msgstr "node"', 'msgstr "machine"'),
    "a translation that goes": ("locale/en/LC_MESSAGES/two.po", 'msgstr "node"', 'msgstr ""'),
    "a master": ("b.svg", 'x="1" y="20"', 'x="2" y="20"'),
    "a label of a master": ("b.svg", ">ノード<", ">ノード 2<"),
    "a label that wraps now": ("b.svg", 'id="node"', 'id="node" data-wrap="box"'),
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_edit_rebuilds_the_page_concerned_as_a_clean_build_does(
    two_pages, tmp_path, name: str, language: str
) -> None:
    file, old, new = EDITS[name]
    options = ("-W", "-D", f"language={language}")
    assert two_pages.build("html", *options).status == 0
    out = two_pages.folder / "html"
    before = tree(out)
    for there, back in ((old, new), (new, old)):
        for compiled in two_pages.source.rglob("*.mo"):
            compiled.unlink()  # a change within the same second as the last one
        two_pages.edit(file, there, back)
        run = two_pages.build("html", *options)
        assert run.status == 0, run.output
        after = tree(out)
        if there == old and not (language == "ja" and file.endswith(".po")):
            changed = {path for path in before | after if before.get(path) != after.get(path)}
            pictures = {path for path in changed if path.endswith(".svg")}
            assert pictures
            assert all(path.startswith("_images/b.") for path in pictures), pictures
            assert {path for path in changed if path.endswith(".html")} <= {"two.html"}
        shutil.rmtree(tmp_path / "clean", ignore_errors=True)
        clean = subprocess.run(
            [
                *[sys.executable, "-m", "sphinx", "-b", "html", "-E", *options],
                *["-d", tmp_path / "clean-doctrees", two_pages.source, tmp_path / "clean"],
            ],
            env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
            check=True,
            capture_output=True,
        )
        assert clean.returncode == 0
        expected = tree(tmp_path / "clean")
        # A picture that no page shows any more may lie there until the next clean build.
        left = {path for path in after if path not in expected}
        assert all(path.startswith("_images/") for path in left)
        assert {path: after[path] for path in expected} == expected
    assert {path: after[path] for path in before} == before


def test_an_edit_reads_only_the_page_that_shows_the_figure(two_pages) -> None:
    two_pages.build("html", "-D", "language=en")
    two_pages.edit("b.svg", 'x="1" y="20"', 'x="2" y="20"')
    run = two_pages.build("html", "-D", "language=en")
    assert "0 added, 1 changed, 0 removed" in run.output
    assert "0 added, 0 changed, 0 removed" in two_pages.build("html", "-D", "language=en").output


def test_a_label_to_wrap_is_wrapped_in_the_original_edition_too(tiny_book) -> None:
    book = tiny_book("figures")
    (book.source / "a.svg").write_text(WRAPPING, encoding="utf-8")
    run = book.build("html", "-W")
    [image] = run.page("index.html").xpath("//figure/img")
    root = etree.fromstring((run.folder / image.get("src")).read_bytes())
    assert [span.text for span in root.iter(f"{SVG}tspan")] == ["仮想マシンを別の", "ノードへ移す"]
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "ja"


def test_markup_in_a_translation_stays_text(tiny_book) -> None:
    book = tiny_book("figures")
    attack = 'msgstr "<script>alert(1)</script> &x; ]]>"'
    book.edit("locale/en/LC_MESSAGES/index.po", 'msgstr "node"', attack)
    run = book.build("html", "-D", "language=en")
    [image] = run.page("index.html").xpath("//figure/img")
    root = etree.fromstring((run.folder / image.get("src")).read_bytes())
    assert root.find(f".//{SVG}script") is None
    [label] = root.xpath("//*[@id='node']")
    assert label.text == "<script>alert(1)</script> &x; ]]>"


def test_a_figure_without_alternative_text_is_named_in_its_chapter(tiny_book) -> None:
    book = tiny_book("figures")
    book.edit("index.md", ":alt: 代替\n", "")
    for builder in ("html", "dummy"):
        run = book.build(builder, "-W")
        assert run.status == 1
        [warning] = run.warnings()
        assert "index.md:3: WARNING: the figure a.svg has no alternative text" in warning


def test_the_check_of_the_book_names_what_is_wrong_every_time(tiny_book) -> None:
    book = tiny_book("figures-print")
    diagrams = book.source / "diagrams"
    diagrams.mkdir()
    (diagrams / "house.css").write_text(SHEET, encoding="utf-8")
    (diagrams / "shown.svg").write_text(GOOD, encoding="utf-8")
    (diagrams / "idle.svg").write_text(GOOD, encoding="utf-8")
    (book.source / "index.md").write_text(
        "# 題\n\n:::{figure} diagrams/shown.svg\n:alt: 図\n\n題\n:::\n", encoding="utf-8"
    )
    catalogs = book.source / "locale/en/LC_MESSAGES"
    catalogs.mkdir(parents=True)
    (catalogs / "index.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "仮想マシン"\nmsgstr "Virtual machine, running"\n',
        encoding="utf-8",
    )
    for _ in range(2):
        run = book.build("dummy", "-W")
        assert run.status == 1
        idle, spilt = sorted(w for w in run.warnings() if "[figures." in w)
        assert "diagrams/idle.svg:1: WARNING: no chapter shows this figure" in idle
        assert "[figures.unused]" in idle
        assert "running' (en) leaves its box" in spilt
        assert "[figures.fit]" in spilt
    assert book.build("html", "-W").status == 0  # an edition is built without the checks
