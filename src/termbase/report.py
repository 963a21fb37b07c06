"""Where each term is used, which are not, and which spellings the glossary should settle next.

``sphinx-build -b terms-report SOURCE OUT`` writes ``index.html`` and
``report.json``.  The spellings come from SudachiPy: two written forms with
one normalised form (組合せ and 組み合わせ), or katakana that differ in long marks only,
which the dictionary often does not know (ハイパーバイザ and ハイパーバイザー).
Words that merely sound alike (機械 and 機会) are two words and stay out.
"""

from __future__ import annotations

import functools
import html
import json
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .exchange import completed, identifier
from .linking import node_ids
from .matching import Matcher
from .readings import Readings, readings_of, to_hiragana, tokenize
from .terms import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .matching import Passage
    from .terms import Term, Termbase

# Surfaces of a passage on which a term is declared or filed, not used.
_DECLARING = frozenset({"term", "index", "suppression"})


@dataclass
class Usage:
    """The uses of one term: how many in which document, and the first."""

    term: Term
    counts: Counter[str] = field(default_factory=Counter)
    first: Place | None = None

    @property
    def total(self) -> int:
        """The number of uses in all documents."""
        return self.counts.total()


@dataclass(frozen=True)
class Spelling:
    """One written form of a word: how often, and where first."""

    form: str
    count: int
    first: Place


@dataclass(frozen=True)
class Variation:
    """A word written in several ways, the commonest first.

    ``reason`` is ``normalised`` where the dictionary says that it is one word,
    ``sound`` where only its letters say so.
    """

    reason: str
    spellings: tuple[Spelling, ...]

    @property
    def weight(self) -> tuple[bool, int, int]:
        """Rank: what is certain first, then what is undecided most often."""
        counts = [spelling.count for spelling in self.spellings]
        return self.reason == "normalised", sum(counts) - max(counts), sum(counts)


# --- counting ---------------------------------------------------------------------------------


def usages(termbase: Termbase, passages: Iterable[Passage], language: str) -> list[Usage]:
    """Return the usage of every term, in the order of the termbase."""
    matcher = Matcher(termbase, language)
    found = {term.surface: Usage(term) for term in termbase}
    for passage in passages:
        if passage.surface in _DECLARING:
            continue
        for use in matcher.uses(passage):
            usage = found[use.term.surface]
            usage.counts[passage.docname] += 1
            if usage.first is None:
                usage.first = Place(passage.path, *passage.places[use.start])
    return list(found.values())


@dataclass
class _Word:
    count: int = 0
    first: Place | None = None


# The parts of speech that carry a spelling of their own.
_CONTENT = frozenset({"名詞", "動詞", "形容詞", "形状詞", "副詞", "連体詞", "接続詞", "代名詞"})
_INFLECTED = frozenset({"動詞", "形容詞"})
# Most verbs that also serve as auxiliaries are kana there and kanji elsewhere, rightly
# (見る, やってみる); these few are one or the other throughout a book.
_AUXILIARY = frozenset({"出来る", "下さる", "頂く", "致す"})
_WORD = re.compile(r"[^\W\d_]")
_KATAKANA = re.compile("[ァ-ヺー・]+")
_SOUND = str.maketrans({"ー": None, "・": None})


def variations(termbase: Termbase, passages: Iterable[Passage]) -> list[Variation]:
    """Return the words that are spelt in several ways the glossary does not settle, ranked.

    Bad: 組合せ beside 組み合わせ; ハイパーバイザ beside ハイパーバイザー.
    Good: サーバ beside サーバー where サーバ declares ``avoid: サーバー``.
    """
    groups: dict[tuple[str, str, str], dict[str, _Word]] = defaultdict(lambda: defaultdict(_Word))
    for passage in passages:
        for form, keys, offset in _words(passage.text):
            for key in keys:
                word = groups[key][form]
                word.count += 1
                if word.first is None:
                    word.first = Place(passage.path, *passage.places[offset])
    avoided = {_plain(variant.surface) for term in termbase for variant in term.variants}
    found: dict[frozenset[str], Variation] = {}
    # The dictionary speaks first: "normalised" sorts before "sound".
    for (reason, _kind, _key), forms in sorted(groups.items()):
        spellings = [
            Spelling(form, word.count, word.first)
            for form, word in forms.items()
            if form not in avoided and word.first is not None
        ]
        if len(spellings) > 1:
            spellings.sort(key=lambda each: (-each.count, each.form))
            names = frozenset(each.form for each in spellings)
            found.setdefault(names, Variation(reason, tuple(spellings)))
    return sorted(found.values(), key=_rank)


def _rank(variation: Variation) -> tuple[Any, ...]:
    certain, undecided, total = variation.weight
    return not certain, -undecided, -total, variation.spellings[0].form


