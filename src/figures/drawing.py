"""The texts of an SVG drawing, and the same drawing with other texts.

Nothing here knows Sphinx: a drawing comes in as bytes and goes out as bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from typography.characters import JAPANESE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_TEXT_BEARING = {f"{SVG}text", f"{SVG}tspan", f"{SVG}title", f"{SVG}desc"}


class DrawingError(Exception):
    """A drawing that cannot be read; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the line beside the message."""
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Label:
    """One text of a drawing: what a reader sees, and the line it stands on."""

    text: str
    line: int


def parse(data: bytes) -> etree._Element:
    """Return the root of an SVG document.

    Entities are not resolved and nothing is fetched.

    Raises:
        DrawingError: the bytes are not well-formed XML or not SVG.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DrawingError(str(error.msg), error.lineno or 1) from error
    if root.tag != f"{SVG}svg":
        raise DrawingError(f"the root element is {root.tag!r}, not 'svg' of SVG", 1)
    return root


def _kept_as_it_is(element: etree._Element) -> bool:
    """Say whether translate="no" holds here; the nearest ancestor decides."""
    for ancestor in (element, *element.iterancestors()):
        answer = ancestor.get("translate")
        if answer is not None:
            return answer == "no"
    return False


def _translatable(root: etree._Element) -> Iterator[etree._Element]:
    for element in root.iter(*_TEXT_BEARING):
        if (element.text or "").strip() and not _kept_as_it_is(element):
            yield element


def labels(data: bytes) -> list[Label]:
    """Return the translatable texts of a drawing, in the order of the file.

    These are the texts of ``<text>``, ``<tspan>``, ``<title>`` and ``<desc>``,
    white space collapsed, without those marked ``translate="no"``.

    Raises:
        DrawingError: see :func:`parse`.
    """
    return [
        Label(" ".join((element.text or "").split()), element.sourceline or 1)
        for element in _translatable(parse(data))
    ]


def shut_out(root: etree._Element) -> Iterator[Label]:
    """Yield what is Japanese and marked ``translate="no"``.

    It would be Japanese in every edition, and in no catalog.
    """
    for element in root.iter(*_TEXT_BEARING):
        text = " ".join((element.text or "").split())
        if JAPANESE.search(text) and _kept_as_it_is(element):
            yield Label(text, element.sourceline or 1)


def translate(root: etree._Element, language: str, messages: Mapping[str, str]) -> None:
    """Replace the texts of a drawing in place; ids and geometry stay.

    Args:
        root: of the drawing.
        language: BCP 47 tag for ``xml:lang`` of the root.
        messages: the texts of :func:`labels` and what stands in their place;
            a text without a message stays as it is.
    """
    for element in _translatable(root):
        text = " ".join((element.text or "").split())
        element.text = messages.get(text, element.text)
    root.set(XML_LANG, language)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write a file unless it holds the same bytes; say whether it was written."""
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True
