"""Contrast of colours, in the light look and in the dark one.

In dark mode the page turns its drawings with one CSS filter; what it does to
a colour is computed here, so that the dark look is checked like the light one.
"""

from __future__ import annotations

Colour = tuple[float, float, float]
"""Red, green, blue of sRGB, each from 0 to 1."""

DARK_FILTER = "invert(0.9) hue-rotate(180deg)"
"""What `_templates/web/static/book.css` does to a drawing in dark mode."""

_INVERSION = 0.9

# The luminance-preserving rotation by 180 degrees of the Filter Effects module.
_HALF_TURN = (
    (0.213 * 2 - 1, 0.715 * 2, 0.072 * 2),
    (0.213 * 2, 0.715 * 2 - 1, 0.072 * 2),
    (0.213 * 2, 0.715 * 2, 0.072 * 2 - 1),
)


def colour(text: str) -> Colour:
    """Read ``#rrggbb`` or ``#rgb``.

    Raises:
        ValueError: it is another notation.
    """
    digits = text.removeprefix("#")
    if len(digits) == 3:  # noqa: PLR2004 - #rgb
        digits = "".join(digit * 2 for digit in digits)
    if not text.startswith("#") or len(digits) != 6:  # noqa: PLR2004 - #rrggbb
        raise ValueError(f"{text!r} is not a colour like #1f2933")
    red, green, blue = (int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4))
    return red, green, blue


def dark(light: Colour) -> Colour:
    """Return a colour as dark mode shows it."""
    inverted = [part * (1 - 2 * _INVERSION) + _INVERSION for part in light]
    turned = (
        sum(factor * part for factor, part in zip(row, inverted, strict=True))
        for row in _HALF_TURN
    )
    red, green, blue = (min(max(part, 0.0), 1.0) for part in turned)
    return red, green, blue


def luminance(one: Colour) -> float:
    """Return the relative luminance of WCAG 2.2."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in one
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
