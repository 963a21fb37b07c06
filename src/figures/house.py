"""The house style of figures: its numbers, its stylesheet, its form.

The stylesheet has one source, ``house.css`` in the folder of the drawings.
Every master carries a copy, because print and readers without CSS see nothing
but the file; :func:`dressed` writes it, :func:`findings` tells where it differs.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tinycss2

from .drawing import SVG, XML_LANG, parse
from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

# --- The numbers of diagrams/README.md, in this one place ----------------------

SHEET = "house.css"
"""File name of the stylesheet, in the folder of the drawings."""

FAMILY = "Noto Sans CJK JP"
"""The one family of all figures (Debian: fonts-noto-cjk)."""

WIDTH, TALLEST = 540.0, 740.0
"""Units: width of every canvas, and the tallest that fits a B5 page."""

BARE = frozenset({"room", "card"})
"""Classes of boxes without an outline: a label may reach their edge."""

MARGIN = 18.0
"""Units that stay free at the edge of the canvas, except for the card."""

PADDING_X, PADDING_Y = 8.0, 4.0
"""Units between a label and the sides, and the top and bottom, of its box."""

SMALLEST = 16.0
"""Units: the size of the class ``label``, which no label undercuts."""

LINE_DISTANCE = 23.0
"""Units from line to line of a wrapped label of the smallest size."""

PRINT_WIDTH = 125.0
"""Millimetres: the text width of a B5 page, which a canvas fills."""

SCREEN_WIDTH = 342.0
"""CSS pixels that a canvas gets on a screen 390 px wide (measured in Chromium)."""

SMALLEST_PRINT = 10.0
"""Points: the smallest label on paper."""

SMALLEST_SCREEN = 10.0
"""CSS pixels: the smallest label on a screen 390 px wide."""

CONTRAST = 4.5
"""WCAG 2.2 AA for text of any size, in the light and in the dark look."""

UNIT_IN_POINTS = PRINT_WIDTH / 25.4 * 72 / WIDTH
UNIT_IN_PIXELS = SCREEN_WIDTH / WIDTH

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_INHERITED = ("fill", "stroke", "font-size", "font-weight", "text-anchor")


class SheetError(Exception):
    """A stylesheet that holds more than rules for single classes."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A stylesheet of single classes: name and declarations, in order."""

    rules: tuple[tuple[str, Mapping[str, str]], ...]

    @classmethod
    def parse(cls, css: str) -> Sheet:
        """Read a stylesheet.

        Raises:
            SheetError: it holds an at-rule or a selector that is not one class.
        """
        rules = []
        for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
            if rule.type != "qualified-rule":
                raise SheetError(f"line {rule.source_line}: only rules like '.label {{ … }}'")
            selector = tinycss2.serialize(rule.prelude).strip()
            if not re.fullmatch(r"\.[a-z][a-z0-9-]*", selector):
                raise SheetError(f"line {rule.source_line}: {selector!r} is not one class")
            declarations = {}
            for item in tinycss2.parse_declaration_list(
                rule.content, skip_comments=True, skip_whitespace=True
            ):
                if item.type != "declaration":
                    raise SheetError(f"line {item.source_line}: not a declaration")
                declarations[item.lower_name] = tinycss2.serialize(item.value).strip()
            rules.append((selector[1:], declarations))
        return cls(tuple(rules))

    @property
    def classes(self) -> frozenset[str]:
        """The classes that have a rule."""
        return frozenset(name for name, _ in self.rules)

    def look(self, element: etree._Element) -> dict[str, str]:
        """Return the properties of an element: its own, and what it inherits."""
        chain = [*reversed(list(element.iterancestors())), element]
        properties: dict[str, str] = {}
        for link in chain:
            inherited = {key: properties[key] for key in _INHERITED if key in properties}
            own = {key: link.get(key, "") for key in ("fill",) if link.get(key)}
            classes = (link.get("class") or "").split()
            for name, declarations in self.rules:
                if name in classes:
                    own.update(declarations)
            properties = inherited | own
        return properties


def style_of(root: etree._Element) -> str:
    """Return the text of the style block of a drawing."""
    style = root.find(f"{SVG}style")
    return "" if style is None else "".join(style.itertext())


