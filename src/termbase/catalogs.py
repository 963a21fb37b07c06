"""Check the message catalogs (``.po``) of a book before anything is rendered.

A catalog is text from strangers that ends up in the pages.  Three questions
are asked of every message that a build would use, each by a generator of
findings: is it :func:`unsafe`, do its :func:`references` lead where those of
the source lead, and does it use the :func:`equivalents` of the terms that the
source uses.  :func:`check` asks all of them of one catalog.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .inflection import accepted_forms, inflected, inflections
from .markup import LITERAL_ROLES, TEXT_ROLES, Piece, Reading
from .matching import Finding, Passage
from .po import (
    Catalog,
    CatalogError,
    Entry,
    Message,
    equivalents_from,
    parse_catalog,
    read_catalog,
)
from .safety import canonical, is_unreadable, unsafe, url_matches
from .terms import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from .matching import Matcher
    from .terms import Term, Termbase, Variant

__all__ = [
    "Catalog",
    "CatalogError",
    "Entry",
    "Message",
    "check",
    "check_entry",
    "equivalents",
    "equivalents_from",
    "parse_catalog",
    "passage",
    "read_catalog",
    "references",
    "source_passage",
    "source_term",
    "titles_of",
    "unsafe",
]

# --- references and literals -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reference:
    """A reference or literal, by what it points at; ``written`` is for messages."""

    kind: str
    target: str
    written: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.target


def references(
    entry: Entry,
    equivalents: Mapping[str, str] | None = None,
    language: str = "en",
    titles: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield the references and literals that a translation loses, adds or turns aside.

    ``equivalents`` maps terms to their form in ``language``, so that
    ``{term}`node``` is known to mean ``{term}`ノード```.

    Bad: ``{ref}`quorum``` → ``{ref}`quorums``` (wrong target)
    Bad: ``[公式](https://a/) と `qm list``` → ``The [official](https://a/) list`` (lost)
    Good: ``{ref}`こちら <quorum>``` → ``{ref}`over here <quorum>```
    Good: ``{term}`ノード``` → ``{term}`nodes``` where ノード is "node" in the glossary

    ``titles`` (see :func:`titles_of`) says what the sections of a reST document
    are called in the translation, because reST may refer to them by name.

    The order is free, the number is not.  Literals (inline code and roles
    such as ``file``) are compared by content and reported as kind ``code``.
    """
    source_reading, reading = entry.readings
    source = list(_references(source_reading))
    translated = _with_source_terms(
        list(_references(reading)), source, equivalents or {}, language
    )
    translated = _with_source_placeholders(translated, source)
    if titles:
        translated = [_with_source_title(reference, titles) for reference in translated]
    wanted = Counter(reference.key for reference in source)
    extra: list[_Reference] = []
    for reference in translated:
        if wanted[reference.key] > 0:
            wanted[reference.key] -= 1
        else:
            extra.append(reference)
    missing: list[_Reference] = []
    for reference in reversed(source):
        if wanted[reference.key] > 0:
            wanted[reference.key] -= 1
            missing.insert(0, reference)
    for reference in extra:
        instead = next((lost for lost in missing if lost.kind == reference.kind), None)
        if instead is not None:
            missing.remove(instead)
            message = f"{reference.written} stands where the source has {instead.written}"
            advice = "keep it unchanged" if reference.kind == "code" else "keep the target"
        else:
            message = f"{reference.written} is not in the source"
            advice = "take it out"
        yield Finding(
            entry.place(reference.start),
            entry.msgstr[reference.start : reference.end],
            "code" if reference.kind == "code" else "reference",
            f"{message}; {advice}",
        )
    for lost in missing:
        yield Finding(
            entry.place(),
            lost.written,
            "code" if lost.kind == "code" else "reference",
            f"{lost.written} of the source is missing; put it into the translation",
        )


def titles_of(catalog: Catalog) -> dict[str, str]:
    """Return translated title → title, as reST references to sections are compared."""
    return {
        canonical(f"{entry.msgstr}_").casefold(): canonical(f"{entry.msgid}_")
        for entry in catalog.used
        if entry.markup == "rst"
    }


def _with_source_title(reference: _Reference, titles: Mapping[str, str]) -> _Reference:
    if reference.kind != "link" or not reference.target.endswith("_"):
        return reference
    return replace(reference, target=titles.get(reference.target.casefold(), reference.target))


