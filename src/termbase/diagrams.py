"""SVG drawings in, passages out: the text a reader sees or hears in a figure.

``<text>``, ``<title>`` and ``<desc>`` are read.  Text under
``translate="no"`` or in an element of class ``code`` is quoted from a machine
and not judged.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from .matching import Passage
from .normal import MASK, joins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_READ = frozenset({"text", "title", "desc"})
_QUOTED = frozenset({"code", "command", "file", "kbd", "literal"})


class DrawingError(ValueError):
    """A drawing that cannot be read: path, line, and what is wrong."""

    def __init__(self, path: str, line: int, message: str) -> None:
        """Keep the place and the message."""
        super().__init__(f"{path}:{line}: {message}")
        self.path = path
        self.line = line
        self.reason = message


@dataclass(slots=True)
class _Reader:
    """Collects the text of the elements, with the byte offset of every character."""

    data: bytes
    texts: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    depth: int = 0
    quoted: list[bool] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        classes = set(attributes.get("class", "").split())
        hidden = (
            attributes.get("translate") == "no"
            or not _QUOTED.isdisjoint(classes)
            or bool(self.quoted and self.quoted[-1])
        )
        if self.depth:
            self.depth += 1
            if local == "tspan" and self.texts[-1][1] and {"x", "y", "dy"} & attributes.keys():
                # A tspan with a position of its own begins a new line.
                self.texts[-1][1].append(("\n", -1))
        elif local in _READ:
            self.depth = 1
            self.texts.append((local, []))
        self.quoted.append(hidden)

    def end(self, _name: str) -> None:
        self.quoted.pop()
        if self.depth:
            self.depth -= 1

    def characters(self, text: str, offset: int) -> None:
        if not self.depth:
            return
        target = self.texts[-1][1]
        if self.quoted and self.quoted[-1]:
            target.append((MASK, offset))
            return
        for character in text:
            target.append((character, offset))
            # An entity is one chunk of its own; its characters share its place.
            if self.data[offset : offset + 1] != b"&":
                offset += len(character.encode())


def passages(path: Path, name: str = "", language: str = "ja") -> Iterator[Passage]:
    """Yield a passage for each readable element of the drawing at *path*.

    Args:
        path: the file.
        name: the path to report; the path itself where it is empty.
        language: the language of the text.

    Raises:
        DrawingError: the file is not well-formed or declares entities.
    """
    shown = name or path.as_posix()
    data = path.read_bytes()
    reader = _Reader(data)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = False

    def refuse(*_arguments: object) -> None:
        message = "entity declarations are refused: remove the DOCTYPE"
        raise DrawingError(shown, parser.CurrentLineNumber, message)

    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = lambda text: reader.characters(text, parser.CurrentByteIndex)
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        raise DrawingError(shown, error.lineno, f"not well-formed: {error}") from error
    starts = [0]
    for index, byte in enumerate(data):
        if byte == 0x0A:  # noqa: PLR2004 - a line feed
            starts.append(index + 1)
    for element, characters in reader.texts:
        text, offsets = _collapsed(characters)
        if not text.strip(MASK):
            continue
        places = []
        for offset in offsets:
            line = bisect_right(starts, offset)
            column = len(data[starts[line - 1] : offset].decode("utf-8", "replace")) + 1
            places.append((line, column))
        yield Passage(shown, text, tuple(places), language, f"diagram-{element}")


def _collapsed(characters: list[tuple[str, int]]) -> tuple[str, list[int]]:
    """Return the text with white space collapsed and line breaks joined."""
    text: list[str] = []
    offsets: list[int] = []
    waiting: int | None = None
    broken = False
    for character, offset in characters:
        if character in " \t\r\n":
            waiting = offset if waiting is None else waiting
            broken = broken or character in "\r\n"
            continue
        if waiting is not None and text and not (broken and joins(text[-1], character)):
            text.append(" ")
            offsets.append(max(waiting, offsets[-1]))
        waiting, broken = None, False
        text.append(character)
        offsets.append(offset)
    return "".join(text), offsets
