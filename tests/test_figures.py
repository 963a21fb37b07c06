"""Labels of drawings go through the catalogs and come back in a drawing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from lxml import etree

from figures.drawing import DrawingError, labels, parse
from figures.rendering import rendered

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
    sphinx_intl = Path(sys.executable).with_name("sphinx-intl")
    subprocess.run(
        [
            *[sphinx_intl, "update", "-l", "en"],
            *["-p", book.folder / "gettext", "-d", book.source / "locale"],
        ],
        check=True,
        capture_output=True,
    )
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
