"""The picture that goes with a link to a page: one card per page and language."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from lxml import html

from .editions import PublishingError
from .templates import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RSVG = "rsvg-convert"
LINE = 16.5  # widths of a full-width character that fit in a line of the title
LINES = 4
# Characters that begin no line, of those that occur in titles.
_NOT_FIRST = frozenset("、。，．・：；？！ー）」』】〉》っゃゅょッャュョ々,.:;?!)")


def draw(site: Path, languages: Sequence[str]) -> None:
    """Draw the cards that the pages name as ``_cards/<page>.png``.

    Raises:
        PublishingError: there is no rsvg-convert, or it failed.
    """
    if not shutil.which(RSVG):
        raise PublishingError(f"{RSVG} is not there, it draws the cards: install librsvg2-bin")
    jobs = []
    for language in languages:
        folder = site / language / "_cards"
        folder.mkdir()
        for path in sorted((site / language).rglob("*.html")):
            page = html.fromstring(path.read_bytes())
            card = page.xpath("string(//meta[@property='og:image']/@content)")
            if not card:
                continue
            title = page.xpath("string(//meta[@property='og:title']/@content)")
            book = page.xpath("string(//meta[@property='og:site_name']/@content)")
            drawing = render(
                "card.svg",
                language=language,
                book="" if book == title else book,
                lines=wrapped(title),
            )
            jobs.append((drawing, folder / str(card).rpartition("/")[2]))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda job: _convert(*job), jobs))


def _convert(drawing: str, target: Path) -> None:
    done = subprocess.run(
        [RSVG, "--width=1200", "--height=630", f"--output={target}"],
        input=drawing.encode(),
        check=False,
        capture_output=True,
    )
    if done.returncode:
        raise PublishingError(f"{RSVG} drew no {target.name}: {done.stderr.decode().strip()}")


def wrapped(title: str) -> list[str]:
    """Break a title into the lines of a card.

    Latin words stay whole; a Japanese line ends anywhere but before a
    character that begins none.
    """
    pieces: list[str] = []
    for character in title:
        narrow = unicodedata.east_asian_width(character) not in "WF"
        joins = pieces and (
            character in _NOT_FIRST or (narrow and character != " " and _is_word(pieces[-1]))
        )
        if joins:
            pieces[-1] += character
        else:
            pieces.append(character)
    lines, line = [], ""
    for piece in pieces:
        if line and _width(line + piece.rstrip()) > LINE:
            lines.append(line.strip())
            line = ""
        line += piece
    lines.append(line.strip())
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{lines[LINES - 1]}…"]
    return lines


def _is_word(piece: str) -> bool:
    return piece[-1] != " " and unicodedata.east_asian_width(piece[-1]) not in "WF"


def _width(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.56 for c in text)
