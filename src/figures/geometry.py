"""Where the shapes and the labels of a drawing lie, in units of its canvas."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from math import radians
from typing import TYPE_CHECKING

from fontTools.misc.bezierTools import cubicPointAtT, quadraticPointAtT
from fontTools.misc.transform import Identity, Transform
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.svgLib.path import parse_path
from fontTools.svgLib.path.shapes import PathBuilder
from lxml import etree

from . import fonts
from .drawing import SVG
from .house import Sheet, etree_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]

SHAPES = frozenset(
    f"{SVG}{name}" for name in ("rect", "path", "circle", "ellipse", "line", "polyline", "polygon")
)

CURVE_STEPS = 12
"""Straight pieces that stand for one curve; at the size of a figure they are one."""

_TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_NOT_PAINTED = frozenset(f"{SVG}{name}" for name in ("defs", "marker", "pattern"))


class GeometryError(ValueError):
    """A number or a path that cannot be read; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the line beside the message."""
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, y downward."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Units from side to side."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Units from top to bottom."""
        return self.bottom - self.top

    def inset(self, x: float, y: float) -> Box:
        """Return the box without a border of *x* and *y* units."""
        return Box(self.left + x, self.top + y, self.right - x, self.bottom - y)

    def overlap(self, other: Box) -> tuple[float, float]:
        """Return by how many units two boxes lie over each other, in x and in y."""
        return (
            min(self.right, other.right) - max(self.left, other.left),
            min(self.bottom, other.bottom) - max(self.top, other.top),
        )

    def crossings(self, outline: Sequence[Point]) -> Iterator[Point]:
        """Yield places at which a line of straight pieces passes through the box."""
        for one, two in pairwise(outline):
            enter, leave = self._clip(one, two)
            if enter < leave:
                for step in (0.1, 0.5, 0.9):
                    at = enter + step * (leave - enter)
                    yield one[0] + at * (two[0] - one[0]), one[1] + at * (two[1] - one[1])

    def _clip(self, one: Point, two: Point) -> tuple[float, float]:
        """Return from where to where, from 0 to 1, a piece lies in the box (Liang, Barsky)."""
        (x, y), (dx, dy) = one, (two[0] - one[0], two[1] - one[1])
        enter, leave = 0.0, 1.0
        for step, room in (
            (-dx, x - self.left),
            (dx, self.right - x),
            (-dy, y - self.top),
            (dy, self.bottom - y),
        ):
            if step < 0:
                enter = max(enter, room / step)
            elif step > 0:
                leave = min(leave, room / step)
            elif room < 0:
                return 1.0, 0.0
        return enter, leave

    @classmethod
    def around(cls, points: Iterable[Point]) -> Box:
        """Return the smallest box that holds all points."""
        xs, ys = zip(*points, strict=True)
        return cls(min(xs), min(ys), max(xs), max(ys))


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as it is painted: its outlines, straightened."""

    element: etree._Element
    order: int
    look: dict[str, str]
    outlines: tuple[tuple[Point, ...], ...]
    box: Box

    @property
    def line(self) -> int:
        """The line in the file."""
        return self.element.sourceline or 1

    def painted(self, key: str) -> str | None:
        """Return the fill or stroke, None where there is none."""
        value = self.look.get(key, "#000000" if key == "fill" else "none")
        return None if value in {"none", "transparent"} else value

    def holds(self, point: Point) -> bool:
        """Say whether a point lies inside the outlines (rule: even and odd)."""
        x, y = point
        inside = False
        for outline in self.outlines:
            for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
                if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text as it stands on the canvas."""

    element: etree._Element
    order: int
    text: str
    line: int
    size: float
    look: dict[str, str]
    box: Box
    """From the first to the last advance, from the highest to the lowest ink."""
    missing: str
    upright: bool

    @property
    def points(self) -> list[Point]:
        """Places from side to side and top to bottom, where its ground is looked at."""
        return [
            (self.box.left + x / 10 * self.box.width, self.box.top + y / 4 * self.box.height)
            for x in range(11)
            for y in range(5)
        ]