def _references(reading: Reading) -> Iterator[_Reference]:
    for piece in reading.pieces:
        key = _key(piece)
        if key is not None:
            written = reading.message[piece.start : piece.end]
            yield _Reference(*key, written, piece.start, piece.end)
    for match in url_matches(reading.visible):
        if "@" in match[0] or "://" in match[0]:
            start = reading.offsets[match.start()]
            end = reading.offsets[match.end() - 1] + 1
            yield _Reference("link", canonical(match[0]), match[0], start, end)


def _key(piece: Piece) -> tuple[str, str] | None:
    """Return what a piece is compared by, or None for what may be translated freely."""
    if piece.kind == "code":
        return "code", _squeezed(piece.value)
    if piece.kind == "link":
        return "link", canonical(piece.value)
    if piece.kind in {"image", "footnote", "citation", "substitution", "target"}:
        return piece.kind, piece.value.strip()
    if piece.kind != "role" or piece.name in TEXT_ROLES or piece.name == "math":
        return None
    if piece.name in LITERAL_ROLES:
        return "code", f"{piece.name}:{_squeezed(piece.value)}"
    name = piece.name.removeprefix("std:")
    target = _squeezed(piece.value)
    return f"role {name}", target.lower() if name in {"ref", "numref", "term"} else target


_PLACEHOLDER = re.compile(r"<[^<>]*>")


def _with_source_placeholders(
    translated: list[_Reference], source: list[_Reference]
) -> list[_Reference]:
    """Return *translated*, literals as the source has them but for their placeholders.

    ``<ノード名>`` in a literal is a word for the reader to replace; it may be
    translated.  One in ASCII (``<vmid>``) may be the product's own: it stays.
    """
    free = [one for one in source if one.kind == "code" and not one.target.isascii()]
    result = []
    for reference in translated:
        alike = next((one for one in free if _differs_in_words(one, reference)), None)
        if alike is not None:
            free.remove(alike)
            reference = replace(reference, target=alike.target)  # noqa: PLW2901
        result.append(reference)
    return result


def _differs_in_words(one: _Reference, other: _Reference) -> bool:
    """Tell whether two literals differ at most in placeholders that are words in the first."""
    if other.kind != "code" or _PLACEHOLDER.sub("<>", one.target) != _PLACEHOLDER.sub(
        "<>", other.target
    ):
        return False
    pairs = zip(_PLACEHOLDER.findall(one.target), _PLACEHOLDER.findall(other.target), strict=True)
    return all(mine == theirs or not mine.isascii() for mine, theirs in pairs)


def _squeezed(string: str) -> str:
    return " ".join(string.split())


def _with_source_terms(
    translated: list[_Reference],
    source: list[_Reference],
    equivalents: Mapping[str, str],
    language: str,
) -> list[_Reference]:
    """Give references to an equivalent (``node``) the target of the source (ノード)."""
    term = "role term"
    open_terms = Counter(reference.target for reference in source if reference.kind == term)
    open_terms.subtract(reference.target for reference in translated if reference.kind == term)
    own = {reference.target for reference in source if reference.kind == term}
    known: dict[str, str] = {}
    result: list[_Reference] = []
    for reference in translated:
        target = reference.target
        if reference.kind == term and target not in own:
            known = known or {name.lower(): text for name, text in equivalents.items()}
            surface = source_term(
                target, (s for s in open_terms if open_terms[s] > 0), known, language
            )
            if surface is not None:
                open_terms[surface] -= 1
                target = surface
        result.append(replace(reference, target=target))
    return result


def source_term(
    text: str, candidates: Iterable[str], equivalents: Mapping[str, str], language: str
) -> str | None:
    """Return the first of the candidate terms whose equivalent ``text`` is, inflected or not."""
    for candidate in candidates:
        equivalent = equivalents.get(candidate)
        if equivalent is not None and any(
            inflected(form, language).fullmatch(text) for form in accepted_forms(equivalent)
        ):
            return candidate
    return None


# --- equivalents of terms ---------------------------------------------------------------------