def _words(text: str) -> Iterator[tuple[str, list[tuple[str, str, str]], int]]:
    """Yield the content words of a text: written form, group keys, offset."""
    for morpheme in tokenize(text):
        kind = morpheme.part_of_speech()
        normalised = unicodedata.normalize("NFKC", morpheme.normalized_form()).casefold()
        if kind[0] not in _CONTENT or kind[1] == "数詞":
            continue
        if kind[1] == "非自立可能" and normalised not in _AUXILIARY:
            continue
        inflects = kind[0] in _INFLECTED
        written = _plain(morpheme.dictionary_form() if inflects else morpheme.surface())
        if not _WORD.search(written) or len(written) < 2:  # noqa: PLR2004 - one letter spells nothing
            continue
        if written.isascii() and _in_a_phrase(text, morpheme.begin(), morpheme.end()):
            continue
        # Sudachi's normalised form also joins a verb with its potential (書く, 書ける)
        # and English with katakana (server, サーバー): those are two words to an editor.
        reading = _dictionary_reading(written) if inflects else morpheme.reading_form()
        script = "latin" if written.isascii() else _sound(reading)
        keys = [("normalised", f"{kind[0]} {script}", normalised)]
        if _KATAKANA.fullmatch(written):
            keys.append(("sound", kind[0], _sound(written)))
        yield written, keys, morpheme.begin()


@functools.lru_cache(maxsize=8192)
def _dictionary_reading(word: str) -> str:
    return "".join(morpheme.reading_form() for morpheme in tokenize(word))


def _in_a_phrase(text: str, start: int, end: int) -> bool:
    """Tell whether an ASCII word stands beside another: a name has capitals of its own."""
    before, after = text[:start].rstrip()[-1:], text[end:].lstrip()[:1]
    return any(char.isascii() and char.isprintable() for char in before + after)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _sound(kana: str) -> str:
    """Return what is left of a word in kana without its ways to write long vowels."""
    hiragana = to_hiragana(kana)
    hiragana = re.sub("(?<=[えけせてねへめれげぜでべぺぇ])い", "", hiragana)
    hiragana = re.sub("(?<=[おこそとのほもよろをごぞどぼぽょぉ])う", "", hiragana)
    return hiragana.translate(_SOUND).replace("ゔぁ", "ば").replace("ゔ", "ぶ")


# --- the pages --------------------------------------------------------------------------------

_TEXT = {
    "ja": {
        "title": "用語の使われ方",
        "terms": "用語",
        "reading": "よみ",
        "uses": "使用",
        "chapters": "章ごとの使用",
        "first": "最初の使用",
        "unused": "一度も使われない用語",
        "none": "ありません。",
        "variations": "用語集が決めていない表記の揺れ",
        "normalised": "辞書で同じ語",
        "sound": "長音などの違い",
        "evidence": "根拠",
        "spellings": "表記（回数、最初の場所）",
        "definitions": "定義",
    },
    "en": {
        "title": "How the terms are used",
        "terms": "Term",
        "reading": "Reading",
        "uses": "Uses",
        "chapters": "Uses by chapter",
        "first": "First use",
        "unused": "Terms that are never used",
        "none": "None.",
        "variations": "Spellings that vary and that the glossary does not settle",
        "normalised": "one word in the dictionary",
        "sound": "differs in long vowels only",
        "evidence": "Evidence",
        "spellings": "Spellings (count, first place)",
        "definitions": "Definitions",
    },
}

_STYLE = """
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 sans-serif; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: start;
  vertical-align: top; }
td.number { text-align: end; }
code { white-space: nowrap; }
"""


