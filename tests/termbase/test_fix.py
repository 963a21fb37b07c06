"""terms-fix rewrites what needs no thought, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from termbase import fix
from termbase.fix import Edit, applied

from .test_places import unmark

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.conftest import TinyBook

    Book = Callable[[str], TinyBook]


def test_edits_are_made_from_the_end_and_only_where_the_text_stands() -> None:
    wanted = [Edit(1, 1, "ホスト", "ノード"), Edit(1, 5, "ホスト", "ノード")]
    wanted.append(Edit(2, 1, "ホスト", "ノード"))
    text, left = applied("ホストとホスト\nホ**スト**", wanted)
    assert text == "ノードとノード\nホ**スト**"
    assert left == [wanted[2]]


def test_a_dry_run_shows_and_changes_nothing(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-tiny")
    book.edit("index.md", "ノードを", "ホスト（`ホスト`、ホスト名）を")
    before = book.source.joinpath("index.md").read_text(encoding="utf-8")
    assert fix.main([str(book.source), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "+ノード（`ホスト`、ホスト名）を起動する。" in shown
    assert "1 replacements would be made" in shown
    assert book.source.joinpath("index.md").read_text(encoding="utf-8") == before


def test_the_second_run_changes_nothing(
    tiny_book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tiny_book("termbase-nesting")
    expected = unmark(book.source)
    fix.main([str(book.source)])
    first = capsys.readouterr().out
    assert f"{len(expected) - 4} replacements made" in first
    assert "is divided by markup" in first
    after = {p: p.read_bytes() for p in book.source.rglob("*") if p.is_file()}
    fix.main([str(book.source)])
    assert "\n0 replacements made" in capsys.readouterr().out
    assert {p: p.read_bytes() for p in after} == after
    assert b"`\xe3\x83\x9b\xe3\x82\xb9\xe3\x83\x88`" in after[book.source / "index.md"]