def equivalents(
    entry: Entry, termbase: Termbase, language: str, matcher: Matcher
) -> Iterator[Finding]:
    """Yield the terms of the source that the translation calls by another name.

    ``matcher`` finds the terms in the source; their equivalents are read from
    ``termbase``.  One use in the translation is enough, in any inflection and
    case, however often the source names the term: English has pronouns.
    Forms declared with ``avoid-<lang>`` are reported as ``variant``.

    Bad: ``ノードを追加します。`` → ``Add a machine.``  (node)
    Bad: ``ノードを追加します。`` → ``Add a node to the host machines.``  (avoid-en)
    Good: ``ノードの名前です。`` → ``These are the Nodes' names.``
    """
    source, reading = entry.readings
    seen: set[str] = set()
    for use in matcher.uses(source_passage(entry, source)):
        term = termbase.get(use.term.surface) or use.term
        equivalent = term.equivalents.get(language)
        if equivalent is None or term.surface in seen:
            continue
        seen.add(term.surface)
        forms = (*accepted_forms(equivalent), *_admitted(term, language))
        if any(inflected(form, language).search(reading.visible) for form in forms):
            continue
        wanted = " or ".join(repr(form) for form in forms)
        yield Finding(
            entry.place(),
            term.surface,
            "equivalent",
            f"the translation of {term.surface!r} is {wanted}, which is not used here;"
            f" use it (declared at {term.place})",
            term=term,
            replacement=forms[0],
        )
    yield from _avoided(entry, reading, termbase, language)


def _admitted(term: Term, language: str) -> Iterator[str]:
    """Yield the forms of ``allow-<lang>`` that stand for the term itself (VM).

    One that holds an avoided form is a phrase in which that form is right.
    """
    avoided = [variant.surface for variant in term.forms(Status.DEPRECATED, language)]
    for variant in term.forms(Status.ADMITTED, language):
        if not any(form in variant.surface for form in avoided):
            yield variant.surface


def source_passage(entry: Entry, source: Reading) -> Passage:
    """Return the source text of an entry as a passage with its places in the catalog."""
    places = entry.source.places or ((entry.line, 1),)
    return Passage(
        entry.path,
        source.visible,
        tuple(places[min(o, len(places) - 1)] for o in source.offsets),
        surface="msgid",
    )


def passage(entry: Entry, language: str) -> Passage:
    """Return the translated text of an entry as a passage with its places."""
    reading = entry.readings[1]
    places = [entry.place(offset) for offset in reading.offsets]
    return Passage(
        entry.path,
        reading.visible,
        tuple((place.line, place.column) for place in places),
        language=language,
        surface="msgstr",
    )


def _avoided(
    entry: Entry, reading: Reading, termbase: Termbase, language: str
) -> Iterator[Finding]:
    """Yield the deprecated forms of a translation, the longest of several at one place."""
    vocabulary = _vocabulary(termbase, language)
    text = reading.visible
    protected = [span for _, _, span in vocabulary.matches(text, deprecated=False)]
    found = sorted(
        vocabulary.matches(text, deprecated=True), key=lambda match: (match[2][0], -match[2][1])
    )
    end = -1
    for term, variant, (start, stop) in found:
        # A longer right form protects; one of the same length differs in case or hyphen.
        inside = any(a <= start and stop <= b and (a, b) != (start, stop) for a, b in protected)
        if start < end or inside or variant is None:
            continue
        end = stop
        at, last = reading.offsets[start], reading.offsets[stop - 1] + 1
        preferred = accepted_forms(term.equivalents.get(language) or term.surface)[0]
        why = f" ({term.why})" if term.why else ""
        yield Finding(
            entry.place(at),
            entry.msgstr[at:last],
            "variant",
            f"use {preferred!r} instead of {text[start:stop]!r}{why}; declared at {variant.place}",
            term=term,
            variant=variant,
            replacement=preferred,
        )


class _Vocabulary:
    """The forms of a language, found by their first word.

    The cost of a text so does not grow with the number of terms.
    """

    def __init__(self, termbase: Termbase, language: str) -> None:
        self.termbase = termbase
        # A pattern is compiled where its first word is met: most never are.
        self.by_word: dict[
            str,
            dict[tuple[str, bool], tuple[Term, Variant | None, Callable[[], re.Pattern[str]]]],
        ] = {}
        for term in termbase:
            own = accepted_forms(term.equivalents.get(language, ""))
            for variant in term.forms(Status.DEPRECATED, language):
                self._add(variant.surface, term, variant, language, own)
            for variant in term.forms(Status.ADMITTED, language):
                self._add(variant.surface, term, None, language, own)
            for form in own:
                self._add(form, term, None, language, own)

    def _add(
        self, form: str, term: Term, variant: Variant | None, language: str, own: tuple[str, ...]
    ) -> None:
        if not form:
            return
        # Where only the case is wrong, or the form is an abbreviation, case decides.
        exact = variant is not None and (
            form.isupper() or any(form.casefold() == other.casefold() for other in own)
        )
        lenient = variant is None
        pattern = partial(inflected, form, language, exact=exact, lenient=lenient)
        for alternative in inflections(form, language, lenient=lenient):
            if word := _FIRST_WORD.match(alternative):
                bucket = self.by_word.setdefault(word[0].casefold(), {})
                bucket[form, variant is None] = (term, variant, pattern)

    def matches(
        self, text: str, *, deprecated: bool
    ) -> Iterator[tuple[Term, Variant | None, tuple[int, int]]]:
        for found in _FIRST_WORD.finditer(text):
            for term, variant, pattern in self.by_word.get(found[0].casefold(), {}).values():
                if (variant is not None) is deprecated and (
                    match := pattern().match(text, found.start())
                ):
                    yield term, variant, match.span()


