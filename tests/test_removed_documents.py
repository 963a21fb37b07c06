"""What is removed from the sources leaves the edition."""

from __future__ import annotations


def test_the_page_of_a_removed_document_goes(tiny_book) -> None:
    book = tiny_book("standing")
    run = book.build("html", "-W")
    assert (run.folder / "other.html").is_file()
    (book.source / "other.md").unlink()
    book.edit("index.md", "```{toctree}\nother\n```\n", "")
    again = book.build("html", "-W")
    assert again.status == 0, again.output
    assert not (run.folder / "other.html").exists()
    assert (run.folder / "index.html").is_file()
