"""Drawings for print: converted once, several at a time, with small fonts.

``sphinxcontrib.rsvgconverter`` calls rsvg-convert for every figure in every
build.  Here a conversion is kept by the content of the drawing and by what
converts it, so that an unchanged figure is converted in no later build.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib.rsvgconverter.rsvgconverter import RSVGConverter

from . import fonts
from .drawing import write_if_changed
from .house import FAMILY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pikepdf

logger = logging.getLogger(__name__)

PACKAGE = "librsvg2-bin"

_RECIPE = "1"
"""To be raised when this module makes other bytes of the same drawing."""


@cache
def version(program: str) -> str | None:
    """Return what a converter says of itself; None where it is not installed."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()


class CachedConverter(RSVGConverter):  # type: ignore[misc]
    """rsvg-convert, asked only for drawings that it has not converted before."""

    # Before the converter of the package (200), whose place it takes.
    default_priority = 190

    available: bool | None = None

    conversion_rules = (("image/svg+xml", "application/pdf"),)

    def is_available(self) -> bool:
        """Say whether there is a converter, and once, if not, what to install."""
        RSVGConverter.available = False  # or else the package would try again what failed here
        if version(self.config.rsvg_converter_bin):
            return True
        logger.warning(
            "%s is not installed, so no figure can be set in the PDF: "
            "install the Debian package %s and build again",
            self.config.rsvg_converter_bin,
            PACKAGE,
            type="figures",
            subtype="converter",
        )
        return False

    def apply(self, **kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Convert all drawings of the document that are not kept, then take them."""
        wanted = {}
        for image in self.document.findall(nodes.image):
            if self.match(image):
                candidates = image["candidates"]
                source = Path(self.env.srcdir, candidates.get("image/svg+xml") or candidates["*"])
                kept = self._kept(source)
                if not kept.exists():
                    wanted[kept] = source
        # rsvg-convert runs in processes of its own; threads wait for them.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for kept, source in wanted.items():
                pool.submit(self._make, source, kept)
        super().apply(**kwargs)

    def convert(self, _from: str | os.PathLike[str], _to: str | os.PathLike[str]) -> bool:
        """Put the kept conversion of a drawing where the builder looks for it."""
        kept = self._kept(Path(_from))
        if not kept.exists():  # it failed above: say so, with the place
            try:
                self._make(Path(_from), kept)
            except ExtensionError as error:
                logger.warning(
                    "the figure cannot be converted for print: %s",
                    " ".join(str(error).split()),
                    location=f"{os.fspath(_from)}:1",
                    type="figures",
                    subtype="converter",
                )
                return False
        for family in embedded(kept):
            if family != FAMILY.replace(" ", "").removesuffix("JP") + "jp":
                logger.warning(
                    "print would show %r in place of %s: install the Debian package %s",
                    family,
                    FAMILY,
                    fonts.PACKAGE,
                    location=f"{os.fspath(_from)}:1",
                    type="figures",
                    subtype="font",
                )
        write_if_changed(Path(_to), kept.read_bytes())
        return True

    def _kept(self, source: Path) -> Path:
        program = self.config.rsvg_converter_bin
        mark = hashlib.sha256(source.read_bytes())
        mark.update(f"{_RECIPE} {version(program)} {self.config.rsvg_converter_args}".encode())
        mark.update(fonts.version().encode())
        return Path(self.app.doctreedir, "figures-pdf", f"{mark.hexdigest()}.pdf")

    def _make(self, source: Path, kept: Path) -> None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(".fresh.pdf")
        super().convert(source, fresh)
        fresh.write_bytes(slim(fresh.read_bytes()))
        fresh.replace(kept)


# The libraries below are loaded where print is made, not by every build.


def slim(data: bytes) -> bytes:
    """Return a PDF without its date and with fonts that hold no more than they need.

    cairo before 1.17.6 copies every subroutine of a CFF font into every
    subset: a megabyte for each figure with Noto Sans CJK.  Without
    subroutines, the glyphs that are there take a few kilobytes.

    Args:
        data: a PDF as cairo writes it.
    """
    import pikepdf
    from fontTools.cffLib import CFFFontSet
    from fontTools.ttLib import TTFont

    with pikepdf.open(io.BytesIO(data)) as pdf:
        frame = TTFont(recalcBBoxes=False)
        for font in _descriptors(pdf):
            if "/FontFile3" not in font:
                continue  # TrueType, and so not the pinned font: told elsewhere
            stream = font["/FontFile3"]
            outlines = CFFFontSet()
            outlines.decompile(io.BytesIO(stream.read_bytes()), frame)
            outlines.desubroutinize()
            smaller = io.BytesIO()
            outlines.compile(smaller, frame)
            stream.write(smaller.getvalue())
        if "/Info" in pdf.trailer:
            del pdf.trailer["/Info"]
        result = io.BytesIO()
        pdf.save(result, deterministic_id=True)
    return result.getvalue()


def _descriptors(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    import pikepdf

    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor":
            yield thing


def embedded(path: Path) -> set[str]:
    """Return the families of the fonts in a PDF, as PostScript writes them."""
    import pikepdf

    with pikepdf.open(path) as pdf:
        names = [str(font["/FontName"]) for font in _descriptors(pdf)]
    return {name.partition("+")[2].partition("-")[0] for name in names}
