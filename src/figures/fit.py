"""Every label in its box, large enough and dark enough.

A drawing comes in parsed, in one language; findings come out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import geometry, house
from .colours import Colour, colour, contrast, dark
from .drawing import SVG
from .findings import Finding
from .geometry import Box, GeometryError, Label, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import etree

TOLERANCE = 0.5
"""Units that are not worth a message; less than a screen's pixel."""

_PATTERN = re.compile(r"url\(#([\w.-]+)\)")


def findings(path: str, root: etree._Element, language: str) -> Iterator[Finding]:
    """Yield what is wrong with the labels of a drawing.

    Args:
        path: shown in the findings.
        root: of the drawing in this language (:func:`rendering.draw`), without
            ``figures.unsafe`` findings.
        language: shown in the findings.

    Raises:
        fonts.FontMissingError: the pinned font is not installed.
    """
    try:
        sheet = house.Sheet.parse(house.style_of(root))
        shapes, labels = geometry.painted(root, sheet)
        canvas = _canvas(root)
    except house.SheetError as error:
        style = root.find(f"{SVG}style")
        line = 1 if style is None else style.sourceline or 1
        yield Finding(path, line, "style", f"the style block cannot be read: {error}")
        return
    except GeometryError as error:
        yield Finding(path, error.line, "broken", str(error))
        return
    for shape in shapes:
        if by := _leaves(shape.box, canvas):
            yield Finding(path, shape.line, "fit", f"a shape leaves the canvas {by}")
    for label in labels:
        said = f"label {label.text!r} ({language})"
        for kind, message in _judge(label, shapes, canvas, root, sheet):
            yield Finding(path, label.line, kind, f"{said} {message}")
    for index, label in enumerate(labels):
        for other in labels[index + 1 :]:
            x, y = label.box.overlap(other.box)
            if x > TOLERANCE and y > TOLERANCE:
                message = (
                    f"label {other.text!r} ({language}) lies over {label.text!r} "
                    f"of line {label.line} by {x:.1f} × {y:.1f} units"
                )
                yield Finding(path, other.line, "fit", message)


def _canvas(root: etree._Element) -> Box:
    try:
        left, top, width, height = (float(part) for part in (root.get("viewBox") or "").split())
    except ValueError:
        raise GeometryError("the root has no viewBox of four numbers", 1) from None
    return Box(left, top, left + width, top + height)


def _leaves(inner: Box, outer: Box) -> str:
    """Say by how much and on which sides a box leaves another; '' where it does not."""
    beyond = {
        "on the left": outer.left - inner.left,
        "on the right": inner.right - outer.right,
        "at the top": outer.top - inner.top,
        "at the bottom": inner.bottom - outer.bottom,
    }
    return " and ".join(
        f"by {by:.1f} units {side}" for side, by in beyond.items() if by > TOLERANCE
    )


def _judge(
    label: Label, shapes: Sequence[Shape], canvas: Box, root: etree._Element, sheet: house.Sheet
) -> Iterator[tuple[str, str]]:
    if label.missing:
        yield "font", f"has {label.missing!r}, for which {house.FAMILY} has no glyph"
    if not label.upright:
        yield "fit", "is turned: labels stand upright"
        return
    outside = list(_in_box(label, shapes, canvas))
    yield from outside
    points, pixels = label.size * house.UNIT_IN_POINTS, label.size * house.UNIT_IN_PIXELS
    if points < house.SMALLEST_PRINT or pixels < house.SMALLEST_SCREEN:
        is_now = f"{label.size:g} units: {points:.1f} pt on a B5 page, {pixels:.1f} px on a phone"
        least = f"{house.SMALLEST_PRINT:g} pt and {house.SMALLEST_SCREEN:g} px"
        yield "size", f"is {is_now}; at least {least}"
    yield from _legible(label, shapes, root, sheet)
    if not outside:  # or else one defect would be told many times
        yield from _free(label, shapes)