@dataclass
class Report:
    """All that the report says, ready to be written."""

    usages: list[Usage]
    variations: list[Variation]
    titles: dict[str, str]
    readings: Readings
    anchors: dict[str, str] = field(default_factory=dict)
    language: str = "ja"
    pages: str = ""

    @property
    def ordered(self) -> list[Usage]:
        """The usages in the order of the glossary."""
        return sorted(self.usages, key=lambda usage: self.readings.filing(usage.term.surface).key)

    @property
    def unused(self) -> list[Usage]:
        """The usages of terms that no passage uses."""
        return [usage for usage in self.ordered if not usage.total]

    def to_json(self) -> str:
        """Return the report as JSON."""
        document = {
            "terms": [
                {
                    "term": usage.term.surface,
                    "id": usage.term.identifier,
                    "reading": self.readings.of(usage.term.surface),
                    "definition": self._link(usage.term),
                    "declared": _place(usage.term.place),
                    "total": usage.total,
                    "uses": {name: usage.counts[name] for name in self._chapters(usage)},
                    "first": _place(usage.first),
                }
                for usage in self.ordered
            ],
            "unused": [usage.term.surface for usage in self.unused],
            "variations": [
                {
                    "reason": variation.reason,
                    "spellings": [
                        {"form": each.form, "count": each.count, "first": _place(each.first)}
                        for each in variation.spellings
                    ],
                }
                for variation in self.variations
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    def to_html(self) -> str:
        """Return the report as one page that needs no other file."""
        text = _TEXT.get(self.language, _TEXT["en"])
        rows = "".join(self._row(usage) for usage in self.ordered)
        unused = "".join(f"<li>{self._name(usage.term)}</li>" for usage in self.unused)
        variations_ = "".join(
            f"<tr><td>{'<br>'.join(_spelling(each) for each in variation.spellings)}</td>"
            f"<td>{text[variation.reason]}</td></tr>\n"
            for variation in self.variations
        )
        spelling_table = _table((text["spellings"], text["evidence"]), variations_)
        term_table = _table(
            (text["terms"], text["reading"], text["uses"], text["chapters"], text["first"]), rows
        )
        none = f"<p>{text['none']}</p>"
        definitions = "".join(
            f'<dt id="{self._anchor(usage.term)}">{html.escape(usage.term.surface)}</dt>'
            f"<dd>{html.escape(usage.term.definition)} "
            f"<code>{html.escape(str(usage.term.place))}</code></dd>\n"
            for usage in self.ordered
        )
        return (
            f'<!DOCTYPE html>\n<html lang="{self.language}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{text['title']}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            f"<h1>{text['title']}</h1>\n"
            f"<h2>{text['variations']}</h2>\n{spelling_table if variations_ else none}\n"
            f"<h2>{text['unused']}</h2>\n{f'<ul>{unused}</ul>' if unused else none}\n"
            f"<h2>{text['terms']}</h2>\n{term_table if rows else none}\n"
            + (f"<h2>{text['definitions']}</h2>\n<dl>\n{definitions}</dl>\n" if rows else "")
            + "</body>\n</html>\n"
        )

    def _chapters(self, usage: Usage) -> list[str]:
        return [name for name in self.titles if usage.counts[name]]

    def _row(self, usage: Usage) -> str:
        chapters = "<br>".join(
            f"{html.escape(self.titles[name])}: {usage.counts[name]}"
            for name in self._chapters(usage)
        )
        first = f"<code>{html.escape(_position(usage.first))}</code>" if usage.first else ""
        return (
            f"<tr><td>{self._name(usage.term)}</td>"
            f"<td>{html.escape(self.readings.of(usage.term.surface))}</td>"
            f'<td class="number">{usage.total}</td><td>{chapters}</td><td>{first}</td></tr>\n'
        )

    def _name(self, term: Term) -> str:
        return f'<a href="{html.escape(self._link(term))}">{html.escape(term.surface)}</a>'

    def _anchor(self, term: Term) -> str:
        """Return the id under which the glossary shows the term."""
        return self.anchors.get(term.surface, f"term-{identifier(term)}")

    def _link(self, term: Term) -> str:
        """Return the link to the definition: in the published pages, else in this one."""
        if not self.pages:
            return f"#{self._anchor(term)}"
        page = re.sub(r"\.\w+$", ".html", term.place.path)
        return f"{self.pages.rstrip('/')}/{page}#{self._anchor(term)}"


def _position(place: Place) -> str:
    return f"{place.path}:{place.line}:{place.column}"


def _spelling(spelling: Spelling) -> str:
    return (
        f"{html.escape(spelling.form)} ({spelling.count}, "
        f"<code>{html.escape(_position(spelling.first))}</code>)"
    )


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.path, "line": place.line, "column": place.column}


def _table(heads: Iterable[str], rows: str) -> str:
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<table>\n<thead><tr>{cells}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"


# --- the builder ------------------------------------------------------------------------------


def reading_order(env: BuildEnvironment) -> list[str]:
    """Return the documents in the order of the book, then those outside of it."""
    order: dict[str, None] = {}

    def visit(docname: str) -> None:
        if docname in order or docname not in env.found_docs:
            return
        order[docname] = None
        for child in env.toctree_includes.get(docname, ()):
            visit(child)

    visit(env.config.root_doc)
    for docname in sorted(env.found_docs):
        visit(docname)
    return list(order)


def book_passages(env: BuildEnvironment) -> Iterator[Passage]:
    """Yield the passages of the book in reading order."""
    from .glossary import domain
    from .prose import LazyPlaces

    prose = domain(env).prose
    for docname in reading_order(env):
        if docname in prose:
            places = LazyPlaces(prose[docname].blocks, Path(env.srcdir))
            language = env.config.termbase_language
            for passage, _block in places.passages(docname, language):
                yield passage


def make_report(app: Sphinx) -> Report:
    """Return the report on a project that has been read."""
    termbase = completed(app)
    passages = list(book_passages(app.env))
    order = reading_order(app.env)
    return Report(
        usages=usages(termbase, passages, app.config.termbase_language),
        variations=variations(termbase, passages),
        titles={name: app.env.titles[name].astext() for name in order},
        readings=readings_of(termbase, app.config),
        anchors={term.surface: name for term in termbase for name in node_ids(app, term)[:1]},
        language=app.config.language.split("_", maxsplit=1)[0],
        pages=app.config.termbase_report_pages,
    )
