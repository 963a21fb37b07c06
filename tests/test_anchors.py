"""Explicit ids of headings, and their absence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import TinyBook


def test_sections_keep_their_explicit_ids_and_no_other(tiny_book) -> None:
    run = tiny_book("anchors").build("html", "-W")
    assert run.status == 0, run.output
    page = run.page("index.html")
    assert page.xpath("//section/@id") == ["top", "first-part", "also-second"]
    assert page.xpath("//*[@id='second-part']")
    assert not page.xpath("//*[starts-with(@id, 'id')]")


def test_a_heading_without_an_id_is_named_with_file_and_line(tiny_book) -> None:
    book = tiny_book("anchors")
    book.edit("index.md", "(first-part)=\n", "")
    run = book.build("html", "-W")
    assert run.status == 1
    [warning] = run.warnings()
    assert "index.md:4: WARNING: heading '概要' has no explicit id" in warning
    assert "[anchors.missing]" in warning


def test_an_id_that_is_not_ascii_does_not_count(tiny_book) -> None:
    book = tiny_book("anchors")
    book.edit("index.md", "(first-part)=", "(概要)=")
    assert "heading '概要' has no explicit id" in book.build("html", "-W").output


def test_an_index_entry_right_before_a_heading_leads_to_it(tiny_book) -> None:
    book = tiny_book("anchors")
    book.edit("index.md", "(first-part)=", "```{index} single: 見出し語\n```\n\n(first-part)=")
    run = book.build("html", "-W")
    assert run.status == 0, run.output
    [address] = run.page("genindex.html").xpath("//a[text()='見出し語']/@href")
    page, _, anchor = address.partition("#")
    [target] = run.page(page).xpath(f"//*[@id='{anchor}']")
    assert target.xpath("ancestor-or-self::section[@id='first-part']")


def with_ledger(tiny_book, ledger: str) -> tuple[TinyBook, Path, list[str]]:
    book = tiny_book("anchors")
    path = book.source / "anchors.txt"
    path.write_text(ledger, encoding="utf-8")
    return book, path, [f"-Danchors_ledger={path}"]


def test_a_published_address_that_is_gone_fails_each_time(tiny_book) -> None:
    book, path, options = with_ledger(tiny_book, "# note\nindex#lost\nindex#x -> index#lost\n")
    for _ in range(2):
        run = book.build("html", "-W", *options)
        assert run.status == 1
        [first, second] = run.warnings()
        assert f"{path}:2: WARNING: index#lost was published and is gone" in first
        assert "write 'index#lost -> PAGE#ID' here" in first
        assert f"{path}:3: WARNING: the redirect of index#x leads to index#lost" in second


def test_the_ledger_is_brought_up_to_date_and_loses_nothing(tiny_book) -> None:
    book, path, options = with_ledger(tiny_book, "index#old -> index#top\n")
    for _ in range(2):
        assert book.build("dummy", "-W", *options, "-Danchors_update=1").status == 0
        lines = [line for line in path.read_text("utf-8").splitlines() if line[:1] != "#"]
        assert lines == sorted(lines)
        assert {"index#old -> index#top", "index#top", "index#first-part"} <= set(lines)
    book.edit("index.md", "(first-part)=", "(new-part)=")
    assert book.build("dummy", "-W", *options, "-Danchors_update=1").status == 1
    assert "index#first-part\n" in path.read_text("utf-8")
