"""The search index: n-grams of the folded text, in small files loaded on demand.

A page that is opened with ``file://`` may load scripts and nothing else, so
every file of the index is a script that hands over its data.  Three kinds:

``head.js``
    Pages, sections, terms and index entries.  Loaded when the search is
    opened; answers everything that stands in a heading, the glossary or the
    index.
``gN.js``
    For each n-gram in this share of them, the sections that contain it.  A
    query loads the shares of its own n-grams.
``tN.js``
    The text of page N, for the pages that are shown: it confirms the match
    and gives the snippet.

Words of Latin letters are indexed whole, all other text as pairs of
characters, so nothing depends on how a tokenizer would cut Japanese.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lxml import html

from .folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SHARES = 64
"""Files among which the n-grams are divided; search.js is told the number."""

_WORD = re.compile(r"[0-9a-z_\u00df-\u00f6\u00f8-\u024f]+")
# What is neither a word nor white space, ASCII or Japanese punctuation.
_OTHER = re.compile(
    r"[^\s\u0000-\u00bf\u00d7\u00df-\u024f\u2000-\u206f\u2190-\u2bff\u3000-\u3004\u3008-\u3020"
    r"\u30fb\ud800-\udfff\ufe00-\ufe0f\uff00-\uff20\U00010000-\U0010ffff]+"
)
_VLQ = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_BLOCKS = frozenset(
    {
        *("p", "li", "dt", "dd", "pre", "figure", "figcaption", "caption", "table", "tr", "td"),
        *("th", "div", "section", "blockquote", "aside", "ul", "ol", "dl", "details", "summary"),
        "br",
    }
)
_UNREAD = ("headerlink", "termbase-tips", "termbase-jump", "web-copy", "toctree-wrapper")


@dataclass
class Section:
    """A heading or a term, and the text between it and the next.

    Attributes:
        anchor: id of the element, by which it is linked to.
        title: of the heading, with its number; the term.
        text: as it is read, one block a line.
        term: whether it is a term of the glossary.
        aliases: reading, equivalents and avoided forms of a term.
    """

    anchor: str
    title: str
    text: str = ""
    term: bool = False
    aliases: list[str] = field(default_factory=list)


@dataclass
class Page:
    """A page with its sections in reading order."""

    name: str
    title: str
    sections: list[Section]


def read_page(name: str, text: str) -> Page | None:
    """Read the sections of a written page, None where it has none.

    Args:
        name: of the page below the root, without suffix.
        text: its HTML.
    """
    articles = html.fromstring(text).xpath("//article")
    if not articles:
        return None
    article = articles[0]
    for element in article.xpath(
        ".//*[self::script or self::template or self::nav or self::form or self::svg]"
    ):
        element.drop_tree()
    for kind in _UNREAD:
        for element in article.find_class(kind):
            element.drop_tree()
    sections: list[Section] = []
    for element in article.xpath(".//section[@id] | .//dl[contains(@class, 'glossary')]/dt[@id]"):
        if element.tag == "dt":
            sections.append(_term(element))
            continue
        headings = element.xpath("./h1 | ./h2 | ./h3 | ./h4 | ./h5 | ./h6")
        if headings:
            title = _joined(headings[0])
            sections.append(Section(element.get("id", ""), title, _own_text(element)))
    return Page(name, sections[0].title, sections) if sections else None


def _term(element: html.HtmlElement) -> Section:
    section = Section(element.get("id", ""), _joined(element), term=True)
    definition = element.getnext()
    if definition is not None and definition.tag == "dd":
        for kind in ("termbase-reading", "termbase-equivalent", "termbase-forms"):
            for each in definition.find_class(kind):
                section.aliases += re.split(r"[、,]\s*", _joined(each))
        for kind in ("termbase-meta", "termbase-avoid"):
            for each in definition.find_class(kind):
                each.drop_tree()
        section.text = _own_text(definition)
    return section


def _joined(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _own_text(element: html.HtmlElement) -> str:
    """Return the text of a section without its heading and the sections inside."""
    parts: list[str] = []
    _collect(element, parts, top=True)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _collect(
    element: html.HtmlElement, parts: list[str], *, top: bool = False, code: bool = False
) -> None:
    if not isinstance(element.tag, str):
        return
    if not top and element.tag in {"section", "dt", "dd"} and _is_section(element):
        return
    if top or not re.fullmatch(r"h[1-6]", element.tag):
        block = element.tag in _BLOCKS
        parts.append("\n" if block else "")
        if element.tag == "img" and element.get("alt"):
            parts.append(f"\n{element.get('alt')}\n")
        # In the source of a page a line end is a space, in code it is one.
        code = code or element.tag == "pre"
        parts.append(_text(element.text, code=code))
        for child in element:
            _collect(child, parts, code=code)
            parts.append(_text(child.tail, code=code))
        parts.append("\n" if block else "")


def _text(text: str | None, *, code: bool) -> str:
    return (text or "") if code else (text or "").replace("\n", " ")


def _is_section(element: html.HtmlElement) -> bool:
    if element.tag == "section":
        return element.get("id") is not None
    parent = element.getparent()
    return parent is not None and "glossary" in (parent.get("class") or "")


def grams(folded: str) -> set[str]:
    """Return the n-grams of a folded text.

    >>> sorted(grams("qm の仮想"))
    ['qm', 'の仮', '仮想', '想']
    """
    found = set(_WORD.findall(folded))
    for run in _OTHER.findall(folded):
        found.update(run[place : place + 2] for place in range(len(run)))
    return found


def share(gram: str) -> int:
    """Return the number of the file that an n-gram is in."""
    if _WORD.fullmatch(gram):
        return (ord(gram[0]) * 31 + (ord(gram[1]) if len(gram) > 1 else 0)) % SHARES
    return ord(gram[0]) % SHARES


def packed(numbers: Iterable[int]) -> str:
    """Write ascending numbers as the differences between them, five bits a character.

    >>> packed([0, 1, 40])
    '117g'
    """
    text, last = [], -1
    for number in numbers:
        difference, last = number - last, number
        digits = [difference & 31]
        while difference := difference >> 5:
            digits.append(difference & 31)
        text += [_VLQ[digit + 32] for digit in reversed(digits[1:])] + [_VLQ[digits[0]]]
    return "".join(text)


def read_entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the entries of the written index, each with the addresses it leads to."""
    for item in html.fromstring(text).xpath("//ul[@class='web-index']//li"):
        links = item.xpath("./a")
        name = " ".join("".join(item.xpath("./text() | ./a[1]//text()")).split()).strip(" ,")
        if links:
            yield name, [link.get("href") for link in links]


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Write the index of an edition.

    Args:
        folder: for the files; what an earlier build left there goes.
        pages: HTML of the pages by their names.
    """
    books = [page for name, text in pages.items() if (page := read_page(name, text))]
    sections = [
        (number, section) for number, page in enumerate(books) for section in page.sections
    ]
    shares: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(SHARES)]
    for place, (_, section) in enumerate(sections):
        whole = "\n".join([section.title, *section.aliases, section.text])
        for gram in grams(fold(whole)):
            shares[share(gram)][gram].append(place)
    files: dict[str, object] = {
        f"g{number}": {gram: packed(places) for gram, places in sorted(grams_.items())}
        for number, grams_ in enumerate(shares)
    }
    for number, page in enumerate(books):
        files[f"t{number}"] = [section.text for section in page.sections]
    head = _head(books, pages.get("genindex", ""))
    contents = {name: _script(name, data) for name, data in files.items()}
    digest = hashlib.sha256("".join(contents.values()).encode()).hexdigest()[:12]
    contents["head"] = _script("head", {"version": digest, "shares": SHARES, **head})
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():
        leftover.unlink()
    for name, text in contents.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")


def _head(books: list[Page], index: str) -> dict[str, object]:
    places = {
        f"{page.name}.html#{section.anchor}": (number, order)
        for number, page in enumerate(books)
        for order, section in enumerate(page.sections)
    }
    numbers = {f"{page.name}.html": number for number, page in enumerate(books)}
    entries = []
    for name, addresses in read_entries(index) if index else ():
        # An entry stands at an anchor of its own: the page is known, the
        # section is found by the text.
        targets = [
            [number, order, address.partition("#")[2]]
            for address in addresses
            if (number := numbers.get(address.partition("#")[0])) is not None
            for order in [places.get(address, (0, -1))[1]]
        ]
        if targets:
            entries.append([name, targets])
    return {
        "pages": [
            [
                page.name,
                [
                    [section.anchor, section.title, *([section.aliases] if section.term else [])]
                    for section in page.sections
                ],
            ]
            for page in books
        ],
        "entries": entries,
    }


def _script(name: str, data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # A script ends at a line separator inside a string in older browsers.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"bookSearchData({json.dumps(name)},{text})\n"