def _in_box(label: Label, shapes: Sequence[Shape], canvas: Box) -> Iterator[tuple[str, str]]:
    if by := _leaves(label.box, canvas):
        yield "fit", f"leaves the canvas {by}"
        return
    box = geometry.container(label.element)
    if box is None:
        if by := _leaves(label.box, canvas.inset(house.MARGIN, house.MARGIN)):
            yield "fit", f"stands alone and comes into the margin of {house.MARGIN:g} {by}"
        return
    shape = next((one for one in shapes if one.element is box), None)
    if shape is None:
        name = house.etree_name(box)
        yield "fit", f"has the <{name}> of line {box.sourceline} for a box, which is empty"
        return
    if house.BARE & {*(box.get("class") or "").split()}:
        if by := _leaves(label.box, shape.box):
            yield "fit", f"leaves the room of line {shape.line} {by}"
        return
    if by := _leaves(label.box, shape.box.inset(house.PADDING_X, house.PADDING_Y)):
        padding = f"the padding of {house.PADDING_X:g} and {house.PADDING_Y:g} units"
        yield "fit", f"leaves its box of line {shape.line}, less {padding}, {by}"


def _legible(
    label: Label, shapes: Sequence[Shape], root: etree._Element, sheet: house.Sheet
) -> Iterator[tuple[str, str]]:
    """Compare the label with everything that lies under it."""
    try:
        ink = colour(label.look.get("fill", "#000000"))
        grounds = {
            ground
            for point in label.points
            for ground in _grounds(point, label.order, shapes, root, sheet)
        }
    except ValueError as error:
        yield "contrast", f"cannot be judged: {error}"
        return
    for look, turn in (("light", _same), ("dark", dark)):
        worst = min(contrast(turn(ink), turn(ground)) for ground in grounds)
        if worst < house.CONTRAST:
            said = f"has a contrast of {worst:.2f} in the {look} look"
            yield "contrast", f"{said}; at least {house.CONTRAST:g}"


def _free(label: Label, shapes: Sequence[Shape]) -> Iterator[tuple[str, str]]:
    """Look for shapes that are drawn over the label, and for lines through it."""
    points = label.points
    for shape in shapes:
        if shape.order > label.order and shape.painted("fill") and any(map(shape.holds, points)):
            name = house.etree_name(shape.element)
            yield "fit", f"lies under the <{name}> of line {shape.line}"
    inner = label.box.inset(TOLERANCE, TOLERANCE)
    for shape in shapes:
        if not shape.painted("stroke"):
            continue
        # What lies between the line and the label may hide the line.
        covers = [one for one in shapes if shape.order < one.order < label.order]
        covers = [one for one in covers if one.painted("fill")]
        seen = (
            place
            for outline in shape.outlines
            for place in inner.crossings(outline)
            if not any(cover.holds(place) for cover in covers)
        )
        if next(seen, None) is not None:
            name = house.etree_name(shape.element)
            yield "fit", f"is crossed by a line of the <{name}> of line {shape.line}"


def _same(one: Colour) -> Colour:
    return one


def _grounds(
    point: geometry.Point,
    order: int,
    shapes: Sequence[Shape],
    root: etree._Element,
    sheet: house.Sheet,
) -> list[Colour]:
    """Return the colours on which a point of a label stands; paper where nothing is."""
    for shape in reversed(shapes):
        if shape.order < order and (fill := shape.painted("fill")) and shape.holds(point):
            if pattern := _PATTERN.fullmatch(fill):
                return _colours_of(pattern[1], root, sheet)
            return [colour(fill)]
    return [colour("#ffffff")]


def _colours_of(name: str, root: etree._Element, sheet: house.Sheet) -> list[Colour]:
    """Return every colour of a pattern, for a label on it meets them all."""
    found = []
    for pattern in root.iter(f"{SVG}pattern"):
        if pattern.get("id") != name:
            continue
        for element in pattern.iter(*geometry.SHAPES):
            look = sheet.look(element)
            found += [
                colour(look[key]) for key in ("fill", "stroke") if look.get(key, "none") != "none"
            ]
    return found or [colour("#000000")]
