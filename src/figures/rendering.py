"""A master drawn for one edition: its labels in that language, long ones wrapped.

A label with ``data-wrap`` is broken into lines that fit its box: at phrases in
Japanese (BudouX), at spaces in other languages.  Where to break is decided
with nominal widths, so that the drawing is the same whether or not the font is
installed; that the lines fit is checked with the font itself (``fit``).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from lxml import etree

from . import geometry, house
from .drawing import SVG, parse, translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WRAP = "data-wrap"
"""``box``: the lines are centred about the place of the one; ``down``: they go down from it."""

_HUNDREDTHS = (
    "22 32 47 56 56 92 68 28 34 34 47 56 28 35 28 39 56 56 56 56 56 56 56 56 56 56 28 28 "
    "56 56 56 47 95 61 66 64 69 59 55 69 73 29 54 65 54 81 72 74 63 74 64 60 60 72 58 88 "
    "57 53 60 34 39 34 56 56 61 56 62 51 62 55 33 56 61 28 28 55 28 93 61 61 62 62 39 47 "
    "38 61 52 80 50 52 48 34 27 34 56"
)
_ASCII = dict(zip(map(chr, range(32, 127)), map(int, _HUNDREDTHS.split()), strict=True))
"""Advance widths of the pinned font, Regular, in hundredths of an em."""

_BOLD = 1.07
"""Bold Latin letters are wider by about so much; Japanese ones are not."""


def nominal_width(text: str, *, bold: bool = False) -> float:
    """Return about how wide a text is, in em."""
    width = 0.0
    for character in text:
        if unicodedata.east_asian_width(character) in "WFA":
            width += 1.0
        else:
            width += _ASCII.get(character, 60) / 100 * (_BOLD if bold else 1.0)
    return width


def wraps(data: bytes) -> bool:
    """Say whether a master has labels to wrap, so that no edition can show it as it is."""
    return WRAP.encode() in data


def rendered(data: bytes, language: str, messages: Mapping[str, str]) -> bytes:
    """Return the drawing of an edition; ids and geometry are the master's.

    Args:
        data: the master.
        language: BCP 47 tag for ``xml:lang`` of the root.
        messages: the texts of :func:`drawing.labels` and what stands in their
            place; a text without a message stays as it is.

    Raises:
        DrawingError: see :func:`drawing.parse`.
    """
    root = draw(parse(data), language, messages)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="utf-8")


def draw(root: etree._Element, language: str, messages: Mapping[str, str]) -> etree._Element:
    """Do in place what :func:`rendered` does; elements keep the lines of the master."""
    translate(root, language, messages)
    for text in root.iter(f"{SVG}text"):
        if text.get(WRAP):
            _wrap(text, root, language)
    return root


def _wrap(text: etree._Element, root: etree._Element, language: str) -> None:
    content = " ".join("".join(text.itertext()).split())
    box = geometry.container(text)
    if box is None or not content or len(text):
        return
    try:
        sheet = house.Sheet.parse(house.style_of(root))
        points = [point for outline in geometry.outlines(box) for point in outline]
        room = geometry.Box.around(points).width / abs(geometry.transform(text)[0])
        x, y = geometry.number(text, "x"), geometry.number(text, "y")
    except (house.SheetError, geometry.GeometryError, ValueError, ZeroDivisionError):
        return  # the checks name it; the label stays in one line
    look = sheet.look(text)
    size = float(look.get("font-size", "16").removesuffix("px"))
    if not house.BARE & {*(box.get("class") or "").split()}:
        room -= 2 * house.PADDING_X
    bold = look.get("font-weight") in {"bold", "700"}
    lines = broken(phrases(content, language), room / size, bold=bold)
    if len(lines) == 1:
        return
    step = house.LINE_DISTANCE * size / house.SMALLEST
    first = y if text.get(WRAP) == "down" else y - step * (len(lines) - 1) / 2
    text.text = None
    for number, line in enumerate(lines):
        span = etree.SubElement(text, f"{SVG}tspan", x=f"{x:g}", y=f"{first + step * number:g}")
        span.text = line


@cache
def _budoux() -> object:
    import budoux

    return budoux.load_default_japanese_parser()


def phrases(text: str, language: str) -> list[str]:
    """Return the pieces between which a line may end; together they are the text."""
    if language.partition("-")[0] == "ja":
        return list(_budoux().parse(text))  # type: ignore[attr-defined]
    words = text.split(" ")
    return [f"{word} " for word in words[:-1]] + words[-1:]


def broken(pieces: Sequence[str], room: float, *, bold: bool) -> list[str]:
    """Return as few lines as fit into *room* em, as equal in length as they can be."""

    def filled(limit: float) -> list[str]:
        lines = [""]
        for piece in pieces:
            longer = lines[-1] + piece
            if lines[-1] and nominal_width(longer.strip(), bold=bold) > limit:
                lines.append(piece)
            else:
                lines[-1] = longer
        # The phrase after a blank may have it: it would move the line off its middle.
        return [line.strip() for line in lines]

    fewest = filled(room)
    widths = {
        nominal_width(text.strip(), bold=bold)
        for start in range(len(pieces))
        for text in accumulate(pieces[start:])
    }
    for limit in sorted(width for width in widths if width <= room):
        if len(lines := filled(limit)) == len(fewest):
            return lines
    return fewest
