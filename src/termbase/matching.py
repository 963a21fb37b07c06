"""Passage in, Finding out: the one place where text is compared with terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .terms import Place, Term, Variant


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of running text with the place of every character.

    ``text`` is what a reader reads, with soft line breaks joined and with
    everything that must not be judged replaced by U+FFFC.  ``places`` has one
    entry per character of ``text``: (line, column), both counted from 1.
    ``surface`` is the kind of place: ``paragraph``, ``title``, ``alt``,
    ``msgstr``, ``diagram`` and so on.
    """

    path: str
    text: str
    places: tuple[tuple[int, int], ...]
    language: str = "ja"
    surface: str = "paragraph"
    docname: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, with what is written, what is wanted, and why.

    ``kind`` is the subtype of the Sphinx warning (``variant``,
    ``equivalent``, ``reference``, ``unsafe``, ``suppression``, ``unused`` …).
    """

    place: Place
    surface: str
    kind: str
    message: str
    term: Term | None = None
    variant: Variant | None = None
    replacement: str | None = None
