"""Passage in, Finding out: the one place where text is compared with terms."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick

from . import morphology
from .normal import fold, normalise, script
from .terms import Place, Problem, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .terms import Term, Termbase, Variant


class Passage(NamedTuple):
    """A stretch of running text with the place of every character.

    ``text`` is what a reader reads, with soft line breaks joined and with
    everything that must not be judged replaced by U+FFFC.  ``places`` has one
    entry per character of ``text``: (line, column), both counted from 1; it
    may be computed when it is first asked.  ``surface`` is the kind of place:
    ``paragraph``, ``title``, ``alt``, ``msgstr``, ``diagram`` and so on.
    """

    path: str
    text: str
    places: Sequence[tuple[int, int]]
    language: str = "ja"
    surface: str = "paragraph"
    docname: str = ""


class Finding(NamedTuple):
    """One thing to mend, with what is written, what is wanted, and why.

    ``kind`` is the subtype of the Sphinx warning (``variant``,
    ``equivalent``, ``reference``, ``unsafe``, ``suppression``, ``unused`` …).
    ``start`` and ``end`` are offsets into the text of the passage, -1 where
    the finding is not about a stretch of text.
    """

    place: Place
    surface: str
    kind: str
    message: str
    term: Term | None = None
    variant: Variant | None = None
    replacement: str | None = None
    start: int = -1
    end: int = -1


class Use(NamedTuple):
    """A term in a passage under its preferred form."""

    term: Term
    start: int
    end: int


class _Form(NamedTuple):
    """A declared form, ready to be compared."""

    text: str
    term: Term
    status: Status
    variant: Variant | None
    #: The spelling that must be met exactly, where normalisation hides the difference.
    exact: str
    #: The written form has capitals (other languages compare without regard to case).
    cased: str


class _Hit(NamedTuple):
    """A form that stands in a normalised text."""

    form: _Form
    start: int
    end: int


class Matcher:
    """Finds the forms of a termbase in passages of one language.

    One automaton knows the avoided forms and answers for nearly every passage
    that there is none; its cost does not depend on the number of terms.  Only
    where it finds a candidate are the other forms looked for, and only where
    spelling cannot decide is SudachiPy asked.  Overlaps are settled in
    :meth:`_resolve` and nowhere else: the longest form wins over preferred,
    avoided and allowed forms together.
    """

    def __init__(self, termbase: Termbase, language: str = "ja") -> None:
        """Prepare the forms of *termbase* for passages in *language*."""
        self.termbase = termbase
        self.language = language
        self._japanese = language.split("-", maxsplit=1)[0].split("_", maxsplit=1)[0] == "ja"
        self._plain: dict[str, list[_Form]] = {}
        self._stems: dict[str, list[_Form]] = {}
        for form in self._declared():
            self._add(form)
        self._add_spacings()

    def _declared(self) -> Iterator[_Form]:
        for term in self.termbase:
            if term.language == self.language:
                preferred = term.surface
            else:
                preferred = term.equivalents.get(self.language, "")
            if preferred:
                yield self._form(preferred, term, Status.PREFERRED, None, preferred)
            for variant in term.variants:
                if variant.language == self.language:
                    yield self._form(variant.surface, term, variant.status, variant, preferred)

    def _form(
        self, surface: str, term: Term, status: Status, variant: Variant | None, preferred: str
    ) -> _Form:
        text = self._fold(surface)
        hidden = status is Status.DEPRECATED and text == self._fold(preferred)
        cased = "" if self._japanese or surface.islower() else fold(surface)
        return _Form(text, term, status, variant, surface if hidden else "", cased)

    def _fold(self, text: str) -> str:
        folded = fold(text)
        return folded if self._japanese else _lower(folded)

    def _add(self, form: _Form) -> None:
        if not form.text.strip():
            return
        self._plain.setdefault(form.text, []).append(form)
        if self._japanese and morphology.may_inflect(form.text):
            stem = morphology.stem(form.text)
            self._stems.setdefault(stem, []).append(form)

    def _add_spacings(self) -> None:
        """Take PVEホスト for PVE ホスト: the space between scripts is no letter.

        A form that is declared with the other spacing keeps its own meaning.
        """
        if not self._japanese:
            return
        for text, forms in list(self._plain.items()):
            if not _SEAM.search(text):
                continue
            for other in _spacings(text):
                if other not in self._plain:
                    self._plain[other] = [
                        _Form(other, f.term, f.status, f.variant, f.exact, f.cased) for f in forms
                    ]

    @cached_property
    def _avoided(self) -> _Automaton:
        return _Automaton(
            {t for t, forms in self._plain.items() if any(_deprecated(f) for f in forms)}
            | {t for t, forms in self._stems.items() if any(_deprecated(f) for f in forms)}
        )

    @cached_property
    def _all(self) -> _Automaton:
        return _Automaton(set(self._plain) | set(self._stems))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._plain)

    def findings(self, passage: Passage) -> Iterator[Finding]:
        """Yield the avoided forms in *passage*, from left to right."""
        text, offsets = self._normalised(passage.text)
        if not self._avoided.occurs(text):
            return
        avoided = [
            hit
            for hit in self._hits(self._avoided, text, offsets, passage.text)
            if hit.form.status is Status.DEPRECATED
        ]
        if not avoided:
            return
        hits = _freed(self._hits(self._all, text, offsets, passage.text))
        for hit in self._resolve(hits):
            if hit.form.status is Status.DEPRECATED:
                start, end = _written(hit, offsets)
                yield self._finding(passage, hit.form, start, end)

    def uses(self, passage: Passage) -> Iterator[Use]:
        """Yield the preferred forms in *passage*, from left to right."""
        text, offsets = self._normalised(passage.text)
        if not self._all.occurs(text):
            return
        hits = self._hits(self._all, text, offsets, passage.text, proved=True)
        for hit in self._resolve(hits):
            if hit.form.status is Status.PREFERRED and self._is_word(hit, text):
                yield Use(hit.form.term, *_written(hit, offsets))

    def _normalised(self, text: str) -> tuple[str, list[int] | None]:
        folded, offsets = normalise(text)
        return (folded if self._japanese else _lower(folded)), offsets

    def _hits(
        self,
        automaton: _Automaton,
        text: str,
        offsets: list[int] | None,
        written: str,
        *,
        proved: bool = False,
    ) -> list[_Hit]:
        """Return the forms in *text*; where *proved*, right ones too must be words."""
        hits: list[_Hit] = []
        seen: set[tuple[int, int, str, Status]] = set()
        for pattern, start, end in automaton.matches(text):
            for form in self._plain.get(pattern, ()):
                strict = proved or form.status is Status.DEPRECATED
                stop = self._plain_end(form, text, start, end, strict=strict)
                if stop is not None and self._spelled(form, start, stop, offsets, written):
                    key = (start, stop, form.text, form.status)
                    if key not in seen:
                        seen.add(key)
                        hits.append(_Hit(form, start, stop))
            for form in self._stems.get(pattern, ()):
                stop = self._inflected_end(form, text, start)
                key = (start, stop or 0, form.text, form.status)
                if stop is not None and key not in seen:
                    seen.add(key)
                    hits.append(_Hit(form, start, stop))
        return hits

    def _spelled(
        self, form: _Form, start: int, end: int, offsets: list[int] | None, written: str
    ) -> bool:
        """Tell whether the writing is the one declared, where that matters."""
        if not form.exact and not form.cased:
            return True
        if offsets is not None:
            start, end = offsets[start], offsets[end]
        found = written[start:end]
        if form.exact:
            return found == form.exact
        return fold(found).startswith(form.cased) or found.isupper()

    def _plain_end(  # noqa: PLR0911 - each way out is one rule
        self, form: _Form, text: str, start: int, end: int, *, strict: bool
    ) -> int | None:
        """Return where the form at ``text[start:end]`` ends, None where it is no word."""
        left = text[start - 1] if start else ""
        right = text[end] if end < len(text) else ""
        before = script(left) if left else ""
        after = script(right) if right else ""
        first, last = script(text[start]), script(text[end - 1])
        if before == first == "latin":
            return None
        if not self._japanese:
            return _english_end(text, end) if last == "latin" else end
        if after == last == "latin":
            return None
        if not strict:
            # A form that only protects need not prove that it is a word, but
            # クラスタ does not protect the beginning of クラスター.
            return None if after == "katakana" and right in morphology.CANNOT_BEGIN else end
        if form.text in _INFLECTING and not form.exact:
            return None
        if not _is_meant(form, text, start, end):
            return None
        doubt_left = _doubtful(before, first)
        doubt_right = _doubtful(last, after)
        if not doubt_left and not doubt_right:
            return end
        fine = morphology.bounded(
            text, start, end, left=doubt_left, right=doubt_right, known=self._known
        )
        return end if fine else None

    def _is_word(self, hit: _Hit, text: str) -> bool:
        """Tell whether a form stands as a word: not ロール in コントロール.

        An avoided form has proved it already; a preferred one need not to
        protect its place, but must to count as used.
        """
        if not self._japanese:
            return True
        before = script(text[hit.start - 1]) if hit.start else ""
        after = script(text[hit.end]) if hit.end < len(text) else ""
        left = _doubtful(before, script(text[hit.start]))
        right = _doubtful(script(text[hit.end - 1]), after)
        return (not left and not right) or morphology.bounded(
            text, hit.start, hit.end, left=left, right=right, known=self._known
        )

    def _inflected_end(self, form: _Form, text: str, start: int) -> int | None:
        if start and script(text[start - 1]) == script(text[start]) == "latin":
            return None
        return morphology.inflected_at(form.text, text, start)

    @staticmethod
    def _resolve(hits: list[_Hit]) -> list[_Hit]:
        """Return the hits that stand: the longest first, then the leftmost."""
        ranked = sorted(hits, key=lambda hit: (hit.start - hit.end, hit.start, _rank(hit.form)))
        starts: list[int] = []
        chosen: list[_Hit] = []
        for hit in ranked:
            index = bisect_left(starts, hit.end)
            if index and chosen[index - 1].end > hit.start:
                continue
            starts.insert(index, hit.start)
            chosen.insert(index, hit)
        return chosen

    def _finding(self, passage: Passage, form: _Form, start: int, end: int) -> Finding:
        line, column = passage.places[start]
        surface = passage.text[start:end]
        term = form.term
        preferred = term.surface
        if term.language != self.language:
            preferred = term.equivalents.get(self.language, "")
        rivals = [each for each in self._rivals(form) if each is not term]
        choice = " or ".join(repr(each.surface) for each in (term, *rivals))
        wanted = f"avoid {surface!r}"
        if preferred:
            wanted = f"use {choice if rivals else repr(preferred)} instead of {surface!r}"
        why = f"{term.why}; " if term.why else ""
        places = " and ".join(str(each.place) for each in (term, *rivals))
        return Finding(
            place=Place(passage.path, line, column),
            surface=surface,
            kind="variant",
            message=f"{wanted} ({why}declared at {places})",
            term=term,
            variant=form.variant,
            replacement=self._replacement(form, preferred, surface),
            start=start,
            end=end,
        )

    def _rivals(self, form: _Form) -> list[Term]:
        """Return the terms that avoid this form, in the order of their declaration."""
        if self.language != form.term.language:
            return [form.term]  # one word of another language may translate several
        terms = {
            each.term.surface: each.term for each in self._plain[form.text] if _deprecated(each)
        }
        return list(terms.values())

    def _replacement(self, form: _Form, preferred: str, surface: str) -> str | None:
        """Return what may be put in place without thinking, None where it may not.

        Two terms that avoid the same form leave the choice to a person; a verb
        is replaced only where both forms inflect alike (出来る, できる).
        """
        if not preferred:
            return None
        if len(self._rivals(form)) > 1:
            return None
        folded = self._fold(surface)
        if folded == form.text:
            return preferred
        if not self._japanese:
            return None
        return morphology.reinflected(form.text, folded, fold(preferred))


#: Where a Latin and a Japanese character meet, with or without a space.
_SEAM = re.compile(r"[0-9A-Za-z] ?[^\x00-\x7f]|[^\x00-\x7f] ?[0-9A-Za-z]")


class _Inflecting:
    """The forms that the dictionary knows as verbs or adjectives, asked lazily."""

    def __contains__(self, text: str) -> bool:
        return morphology.may_inflect(text) and morphology.inflecting(text) is not None


_INFLECTING = _Inflecting()


class _Automaton:
    """All forms at once: one pass whatever their number."""

    def __init__(self, patterns: set[str]) -> None:
        self._patterns = sorted(patterns)
        self._engine = AhoCorasick(self._patterns) if self._patterns else None

    def occurs(self, text: str) -> bool:
        return self._engine is not None and bool(self._engine.find_matches_as_indexes(text))

    def matches(self, text: str) -> Iterator[tuple[str, int, int]]:
        if self._engine is not None:
            for index, start, end in self._engine.find_matches_as_indexes(text, overlapping=True):
                yield self._patterns[index], start, end


def _rank(form: _Form) -> int:
    """Return which of two forms of one extent stands: a rule about the spelling comes first."""
    if form.exact:
        return 0
    return [Status.PREFERRED, Status.ADMITTED, Status.DEPRECATED].index(form.status) + 1


def _is_meant(form: _Form, text: str, start: int, end: int) -> bool:
    """Tell whether the word there is the one declared, where spelling is not enough.

    及び is a conjunction and a form of 及ぶ; 時 is とき, and ジ in 起動時.
    """
    if not morphology.is_conjunction(text, start, end):
        return False
    lone = end - start == 1 and script(text[start]) == "han"
    reading = form.term.reading if lone else ""
    return not (reading and morphology.read_otherwise(text, start, end, reading))


def _freed(hits: list[_Hit]) -> list[_Hit]:
    """Return *hits* where a right verb in する leaves its 出来る to the rule about it.

    変更出来る is the noun of 変更する and a verb of its own.
    """
    avoided = {(hit.start, hit.end) for hit in hits if _deprecated(hit.form)}
    freed: list[_Hit] = []
    for hit in hits:
        length = len(hit.form.text) - len("する")
        noun = hit.start + length
        if (
            not _deprecated(hit.form)
            and length > 0
            and hit.form.text.endswith("する")
            and (noun, hit.end) in avoided
        ):
            freed.append(_Hit(hit.form, hit.start, noun))
        else:
            freed.append(hit)
    return freed


def _deprecated(form: _Form) -> bool:
    return form.status is Status.DEPRECATED


def _written(hit: _Hit, offsets: list[int] | None) -> tuple[int, int]:
    """Return the extent of a hit in the text as written."""
    if offsets is None:
        return hit.start, hit.end
    return offsets[hit.start], offsets[hit.end]


def _doubtful(one: str, other: str) -> bool:
    """Tell whether a word may go on from one script to the next.

    Katakana goes on in katakana, kanji in kanji and in okurigana, hiragana in
    any kanji or hiragana; every other change of script ends a word.
    """
    pair = {one, other}
    return one != "" and other != "" and (pair == {"katakana"} or pair <= {"han", "hiragana"})


def _lower(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


def _english_end(text: str, end: int) -> int | None:
    """Return where a word with an English plural or possessive ends."""
    for ending in ("'s", "s'", "’s", "s’", "es", "s", ""):
        stop = end + len(ending)
        if text.startswith(ending, end) and (stop == len(text) or script(text[stop]) != "latin"):
            return stop
    return None


def _is_seam(pair: set[str]) -> bool:
    return "latin" in pair and len(pair) > 1 and "" not in pair


def _spacings(text: str) -> set[str]:
    """Return *text* with the spaces between Latin and Japanese left out, and put in."""
    tight: list[str] = []
    wide: list[str] = []
    for index, character in enumerate(text):
        if character == " " and 0 < index < len(text) - 1:
            pair = {script(text[index - 1]), script(text[index + 1])}
            if _is_seam(pair):
                wide.append(" ")
                continue
        elif index and _is_seam({script(text[index - 1]), script(character)}):
            wide.append(" ")
        tight.append(character)
        wide.append(character)
    return {"".join(tight), "".join(wide)} - {text}


def self_test(matcher: Matcher) -> Iterator[Problem]:
    """Yield the examples that do not prove their rule.

    A ``bad`` example must hold an avoided form of its term, a ``good`` one no
    avoided form of any term.
    """
    language = matcher.language
    for term in matcher.termbase:
        for example in term.examples:
            places = [(example.place.line, example.place.column)] * len(example.text)
            passage = Passage(example.place.path, example.text, places, language)
            found = list(matcher.findings(passage))
            if example.bad and not any(finding.term is term for finding in found):
                yield Problem(
                    f"the bad example {example.text!r} holds no avoided form of "
                    f"{term.surface!r}: mend the example or the rule",
                    example.place,
                    term.place,
                )
            if not example.bad and found:
                yield Problem(
                    f"the good example {example.text!r} is reported for "
                    f"{found[0].surface!r}: mend the example or allow the phrase",
                    example.place,
                    found[0].term.place if found[0].term else None,
                )
