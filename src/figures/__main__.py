"""``python -m figures``: the commands for those who draw."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from .authors import begin, contact_sheet
from .book import Book, BookError
from .drawing import write_if_changed
from .fonts import FontMissingError
from .house import dressed


def say(message: str) -> None:
    """Tell the person at the terminal."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - this is a command


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="figures", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="check all figures, or those named")
    command.add_argument("files", nargs="*", type=Path)
    commands.add_parser("style", help="write house.css into the style block of all masters")
    command = commands.add_parser("new", help="start a figure from the template")
    command.add_argument("name", help="like part2/ch7/frame-journey")
    command = commands.add_parser("sheet", help="write a page with all figures")
    command.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    book = Book(
        Path("diagrams").absolute(), Path("source").absolute(), [Path("locale").absolute()]
    )
    try:
        match given.command:
            case "check":
                return check(book, [path.absolute() for path in given.files])
            case "style":
                return style(book)
            case "new":
                path, shown = begin(book, given.name)
                say(f"{os.path.relpath(path)} is there. Show it in a chapter:\n\n{shown}")
            case "sheet":
                found = sorted(book.findings())
                page = contact_sheet(book, given.folder, found)
                say(f"{os.path.relpath(page)}: {len(book.masters)} figures, {len(found)} findings")
    except (BookError, FontMissingError) as error:
        say(f"error: {error}")
        return 1
    return 0


def check(book: Book, files: list[Path]) -> int:
    """Print the findings; return 1 where there are any."""
    found = sorted(book.findings(files or None))
    for finding in found:
        say(str(replace(finding, path=os.path.relpath(finding.path))))
    figures = len(files or book.masters)
    say(f"{figures} figures checked, {len(found)} findings")
    return 1 if found else 0


def style(book: Book) -> int:
    """Write the stylesheet into all masters; return the exit status."""
    for master in book.masters:
        data = master.read_bytes()
        if write_if_changed(master, dressed(data, book.sheet)):
            say(f"{os.path.relpath(master)}: new style block")
    return 0


if __name__ == "__main__":
    sys.exit(main())
