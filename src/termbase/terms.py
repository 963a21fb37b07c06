"""What a term is: the data that every other module of termbase speaks of.

Words follow ISO 30042 (TBX) and ISO 704: a *term* is the preferred form of a
concept, a *variant* is another form with an administrative status, an
*equivalent* is the term in another language.  Nothing here knows Sphinx,
docutils or a file format.
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING, NamedTuple

from .normal import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


#: Marks that no reader sees, and no passage therefore holds.
_MARKUP = re.compile(r"`|\*\*|^[*_~].*[*_~]$|\{[\w:.-]+\}|\]\(")


class Place(NamedTuple):
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
    """Administrative status of a form (TBX ``administrativeStatus``).

    ``PREFERRED`` marks the further headwords of an entry that has several.
    """

    PREFERRED = "preferred"
    ADMITTED = "admitted"
    DEPRECATED = "deprecated"


class Variant(NamedTuple):
    """A form beside the preferred one.

    A deprecated variant is reported wherever it is used; an admitted one is a
    phrase in which a deprecated form is right and must be left alone; a
    preferred one is another headword of the same entry.
    """

    surface: str
    status: Status
    language: str
    place: Place


class Example(NamedTuple):
    """A sentence that proves a rule: found when ``bad``, silent when ``good``."""

    text: str
    bad: bool
    place: Place


class Term(NamedTuple):
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
    equivalents: Mapping[str, str] = {}

    def forms(self, status: Status, language: str) -> tuple[Variant, ...]:
        """Return the variants of that status in that language, as declared."""
        return tuple(
            variant
            for variant in self.variants
            if variant.status is status and variant.language == language
        )


class Problem(NamedTuple):
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

    def problems(self) -> Iterator[Problem]:
        """Yield the contradictions among the declared forms.

        Bad: サーバー avoided by サーバ and the headword of another entry.
        Good: ホスト avoided by ノード, ホスト名 allowed there.
        """
        yield from self._duplicate_terms()
        yield from self._contradictions()
        yield from self._impossible_variants()

    def _duplicate_terms(self) -> Iterator[Problem]:
        seen: dict[str, Place] = {}
        for term in self.terms:
            for surface, place in _headwords(term):
                key = fold(surface)
                if key in seen:
                    yield Problem(
                        f"the term {surface!r} is declared twice: keep one declaration",
                        place,
                        seen[key],
                    )
                else:
                    seen[key] = place

    def _contradictions(self) -> Iterator[Problem]:
        right: dict[tuple[str, str], tuple[str, Place, str]] = {}
        for term in self.terms:
            for surface, place in _headwords(term):
                right[term.language, fold(surface)] = ("preferred", place, surface)
        for term in self.terms:
            for variant in term.variants:
                if variant.status is Status.ADMITTED:
                    key = (variant.language, fold(variant.surface))
                    right.setdefault(key, ("allowed", variant.place, variant.surface))
        for term in self.terms:
            for variant in term.variants:
                if variant.status is not Status.DEPRECATED:
                    continue
                clash = right.get((variant.language, fold(variant.surface)))
                # The half-width spelling of the term itself is a rule about writing.
                if clash is None or (
                    clash[0] == "preferred"
                    and clash[2] == term.surface
                    and variant.surface != term.surface
                ):
                    continue
                yield Problem(
                    f"{variant.surface!r} is avoided for {term.surface!r} but {clash[0]} "
                    "elsewhere: remove one of the two",
                    variant.place,
                    clash[1],
                )

    def _impossible_variants(self) -> Iterator[Problem]:
        for term in self.terms:
            for variant in term.variants:
                folded = fold(variant.surface)
                if "://" in folded:
                    yield Problem(
                        f"the {variant.status.value} form {variant.surface!r} can never match: "
                        "addresses are not judged",
                        variant.place,
                        term.place,
                    )
                elif found := _MARKUP.search(variant.surface):
                    yield Problem(
                        f"the {variant.status.value} form {variant.surface!r} can never match: "
                        f"{found[0]!r} is markup, which is not in the text; "
                        "write the words alone",
                        variant.place,
                        term.place,
                    )
                elif (
                    not any(character.isalnum() for character in folded)
                    or folded[0] in "ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ"
                    or "\n" in folded
                ):
                    yield Problem(
                        f"the {variant.status.value} form {variant.surface!r} can never match: "
                        "it does not begin as a word does",
                        variant.place,
                        term.place,
                    )


def _headwords(term: Term) -> Iterator[tuple[str, Place]]:
    """Yield the preferred form of a term and the further headwords of its entry."""
    yield term.surface, term.place
    for variant in term.variants:
        if variant.status is Status.PREFERRED:
            yield variant.surface, variant.place
