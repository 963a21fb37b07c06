"""The pseudo-locale: what MyST and Sphinx lose of a translation would be missing there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polib
import pytest
from lxml import html

from tests.conftest import make
from tests.workshop import Workshop
from translating.checking import check
from translating.pseudo import CLOSE, OPEN, translated, words
from typography.characters import JAPANESE

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = {
    "ノードを 3 台つなぎます。": ["3"],
    "**「実行」**を**押し**ます。": ["**“", "”**"],
    "{term}`ノード`と{ref}`こちら <ch01>`と{numref}`fig-x`です。": [
        " <ノード>`",
        " <ch01>`",
        "{numref}`fig-x`",
    ],
    "`qm list` と `adduser <ユーザ名> libvirt` です。": ["`qm list`", "`adduser <", "> libvirt`"],
    "[公式の文書](https://example.org/)です[^1]。": ["](https://example.org/)", "[^1]"],
    "{guilabel}`Create VM（VM を作成）`を押します。": ["{guilabel}`Create VM ("],
    "10 \\* 3 &lt; 40 です。": ["10 \\* 3 &lt; 40"],
    "{{ edition_version }} の版です。": ["{{ edition_version }}"],
}

# What a page has of each must be the same in the source and in the pseudo-locale.  Links to
# terms that the book makes by itself are not counted: they hang on the words around.
PARTS = {
    "links": ".//a[@href][not(contains(@class, 'termbase-link'))]",
    "terms": ".//span[contains(@class, 'std-term')]",
    "references": ".//span[contains(@class, 'std-ref') or contains(@class, 'std-numref')]",
    "footnotes": ".//*[contains(@class, 'footnote')]",
    "images": ".//img",
    "tables": ".//table",
    "cells": ".//th | .//td",
    "literals": ".//code",
    "blocks of code": ".//pre",
    "bold": ".//strong",
    "headings": ".//h1 | .//h2 | .//h3 | .//h4",
}
# The glossary is sorted anew and says the readings of the source; the index likewise.
SORTED = {"glossary.html", "genindex.html", "search.html"}

# Japanese on purpose: names of the other edition, forms of terms, files of the lab (one set
# for all editions), the product's own label, and what is typed into such a file.
ON_PURPOSE = "//*[@lang='ja'] | //div[contains(@class, 'labfile')]//pre"
TYPED = "'Ceph クラスタ'"


@pytest.mark.parametrize("message", MESSAGES)
def test_text_is_replaced_and_markup_stays(message) -> None:
    said = translated(message)
    assert said.startswith(OPEN)
    assert said.endswith(CLOSE)
    for kept in MESSAGES[message]:
        assert kept in said
    visible = re.sub(r"<[^<>]*>`", "`", said)
    assert not JAPANESE.search(visible)
    assert len(said) > len(message)
    assert said.count("**") == message.count("**")


def test_a_term_is_the_same_in_every_sentence() -> None:
    for term in ("ノード", "仮想マシン", "母艦"):
        assert re.search(rf"\b{words(term)}\b", words(f"この{term}を使います。"))


def test_the_pseudo_translation_has_no_findings(tmp_path) -> None:
    catalog = polib.POFile(wrapwidth=0)
    catalog.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for message in MESSAGES:
        catalog.append(polib.POEntry(msgid=message, msgstr=translated(message)))
    path = tmp_path / "x.po"
    catalog.save(str(path))
    # « stands at the end: the punctuation of the source is inside.
    assert [one.message for one in check(path, "x.po", "qps") if one.kind != "pofilter"] == []


def left(page: html.HtmlElement) -> list[str]:
    """Return the Japanese of a page that nothing allows."""
    for element in page.xpath(ON_PURPOSE):
        element.drop_tree()
    texts = page.xpath("//body//text() | //@alt | //@title | //@aria-label | //title/text()")
    return [text.strip() for text in texts if JAPANESE.search(text.replace(TYPED, ""))]


def test_a_tiny_book_loses_nothing(tiny_book, monkeypatch) -> None:
    workshop = Workshop(tiny_book("workshop"))
    monkeypatch.chdir(workshop.book.source)
    workshop.book.edit(
        "second.md",
        "同じ文です。",
        "同じ文で、{ref}`前の章 <small-book>`と注[^1]を見ます。\n\n| 名前 | 役割 |\n|---|---|\n"
        "| **一台目** | `qm` の机 |\n\n[^1]: 注の本文です。\n",
    )
    templates = workshop.book.folder / "gettext"
    assert workshop.book.build("gettext", "-W").status == 0
    from translating.__main__ import main

    assert main(["pseudo", str(templates), "pseudo"]) == 0
    source = workshop.book.build("html", "-W", "-d", str(templates) + "-ja")
    assert source.status == 0, source.output
    pages = {name: source.page(name) for name in ("index.html", "second.html")}
    run = workshop.book.build("html", "-W", "-D", "language=qps", "-D", "locale_dirs=pseudo")
    assert run.status == 0, run.output
    for name, page in pages.items():
        pseudo = run.page(name)
        articles = [one.xpath("//article")[0] for one in (page, pseudo)]
        for what, where in PARTS.items():
            counts = [len(article.xpath(where)) for article in articles]
            assert counts[0] == counts[1], (name, what)
        assert not JAPANESE.search(articles[1].text_content())


def test_a_link_that_a_translation_would_lose_is_refused(tiny_book) -> None:
    book = tiny_book("workshop")
    text = "[公式の文書][docs]と注[^1]です。\n\n[docs]: https://example.org/\n\n[^1]: 注です。\n"
    book.edit("second.md", "同じ文です。\n", f"{text}\n```\n[code]: not a definition\n```\n")
    run = book.build("html", "-W", "--keep-going")
    assert run.status == 1
    [warning] = run.warnings()
    line = (
        (book.source / "second.md")
        .read_text(encoding="utf-8")
        .splitlines()
        .index("[docs]: https://example.org/")
    )
    assert f"second.md:{line + 1}: WARNING: a translation would lose the link [docs]" in warning
    assert "[text](https://example.org/)" in warning


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory) -> Path:
    build = tmp_path_factory.mktemp("pseudo")
    done = make("html", "EDITION=qps", f"BUILD={build}")
    assert done.returncode == 0, done.stdout[-5000:]
    return build / "html" / "qps"


def test_the_book_loses_nothing(editions, pseudo) -> None:
    names = [name for name in editions.pages("ja") if (pseudo / name).is_file()]
    assert len(names) > 10
    differences = []
    for name in names:
        pages = editions.page("ja", name), html.fromstring((pseudo / name).read_bytes())
        articles = [page.xpath("//article") for page in pages]
        assert len(articles[0]) == len(articles[1])
        if articles[0] and name not in SORTED:
            for what, where in PARTS.items():
                counts = [len(article[0].xpath(where)) for article in articles]
                if counts[0] != counts[1]:
                    differences.append((name, what, *counts))
        differences += [(name, text) for text in left(pages[1])[:3]]
        assert not pages[1].xpath("//*[contains(@class, 'web-translation')]"), name
    assert differences == []


def test_the_book_is_marked_and_longer(editions, pseudo) -> None:
    for name in ("preface.html", "part1/ch01-overview.html"):
        source = editions.page("ja", name).xpath("string(//article)")
        page = html.fromstring((pseudo / name).read_bytes())
        text = page.xpath("string(//article)")
        assert len(text) > 1.3 * len(source)
        marked = [p for p in page.xpath("//article//section/p") if OPEN in p.text_content()]
        assert len(marked) > 0.9 * len(page.xpath("//article//section/p"))
