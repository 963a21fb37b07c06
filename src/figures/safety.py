"""Clean input only: what a drawing may hold, and nothing else.

The elements and attributes that the house style needs are listed; whatever is
not on the lists is refused, so that an invention of next year is refused too.
Drawings come as bytes; nothing in them is executed, resolved or fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from .drawing import SVG, DrawingError, parse
from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LARGEST = 20_000
"""Bytes of the largest drawing that is accepted."""

DEEPEST = 12
"""Levels of elements, the root included."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS = _names(
    "svg title desc style defs marker pattern g rect path circle ellipse line polyline "
    "polygon text tspan"
)

PROPERTIES = _names("color opacity filter mask clip-path display visibility")

ATTRIBUTES = _names(
    "id class role aria-labelledby aria-hidden translate transform data-wrap version "
    "viewBox width height x y x1 y1 x2 y2 dx dy cx cy r rx ry d points "
    "font-family fill marker-start marker-mid marker-end "
    "refX refY markerWidth markerHeight markerUnits orient "
    "patternUnits patternContentUnits patternTransform "
    "{http://www.w3.org/XML/1998/namespace}lang"
)

_WHY = {
    "script": "scripts run in the reader's browser",
    "foreignObject": "HTML inside a drawing is lost in print and can carry scripts",
    "image": "bitmaps and outside pictures do not scale and may be fetched",
    "feImage": "it may be fetched from outside",
    "use": "draw the shape where it stands, so that the checks see it",
    "a": "a figure holds no links; the text around it does",
    "font": "fonts are not embedded; the family is pinned on the root",
    "font-face": "fonts are not embedded; the family is pinned on the root",
    "animate": "figures stand still, in print as on the screen",
    "animateTransform": "figures stand still, in print as on the screen",
    "animateMotion": "figures stand still, in print as on the screen",
    "set": "figures stand still, in print as on the screen",
}

_LOCAL = re.compile(r"url\(#([A-Za-z][\w.-]*)\)")
_IN_ATTRIBUTE = re.compile(
    r"url\s*\(|image\s*\(|var\s*\(|expression\s*\(|data:|javascript:|://|\\", re.IGNORECASE
)
_IN_STYLE = re.compile(
    r"@[\w-]+|\\|url\s*\(|src\s*\(|image[\w-]*\s*\(|expression\s*\(|data:|://|<"
    r"|\banimation\b|\btransition\b",
    re.IGNORECASE,
)


def unsafe(path: str, data: bytes) -> Iterator[Finding]:
    """Yield what makes a drawing unfit to be taken into the book.

    Args:
        path: shown in the findings.
        data: the file.

    Bad: ``<script>``, ``onload="…"``, ``href="https://…"``, ``<!DOCTYPE …>``.
    Good: shapes and texts of the house style, ``marker-end="url(#tip)"``.
    """
    if len(data) > LARGEST:
        size = f"the drawing has {len(data)} bytes, more than {LARGEST}"
        yield Finding(path, 1, "unsafe", f"{size}: draw less in it, or make two figures of it")
        return
    # Before the parser, which would resolve or drop what is declared here.
    if declared := re.search(rb"<!(DOCTYPE|ENTITY)", data, re.IGNORECASE):
        line = data.count(b"\n", 0, declared.start()) + 1
        message = f"<!{declared[1].decode()}> can declare entities: remove the declaration"
        yield Finding(path, line, "unsafe", message)
        return
    try:
        root = parse(data)
    except DrawingError as error:
        message = f"not a readable drawing: {error}; mend the SVG and build again"
        yield Finding(path, error.line, "broken", message)
        return
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding not in {"UTF-8", "US-ASCII", "ASCII"}:
        yield Finding(path, 1, "unsafe", f"the drawing is in {encoding}: save it as UTF-8")
        return
    nodes = [*root.itersiblings(preceding=True), *root.iter(), *root.itersiblings()]
    declared_ids = _identifiers(nodes)
    for node in nodes:
        for kind, message in _refusals(node, declared_ids):
            yield Finding(path, node.sourceline or 1, kind, message)


def _identifiers(nodes: Iterable[etree._Element]) -> dict[str, etree._Element]:
    """Return the first element of each id."""
    found: dict[str, etree._Element] = {}
    for node in nodes:
        if isinstance(node.tag, str) and (name := node.get("id")) is not None:
            found.setdefault(name, node)
    return found


def _refusals(
    node: etree._Element, identifiers: Mapping[str, etree._Element]
) -> Iterator[tuple[str, str]]:
    """Yield the kind of finding and the sentence for all that is wrong with one node."""
    if isinstance(node, etree._ProcessingInstruction):  # noqa: SLF001 - it has no public name
        yield (
            "unsafe",
            f"the processing instruction <?{node.target}?> can name outside files: remove it",
        )
    if not isinstance(node.tag, str):
        return
    name = etree.QName(node).localname
    if not node.tag.startswith(SVG) or name not in ELEMENTS:
        reason = _WHY.get(name, "the house style does not need it (ELEMENTS in figures/safety.py)")
        yield "unsafe", f"<{name}> is refused: {reason}"
        return
    if sum(1 for _ in node.iterancestors()) >= DEEPEST:
        yield "unsafe", f"<{name}> lies more than {DEEPEST} elements deep: flatten the groups"
    if name == "style" and (found := _IN_STYLE.search("".join(node.itertext()))):
        yield (
            "unsafe",
            f"the style holds {found[0]!r}: a figure refers to nothing outside and stands still",
        )
    for key, value in node.attrib.items():
        yield from _attribute(str(key), str(value), identifiers)
    identifier = node.get("id")
    if identifier is not None and identifiers[identifier] is not node:
        line = identifiers[identifier].sourceline
        yield "unsafe", f"the id {identifier!r} stands on line {line} already: ids are unique"


def _attribute(
    key: str, value: str, identifiers: Mapping[str, etree._Element]
) -> Iterator[tuple[str, str]]:
    shown = etree.QName(key).localname
    if key not in ATTRIBUTES:
        if shown.lower().startswith("on"):
            yield "unsafe", f"the event handler {shown!r} runs script: remove it"
        elif shown == "style":
            yield (
                "unsafe",
                "the attribute 'style' is refused: looks stand in the classes of house.css",
            )
        elif shown in {"href", "src", "base"}:
            yield (
                "unsafe",
                f"the reference {shown}={value[:60]!r} is refused: a figure stands alone",
            )
        elif shown in PROPERTIES or shown.startswith(("stroke", "font-", "text-")):
            yield (
                "style",
                f"the attribute {shown!r} is refused: looks stand in the classes of house.css",
            )
        else:
            yield "unsafe", f"the attribute {shown!r} is refused: the house style does not need it"
        return
    for target in _LOCAL.findall(value):
        if target not in identifiers:
            yield (
                "unsafe",
                f"{shown}={value!r} refers to #{target}, which the drawing does not have",
            )
    if found := _IN_ATTRIBUTE.search(_LOCAL.sub("", value)):
        yield (
            "unsafe",
            f"{shown}={value[:60]!r} holds {found[0]!r}: a figure refers to nothing outside",
        )
    if key == "fill" and value != "none" and not _LOCAL.fullmatch(value):
        yield (
            "style",
            f"fill={value[:60]!r} is refused: colours stand in the classes of house.css",
        )
