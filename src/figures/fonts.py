"""How wide a text is, measured with the pinned font by the shaper of browsers.

HarfBuzz shapes the text in Chromium, in Pango under rsvg-convert, and here.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import uharfbuzz

from .house import FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "fonts-noto-cjk"

_DEBIAN = Path("/usr/share/fonts/opentype/noto")


class FontMissingError(Exception):
    """The pinned font is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The room of a text in em, from its start on the baseline; y grows downward."""

    advance: float
    top: float
    bottom: float
    missing: str
    """The characters for which the font has no glyph."""


def _files(weight: str) -> Iterator[Path]:
    yield _DEBIAN / f"NotoSansCJK-{weight}.ttc"
    try:
        answer = subprocess.run(
            ["fc-match", "--format=%{file}", f"{FAMILY}:{weight.lower()}"],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return
    if answer.stdout:
        yield Path(answer.stdout)


@cache
def _font(weight: str) -> uharfbuzz.Font:
    for path in _files(weight):
        if not path.is_file():
            continue
        blob = uharfbuzz.Blob.from_file_path(str(path))
        for index in range(uharfbuzz.Face(blob).count):
            face = uharfbuzz.Face(blob, index)
            if face.get_name(1) == FAMILY:
                return uharfbuzz.Font(face)
    raise FontMissingError(
        f"{FAMILY} is not installed, so no label was measured: "
        f"install the Debian package {PACKAGE} and check again"
    )


def require() -> None:
    """Raise :class:`FontMissingError` unless both weights can be measured."""
    _font("Regular")
    _font("Bold")


def version() -> str:
    """Return the version of the pinned font, '' where it is not installed."""
    try:
        return str(_font("Regular").face.get_name(5))
    except FontMissingError:
        return ""


@cache
def extent(text: str, *, bold: bool = False) -> Extent:
    """Measure a text set in one line.

    Args:
        text: without line breaks.
        bold: in the bold weight.

    Raises:
        FontMissingError: the pinned font is not installed.
    """
    font = _font("Bold" if bold else "Regular")
    if not text:  # HarfBuzz has no positions for nothing
        return Extent(0.0, 0.0, 0.0, "")
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    em = font.face.upem
    top = bottom = 0.0
    missing = []
    for info in buffer.glyph_infos:
        if info.codepoint == 0:
            missing.append(text[info.cluster])
        if (ink := font.get_glyph_extents(info.codepoint)) is not None and ink.height:
            top = min(top, -ink.y_bearing / em)
            bottom = max(bottom, -(ink.y_bearing + ink.height) / em)
    advance = sum(position.x_advance for position in buffer.glyph_positions) / em
    return Extent(advance, top, bottom, "".join(missing))