def _bare(css: str) -> str:
    return "\n".join(line.rstrip() for line in textwrap.dedent(css).strip().splitlines())


def dressed(data: bytes, sheet: str) -> bytes:
    """Return the master with the stylesheet in its style block.

    Args:
        data: the master.
        sheet: the text of ``house.css``.
    """
    block = f"<style>\n{textwrap.indent(_bare(sheet), '    ')}\n  </style>"
    return _STYLE.sub(lambda _: block, data.decode("utf-8"), count=1).encode("utf-8")


def findings(path: str, data: bytes, sheet: str) -> Iterator[Finding]:
    """Yield where a master leaves the form that the house style gives.

    Args:
        path: shown in the findings.
        data: a drawing without ``figures.unsafe`` findings.
        sheet: the text of ``house.css``.
    """
    for element, kind, message in _form(parse(data), sheet):
        yield Finding(path, element.sourceline or 1, kind, message)


def _form(root: etree._Element, sheet: str) -> Iterator[tuple[etree._Element, str, str]]:
    yield from _canvas(root)
    styles = root.findall(f".//{SVG}style")
    if len(styles) != 1 or _bare(style_of(root)) != _bare(sheet):
        where = styles[0] if styles else root
        yield (
            where,
            "style",
            f"the style block is not that of {SHEET}: 'make figures-style' writes it",
        )
    known = Sheet.parse(sheet).classes
    for element in root.iter(f"{SVG}*"):
        unknown = [one for one in (element.get("class") or "").split() if one not in known]
        if unknown:
            yield element, "style", f"the class {unknown[0]!r} is not in {SHEET}"
        if element is not root and element.get("font-family") is not None:
            yield element, "style", "the family is named once, on the root"
    yield from _told(root)


def _canvas(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    try:
        left, top, width, height = (float(part) for part in (root.get("viewBox") or "").split())
    except ValueError:
        yield root, "style", "the root has no viewBox of four numbers"
        return
    if (left, top, width) != (0, 0, WIDTH):
        yield root, "style", f'the viewBox is not "0 0 {WIDTH:g} …": every canvas is as wide'
    if height > TALLEST:
        yield root, "style", f"the canvas is {height:g} units tall, more than {TALLEST:g}"
    if (root.get("width"), root.get("height")) != (f"{width:g}", f"{height:g}"):
        yield root, "style", "width and height of the root do not repeat those of the viewBox"
    family = (root.get("font-family") or "").split(",")[0].strip(" '\"")
    if family != FAMILY:
        yield root, "style", f"the first family of the root is {family!r}, not {FAMILY!r}"


def _told(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    """Yield what assistive technology and translators miss."""
    if root.get(XML_LANG) != "ja":
        yield root, "access", 'the root has no xml:lang="ja": masters are Japanese'
    if root.get("role") != "img":
        yield root, "access", 'the root has no role="img"'
    referred = (root.get("aria-labelledby") or "").split()
    for tag in ("title", "desc"):
        element = root.find(f"{SVG}{tag}")
        if element is None or not (element.text or "").strip():
            yield root, "access", f"there is no <{tag}> with a text"
        elif element.get("id") not in referred:
            yield element, "access", f"aria-labelledby of the root does not name the <{tag}>"
    title = root.find(f"{SVG}title")
    name = "" if title is None else (title.get("id") or "").removesuffix("-title")
    for element in root.iter(f"{SVG}text", f"{SVG}title", f"{SVG}desc"):
        if element.get("id") is None:
            yield element, "access", f"the <{etree_name(element)}> has no id like '{name}-label'"
    for element in root.iter(f"{SVG}*"):
        identifier = element.get("id")
        if identifier is not None and not (
            _ID.fullmatch(identifier) and identifier.startswith(f"{name}-")
        ):
            form = "in lower-case ASCII, digits and hyphens, beginning like that of the title"
            yield element, "access", f"the id {identifier!r} is not '{name}-…': {form}"


def etree_name(element: etree._Element) -> str:
    """Return the local name of an element of SVG."""
    return str(element.tag).removeprefix(SVG)
