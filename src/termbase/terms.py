"""What a term is: the data that every other module of termbase speaks of.

Words follow ISO 30042 (TBX) and ISO 704: a *term* is the preferred form of a
concept, a *variant* is another form with an administrative status, an
*equivalent* is the term in another language.  Nothing here knows Sphinx,
docutils or a file format.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a piece of text stands in a source file.

    ``path`` is as the reader would type it (relative to the project where
    possible), ``line`` and ``column`` count from 1, ``column`` in characters.
    """

    path: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        """Return ``path:line``, the form editors jump to."""
        return f"{self.path}:{self.line}"


class Status(enum.StrEnum):
    """Administrative status of a variant (TBX ``administrativeStatus``)."""

    ADMITTED = "admitted"
    DEPRECATED = "deprecated"


@dataclass(frozen=True, slots=True)
class Variant:
    """A form beside the preferred one.

    A deprecated variant is reported wherever it is used; an admitted one is a
    phrase in which a deprecated form is right and must be left alone.
    """

    surface: str
    status: Status
    language: str
    place: Place


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that proves a rule: found when ``bad``, silent when ``good``."""

    text: str
    bad: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Term:
    """One concept of the termbase under its preferred form.

    ``reading`` is kana (よみ) or empty where none was declared; ``language``
    is the language in which ``surface`` is written; ``equivalents`` maps a
    language code to the preferred form there; ``definition`` is plain text.
    """

    surface: str
    place: Place
    language: str = "ja"
    reading: str = ""
    identifier: str = ""
    why: str = ""
    definition: str = ""
    variants: tuple[Variant, ...] = ()
    examples: tuple[Example, ...] = ()
    equivalents: Mapping[str, str] = field(default_factory=dict)

    def forms(self, status: Status, language: str) -> tuple[Variant, ...]:
        """Return the variants of that status in that language, as declared."""
        return tuple(
            variant
            for variant in self.variants
            if variant.status is status and variant.language == language
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the termbase itself: a message and its places."""

    message: str
    place: Place
    other: Place | None = None


class Termbase:
    """The terms of a book, in the order of their declaration."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        """Take the terms over; nothing is checked until :meth:`problems`."""
        self.terms: tuple[Term, ...] = tuple(terms)
        self._by_surface = {term.surface: term for term in self.terms}

    def __iter__(self) -> Iterator[Term]:
        """Iterate over the terms."""
        return iter(self.terms)

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self.terms)

    def get(self, surface: str) -> Term | None:
        """Return the term with that preferred form, or None."""
        return self._by_surface.get(surface)