@dataclass(slots=True)
class _Run:
    text: str
    element: etree._Element
    x: float | None = None
    y: float | None = None
    dx: float = 0.0
    dy: float = 0.0


@dataclass(slots=True)
class _Line:
    x: float
    y: float
    runs: list[_Run] = field(default_factory=list)


def number(element: etree._Element, name: str, default: float = 0.0) -> float:
    """Return an attribute as a number of units.

    Raises:
        GeometryError: it is no plain number.
    """
    value = element.get(name)
    if value is None:
        return default
    try:
        return float(value.removesuffix("px"))
    except ValueError:
        message = f"{name}={value!r} of <{etree_name(element)}> is no plain number of units"
        raise GeometryError(message, element.sourceline or 1) from None


def transform(element: etree._Element) -> Transform:
    """Return what the transforms of an element and its ancestors come to.

    Raises:
        GeometryError: one of them cannot be read.
    """
    result = Identity
    for link in (*reversed(list(element.iterancestors())), element):
        for name, text in _TRANSFORM.findall(link.get("transform") or ""):
            try:
                values = [float(part) for part in re.split(r"[\s,]+", text.strip())]
                result = _apply(result, name, values)
            except (ValueError, TypeError):
                message = f"transform={link.get('transform')!r} cannot be read"
                raise GeometryError(message, link.sourceline or 1) from None
    return result


def _apply(  # noqa: PLR0911 - one return a function
    matrix: Transform, name: str, values: Sequence[float]
) -> Transform:

    match name, values:
        case "matrix", [a, b, c, d, e, f]:
            return matrix.transform((a, b, c, d, e, f))
        case "translate", [x, *rest]:
            return matrix.translate(x, *rest)
        case "scale", [x, *rest]:
            return matrix.scale(x, *rest)
        case "rotate", [angle]:
            return matrix.rotate(radians(angle))
        case "rotate", [angle, x, y]:
            return matrix.translate(x, y).rotate(radians(angle)).translate(-x, -y)
        case "skewX", [angle]:
            return matrix.skew(radians(angle))
        case "skewY", [angle]:
            return matrix.skew(0, radians(angle))
    raise ValueError(name)


def outlines(element: etree._Element) -> tuple[tuple[Point, ...], ...]:
    """Return the outlines of a shape on the canvas, curves straightened.

    Raises:
        GeometryError: the shape cannot be read.
    """
    builder = PathBuilder()
    pen = DecomposingRecordingPen({})
    try:
        plain = etree.Element(element.tag, dict(element.attrib))
        plain.attrib.pop("transform", None)
        builder.add_path_from_element(plain)
        for path in builder.paths:
            parse_path(path, pen)
    except (ValueError, IndexError, TypeError, AssertionError) as error:
        message = f"<{etree_name(element)}> cannot be read: {error}"
        raise GeometryError(message, element.sourceline or 1) from None
    matrix = transform(element)
    found = [[matrix.transformPoint(point) for point in piece] for piece in _straight(pen.value)]
    return tuple(tuple(piece) for piece in found if piece)


def _straight(commands: Iterable[tuple[str, tuple[Point, ...]]]) -> Iterator[list[Point]]:
    piece: list[Point] = []
    for command, points in commands:
        match command:
            case "moveTo":
                if len(piece) > 1:
                    yield piece
                piece = list(points)
            case "lineTo":
                piece.extend(points)
            case "curveTo":
                first = piece[-1]
                piece.extend(
                    cubicPointAtT(first, *points, step / CURVE_STEPS)
                    for step in range(1, CURVE_STEPS + 1)
                )
            case "qCurveTo":
                first = piece[-1]
                piece.extend(
                    quadraticPointAtT(first, *points, step / CURVE_STEPS)
                    for step in range(1, CURVE_STEPS + 1)
                )
            case "closePath":
                piece.append(piece[0])
    if len(piece) > 1:
        yield piece