_FIRST_WORD = re.compile(r"[A-Za-z0-9]+|[^\x00-\x7f]|[^\w\s]")
"""A word of ASCII letters, else one character: scripts without spaces have no words."""

_vocabularies: dict[str, _Vocabulary] = {}


def _vocabulary(termbase: Termbase, language: str) -> _Vocabulary:
    """Return the vocabulary of a termbase; that of the last one asked for is kept."""
    kept = _vocabularies.get(language)
    if kept is None or kept.termbase is not termbase:
        kept = _vocabularies[language] = _Vocabulary(termbase, language)
    return kept


# --- a whole catalog --------------------------------------------------------------------------


def check(  # noqa: PLR0913 - everything after the two mandatory ones is optional
    path: str | Path,
    termbase: Termbase | None = None,
    matcher: Matcher | None = None,
    language: str = "en",
    *,
    name: str | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return every finding in one catalog, in the order of its lines.

    Without ``termbase`` and ``matcher`` only what needs no terms is checked.
    ``known`` maps terms to equivalents beyond those of the termbase (see
    :func:`equivalents_from`); ``name`` is the path to show.  A catalog that
    cannot be read gives one finding of kind ``catalog``; this function does
    not raise.
    """
    try:
        catalog = read_catalog(path, name)
    except CatalogError as error:
        return [error.finding()]
    titles = titles_of(catalog)
    findings = [
        finding
        for entry in catalog.used
        for finding in check_entry(entry, termbase, matcher, language, known=known, titles=titles)
    ]
    return sorted(findings, key=lambda finding: finding.place)


def check_entry(  # noqa: PLR0913 - only the first is needed
    entry: Entry,
    termbase: Termbase | None = None,
    matcher: Matcher | None = None,
    language: str = "en",
    *,
    known: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield every finding in one entry; what is unsafe is not reported a second time."""
    names: dict[str, str] = dict(known or {})
    if termbase is not None:
        for term in termbase:
            if language in term.equivalents:
                names.setdefault(term.surface, term.equivalents[language])
    refused = list(unsafe(entry))
    yield from refused
    if refused and is_unreadable(entry.msgstr):
        return  # not worth the time to look any further into it
    spans = [(f.place, f.surface) for f in refused]
    for finding in references(entry, names, language, titles):
        if not any(place == finding.place and surface for place, surface in spans):
            yield finding
    if termbase is not None and matcher is not None:
        yield from equivalents(entry, termbase, language, matcher)


def main(argv: Sequence[str] | None = None) -> int:
    """Check the catalogs named on the command line; return 1 where there are findings.

    Terms are checked by a build, which knows them; here the catalog of the
    glossary, if named, says what ``{term}`` references mean.
    """
    parser = argparse.ArgumentParser(prog="python -m termbase.catalogs", description=main.__doc__)
    parser.add_argument("catalogs", nargs="+", type=Path, help=".po files or folders of them")
    parser.add_argument("--glossary", type=Path, help="the catalog of the glossary")
    parser.add_argument("--language", default="en", help="the language of the translations")
    arguments = parser.parse_args(argv)
    known: dict[str, str] = {}
    if arguments.glossary is not None:
        try:
            glossary = read_catalog(arguments.glossary)
        except CatalogError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        known = equivalents_from(glossary, [entry.msgid for entry in glossary.used])
    paths = [
        path
        for given in arguments.catalogs
        for path in (sorted(given.rglob("*.po")) if given.is_dir() else [given])
    ]
    count = 0
    for path in paths:
        for finding in check(path, language=arguments.language, known=known):
            count += 1
            where = f"{finding.place}:{finding.place.column}"
            sys.stdout.write(f"{where}: {finding.message} [termbase.{finding.kind}]\n")
    sys.stderr.write(f"{len(paths)} catalogs, {count} findings\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
