"""Every construct of MyST and reStructuredText, with the exact place of every finding.

The sources carry their expectations: ⟦ stands before each form that must be
found.  The marks are taken out, the book is built, and places are compared.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run, TinyBook

Found = set[tuple[str, int, int]]


def unmark(folder: Path) -> Found:
    expected: Found = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".md", ".rst", ".txt", ".svg"}:
            continue
        data = path.read_bytes()
        bom = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        text = data.removeprefix(bom).decode()
        name = path.relative_to(folder).as_posix()
        for number, line in enumerate(text.split("\n"), start=1):
            seen = 0
            for column, character in enumerate(line, start=1):
                if character == "⟦":
                    expected.add((name, number, column - seen))
                seen += character in "⟦⟧"
        path.write_bytes(bom + text.replace("⟦", "").replace("⟧", "").encode())
    return expected


def records(run: Run) -> list[dict[str, object]]:
    lines = (run.folder / "output.json").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def places(run: Run) -> list[tuple[object, object, object]]:
    return sorted((r["filename"], r["lineno"], r["column"]) for r in records(run))


@pytest.mark.parametrize(
    ("name", "least"), [("places", 160), ("nesting", 90), ("replaced", 40), ("included", 18)]
)
def test_every_finding_is_at_its_place(
    tiny_book: Callable[[str], TinyBook], name: str, least: int
) -> None:
    book = tiny_book(f"termbase-{name}")
    expected = unmark(book.source)
    assert len(expected) >= least
    assert places(book.build("terminology", "-q")) == sorted(expected)


@pytest.mark.parametrize("name", ["places", "nesting"])
def test_parallel_reading_finds_the_same(tiny_book: Callable[[str], TinyBook], name: str) -> None:
    book = tiny_book(f"termbase-{name}")
    expected = unmark(book.source)
    assert places(book.build("terminology", "-q", "-j", "2")) == sorted(expected)


def test_an_english_edition_finds_what_the_japanese_one_finds(
    tiny_book: Callable[[str], TinyBook],
) -> None:
    book = tiny_book("termbase-nesting")
    expected = unmark(book.source)
    catalog = book.source / "locale" / "en" / "LC_MESSAGES" / "crlf.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "題ホスト"\nmsgstr "Title"\n',
        encoding="utf-8",
    )
    options = ("-D", "language=en", "-D", "locale_dirs=locale", "-D", "gettext_compact=0")
    run = book.build("terminology", "-q", *options)
    assert places(run) == sorted(expected)