def painted(root: etree._Element, sheet: Sheet) -> tuple[list[Shape], list[Label]]:
    """Return the shapes and the lines of text of a drawing, in painting order.

    Raises:
        GeometryError: something in it cannot be read.
        fonts.FontMissingError: the pinned font is not installed.
    """
    shapes: list[Shape] = []
    labels: list[Label] = []
    for order, element in enumerate(root.iter(f"{SVG}*")):
        if any(link.tag in _NOT_PAINTED for link in (element, *element.iterancestors())):
            continue
        if element.tag in SHAPES:
            found = outlines(element)
            if found:
                box = Box.around(point for outline in found for point in outline)
                shapes.append(Shape(element, order, sheet.look(element), found, box))
        elif element.tag == f"{SVG}text":
            labels.extend(_lines(element, order, sheet))
    return shapes, labels


def _runs(element: etree._Element) -> Iterator[_Run]:
    """Yield the pieces of a text in reading order, with their own places."""
    place: dict[str, float] = {}
    for name in ("x", "y", "dx", "dy"):
        if element.get(name) is not None:
            place[name] = number(element, name)
    run = _Run(element.text or "", element, place.get("x"), place.get("y"))
    run.dx, run.dy = place.get("dx", 0.0), place.get("dy", 0.0)
    yield run
    for child in element.iterchildren(f"{SVG}tspan"):
        yield from _runs(child)
        yield _Run(child.tail or "", element)


def _lines(element: etree._Element, order: int, sheet: Sheet) -> Iterator[Label]:
    lines: list[_Line] = []
    for run in _runs(element):
        if not lines or run.x is not None or run.y is not None or run.dy:
            before = lines[-1] if lines else _Line(0.0, 0.0)
            x = before.x if run.x is None else run.x
            lines.append(_Line(x, before.y if run.y is None else run.y))
        lines[-1].x += run.dx if run.x is not None else 0.0
        lines[-1].y += run.dy
        lines[-1].runs.append(run)
    matrix = transform(element)
    for line in lines:
        if label := _label(line, element, order, sheet, matrix):
            yield label


def _label(
    line: _Line, element: etree._Element, order: int, sheet: Sheet, matrix: Transform
) -> Label | None:
    texts = _collapsed([run.text for run in line.runs])
    if not any(texts):
        return None
    advance = top = bottom = size = 0.0
    missing = ""
    for run, text in zip(line.runs, texts, strict=True):
        look = sheet.look(run.element)
        own = float(look.get("font-size", "16").removesuffix("px"))
        measured = fonts.extent(text, bold=look.get("font-weight") in {"bold", "700"})
        advance += measured.advance * own + (run.dx if run.x is None else 0.0)
        top = min(top, measured.top * own)
        bottom = max(bottom, measured.bottom * own)
        missing += measured.missing
        size = min(size or own, own) if text else size
    look = sheet.look(line.runs[0].element)
    anchor = {"middle": -0.5, "end": -1.0}.get(look.get("text-anchor", ""), 0.0) * advance
    left = line.x + anchor
    corners = [(left, line.y + top), (left + advance, line.y + bottom)]
    corners += [(left, line.y + bottom), (left + advance, line.y + top)]
    first = next(run for run, text in zip(line.runs, texts, strict=True) if text)
    return Label(
        element,
        order,
        "".join(texts),
        first.element.sourceline or element.sourceline or 1,
        size * abs(matrix[3]),
        sheet.look(first.element),
        Box.around(matrix.transformPoint(corner) for corner in corners),
        missing,
        abs(matrix[1]) < 1e-6 and abs(matrix[2]) < 1e-6 and matrix[0] > 0,  # noqa: PLR2004
    )


def _collapsed(texts: Sequence[str]) -> list[str]:
    """Return the pieces of one line with white space as a browser paints it."""
    result: list[str] = []
    space = True  # none at the beginning
    for text in texts:
        kept = ""
        for character in text:
            if character in " \t\r\n":
                if not space:
                    kept += " "
                space = True
            else:
                kept += character
                space = False
        result.append(kept)
    for index in reversed(range(len(result))):
        result[index] = result[index].rstrip(" ")
        if result[index]:
            break
    return result


def container(element: etree._Element) -> etree._Element | None:
    """Return the box of a label: the first rect or path of the group it stands in."""
    for group in element.iterancestors(f"{SVG}g"):
        for child in group:
            if child.tag in {f"{SVG}rect", f"{SVG}path"}:
                return child
    return None
