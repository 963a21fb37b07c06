"""The directive: fields are taken out, ids stay, lines are true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from termbase.romaji import slug

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import TinyBook

    Book = Callable[[str], TinyBook]


def test_fields_reach_neither_page_nor_catalog(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    catalog = (book.build("gettext", "-q").folder / "glossary.pot").read_text(encoding="utf-8")
    messages = re.findall(r'^msgid "(.+)"$', catalog, re.MULTILINE)
    expected = ["用語集", "ノード", "クラスタを成す機械。", "クラスタ", "Cluster"]
    assert sorted(messages) == sorted([*expected, "ノードの集まり。", "起動する", "できる"])
    assert "glossary.md:6" in catalog
    assert "glossary.md:16" in catalog


def test_ids_are_given_or_derived_and_do_not_shift(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")

    def ids() -> list[str]:
        page = book.build("html", "-q").page("glossary.html")
        return page.xpath("//dl[contains(@class, 'glossary')]/dt/@id")

    first = ids()
    assert set(first) >= {"term-node", "term-kurasuta", "term-cluster", "term-dekiru"}
    book.edit("glossary.md", ":sorted:\n\n", ":sorted:\n\nあれ\n  これ\n\n")
    assert set(ids()) == {*first, "term-are"}


def test_references_lead_to_the_ids(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "{term}`ノード`を")
    page = book.build("html", "-q", "-W").page("index.html")
    assert page.xpath("//a[contains(@href, 'glossary.html#term-node')]")


def test_restructuredtext(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.source.joinpath("more.rst").write_text(
        ":orphan:\n\n用語\n====\n\n.. glossary::\n\n   ゲスト\n      :id: guest\n"
        "      :avoid: インスタンス\n\n      説明のインスタンス。\n\n   鍵\n      :avoid: キー\n",
        encoding="utf-8",
    )
    run = book.build("html", "-q")
    (warning,) = run.warnings()
    assert "more.rst:12: WARNING: use 'ゲスト'" in warning
    assert "declared at more.rst:8" in warning
    assert run.page("more.html").xpath("//dt[@id='term-guest']")


def test_what_follows_a_glossary_in_restructuredtext_stays(tiny_book: Book) -> None:
    book = tiny_book("termbase-tiny")
    book.source.joinpath("more.rst").write_text(
        ":orphan:\n\n用語\n====\n\n.. glossary::\n\n   ゲスト\n      :id: guest\n"
        "      :reading: げすと\n      :avoid: インスタンス\n\n      説明。\n\n"
        "一。\n\n二。\n\n見出し\n------\n\n三。\n",
        encoding="utf-8",
    )
    run = book.build("html", "-q", "-W")
    page = run.page("more.html")
    assert run.status == 0
    shown = [text for p in page.xpath("//section//p") if len(text := p.text_content()) == 2]
    assert shown == ["一。", "二。", "三。"]
    assert page.xpath("//h2[starts-with(., '見出し')]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ノード", "nodo"),
        ("かそうましん", "kasoumashin"),
        ("キャッシュ", "kyasshu"),
        ("ジョブ", "jobu"),
        ("クォーラム", "kuoramu"),
        ("Proxmox VE", "proxmox-ve"),
        ("漢字", ""),
    ],
)
def test_romanisation(text: str, expected: str) -> None:
    assert slug(text) == expected
