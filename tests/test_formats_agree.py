"""The same book in every format: what one edition holds, the others hold as well."""

from __future__ import annotations

import re
import subprocess
import zipfile
from functools import cache
from typing import TYPE_CHECKING

import pikepdf
import pytest
from lxml import etree, html

from .conftest import LANGUAGES, POINT, broken_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Editions

LEFT = 27
"""Millimetres from the edge of the page within which lines of the text begin."""
WIDE = "　-〿぀-ヿ㐀-䶿一-鿿！-～"


@cache
def text_of(pdf: Path, *options: str) -> str:
    command = ["pdftotext", *options, str(pdf), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def documents(editions: Editions, language: str) -> list[str]:
    """Return the pages of the book in the order of its contents."""
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        package = book.read("content.opf").decode()
    href = dict(re.findall(r'<item id="([^"]+)" href="([^"]+)\.xhtml"', package))
    spine = [href[each] for each in re.findall(r'<itemref idref="([^"]+)"', package)]
    skipped = {"nav", "genindex", "epub-cover", "index"}
    return [f"{each}.html" for each in spine if each not in skipped]


def as_typeset(words: str) -> re.Pattern[str]:
    """Return what finds words of a text whose lines are broken anywhere that TeX may.

    A blank may have become the end of a line; beside a Japanese character a line
    may end without one.  Nothing else may have changed, no blank may have come.
    """
    pattern = []
    for before, after in zip(words, [*words[1:], ""], strict=True):
        pattern.append(r"\s+" if before == " " else re.escape(before))
        if (
            re.match(f"[{WIDE}]", before)
            or (after and re.match(f"[{WIDE}]", after))
            or before in "-/_."
        ):
            pattern.append(r"\n?")
    return re.compile("".join(pattern))


def headings(editions: Editions, language: str, name: str) -> Iterator[str]:
    page = editions.page(language, name)
    for heading in page.xpath("//article//*[self::h1 or self::h2 or self::h3]"):
        for extra in heading.xpath(".//*[contains(@class, 'headerlink')]"):
            extra.drop_tree()
        for number in heading.xpath(".//*[contains(@class, 'section-number')]"):
            number.drop_tree()
        yield " ".join(heading.text_content().split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_heading_can_be_copied_out_of_the_pdf(editions, language) -> None:
    """In the order of the book, letter for letter."""
    text = text_of(editions.book(language, "pdf"))
    lost, at, seen = [], 0, 0
    for name in documents(editions, language):
        for words in headings(editions, language, name):
            seen += 1
            found = as_typeset(words).search(text, at)
            if found:
                at = found.end()
            else:
                lost.append((name, words))
    assert seen > 100
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_can_be_copied_out_of_the_pdf(editions, language) -> None:
    """The mark of a wrapped line is not copied, and no letter is lost or changed."""
    text = re.sub(r"\s", "", text_of(editions.book(language, "pdf"), "-raw"))
    lost, seen = [], 0
    for name in documents(editions, language):
        page = editions.page(language, name)
        for block in page.xpath("//article//*[contains(@class, 'command')]//pre"):
            for line in block.text_content().splitlines():
                seen += 1
                if re.sub(r"\s", "", line) not in text:
                    lost.append((name, line))
    assert seen > 500
    assert lost == []


def index_of(page: html.HtmlElement) -> list[str]:
    """Return headings, entries and sub-entries of an index in their order."""
    found = []
    for part in page.xpath("//h2 | //ul[contains(@class, 'web-index')]//li | //td/ul//li"):
        own = html.fromstring(html.tostring(part))
        for below in own.xpath("./ul"):
            below.drop_tree()
        words = " ".join(own.text_content().split())
        found.append(re.sub(r"(?:, \[\d+\])+$", "", words))
    return found


def page_of(document: pikepdf.Pdf, titles: tuple[str, ...]) -> int:
    """Return the number of the page, counted from 1, to which a bookmark leads."""
    names = pikepdf.NameTree(document.Root.Names.Dests)
    with document.open_outline() as outline:
        [item] = [item for item in outline.root if item.title in titles]
        place = names[str(item.action.D)]
    page = (place.D if isinstance(place, pikepdf.Dictionary) else place)[0]
    return pikepdf.Page(page).index + 1


def index_of_pdf(pdf: Path) -> str:
    """Return the text of the index, column after column, without heads and folios."""
    with pikepdf.open(pdf) as document:
        first = page_of(document, ("索引", "Index"))
        last = page_of(document, ("奥付", "Colophon"))
    columns = []
    for page in range(first, last):
        for left in (0, 91):
            area = [left, 22, 91, 210]  # millimetres
            points = [str(round(each / POINT)) for each in area]
            box = [
                part
                for pair in zip(("-x", "-y", "-W", "-H"), points, strict=True)
                for part in pair
            ]
            columns.append(text_of(pdf, "-f", str(page), "-l", str(page), *box))
    return re.sub(r"^\s*(?:索引|Index)\s", "", "\n".join(columns))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_is_the_same_in_every_format(editions, language) -> None:
    web = index_of(editions.page(language, "genindex.html"))
    with zipfile.ZipFile(editions.book(language, "epub")) as book:
        epub = index_of(html.fromstring(book.read("genindex.xhtml")))
    assert len(web) > 100
    assert len(set(web)) > 100
    assert epub == web
    printed = index_of_pdf(editions.book(language, "pdf"))
    pages = r"(?:,\s[ivxl\d]+)*\s*"
    for words in web:
        found = re.compile(rf"\s*{as_typeset(words).pattern}{pages}").match(printed)
        assert found, (words, printed[:200])
        printed = printed[found.end() :]
    assert printed.strip() == ""


def lines_of(pdf: Path) -> Iterator[tuple[int, str]]:
    """Yield page and text of the lines that begin at the left edge of the text."""
    tree = etree.fromstring(
        re.sub(r"[\x00-\x08\x0b-\x1f]", "", text_of(pdf, "-bbox-layout")).encode(),
        etree.XMLParser(recover=True),
    )
    for number, page in enumerate(tree.iterfind(".//{*}page"), 1):
        for line in page.iterfind(".//{*}line"):
            if float(line.get("xMin")) * POINT < LEFT:
                yield number, "".join(word.text for word in line.iterfind("{*}word"))


def test_no_line_of_the_printed_book_begins_or_ends_wrongly(editions) -> None:
    lines = list(lines_of(editions.book("ja", "pdf")))
    assert len(lines) > 3000
    assert [(page, line) for page, line in lines for _ in broken_lines(line)] == []
