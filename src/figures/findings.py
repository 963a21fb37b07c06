"""What a check of a drawing says: one finding with its place."""

from __future__ import annotations

from dataclasses import dataclass

#: Every kind of finding and what it says: the subtypes of the warning type ``figures``.
KINDS = {
    "broken": "the drawing cannot be read",
    "unsafe": "the drawing holds something that a figure of the book must not hold",
    "style": "the drawing leaves the house style",
    "untranslatable": "a Japanese label is kept from the catalogs",
    "access": "a reader who does not see the drawing is not told what it shows",
    "fit": "a label leaves its box or the canvas, meets another label or lies under a shape",
    "size": "a label is too small on paper or on a narrow screen",
    "contrast": "a label is too pale on what lies under it",
    "font": "labels cannot be measured, or the pinned font lacks a character",
    "unused": "no chapter shows the drawing",
    "alt": "a chapter shows the drawing without alternative text",
    "name": "two drawings have one name",
    "converter": "a drawing cannot be converted for print",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong, and where; ``line`` counts from 1."""

    path: str
    line: int
    kind: str
    message: str

    def __str__(self) -> str:
        """Return the finding as compilers write theirs."""
        return f"{self.path}:{self.line}: {self.message} [figures.{self.kind}]"
