"""Explicit ids of headings, and their absence."""

from __future__ import annotations


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
