r"""Reading → place in the glossary and in the index, the same in HTML, EPUB and LaTeX.

The order is that of Japanese books.  What begins with an ASCII letter is
filed under A–Z by its surface; everything else is filed by its reading (よみ)
under あ か さ た な は ま や ら わ; digits and symbols without a declared reading come
first.  Within a heading the rules of JIS X 4061 decide: base kana, then
voicing, then long mark < small kana < iteration mark < plain kana, then
hiragana < katakana.

Why the collation is written here: the one maintained library that knows these
rules is ICU, and PyICU has no wheels, so that a build would need a compiler
and the ICU headers.  ``pyuca`` implements the default Unicode table, which sorts the long
mark as a letter of its own and has no headings.  The rules themselves are
forty lines.

Why LaTeX gets ranks instead of readings as sort keys: ``\index{か0012@…}``
carries the heading and the position that were worked out here, so upmendex
(or makeindex) only collects page numbers, and the three formats cannot differ
in any tie.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.environment.adapters.indexentries import IndexEntries
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.index_entries import split_index_msg

from .normal import script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.latex import LaTeXTranslator

    from .terms import Term

logger = logging.getLogger(__name__)

ROWS = {
    "あ": "あいうえお",
    "か": "かきくけこ",
    "さ": "さしすせそ",
    "た": "たちつてと",
    "な": "なにぬねの",
    "は": "はひふへほ",
    "ま": "まみむめも",
    "や": "やゆよ",
    "ら": "らりるれろ",
    "わ": "わゐゑをん",
}
"""Heading → base kana filed under it."""

_ROW_OF = {kana: row for row, kanas in ROWS.items() for kana in kanas}
_VOWELS = {
    "あ": "あかさたなはまやらわ",
    "い": "いきしちにひみりゐ",
    "う": "うくすつぬふむゆる",
    "え": "えけせてねへめれゑ",
    "お": "おこそとのほもよろを",
}
_VOWEL_OF = {kana: vowel for vowel, kanas in _VOWELS.items() for kana in kanas}
_SMALL = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))
_VOICING = {"\u3099": 1, "\u309a": 2}
_LONG_MARK = "ー"
_ITERATION = "ゝ"

# What a long mark, a small kana, an iteration mark and a plain kana weigh at
# the third level of JIS X 4061.
_LONG, _SMALL_SIZE, _ITERATED, _PLAIN = range(4)

# Classes of characters at the first level, in the order of JIS X 4061.
_SPACE, _SYMBOL, _NUMBER, _LATIN, _KANA, _OTHER = range(6)

_SYMBOLS_HEADING = {"ja": "記号・数字"}
_SYMBOLS_KEY = "*"


class _Weight(NamedTuple):
    """What one character weighs at each level of the order."""

    base: tuple[int, int, str]
    voicing: int = 0
    size: int = _PLAIN
    script: int = 0


SortKey = tuple[tuple[Any, ...], ...]
"""Compares like the text it was made from; its inside is nobody's business."""


def to_hiragana(text: str) -> str:
    """Return ``text`` with half-width and katakana letters as hiragana."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(
        chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" or char in "ヽヾ" else char
        for char in composed
    )


def _is_katakana(char: str) -> bool:
    return "ァ" <= char <= "ヺ" or char in "ヽヾ"


@functools.lru_cache(maxsize=4096)
def _parts_of(character: str) -> tuple[str, str, int, int]:
    """Return base, marks, voicing and script of a character; a book has few different ones."""
    decomposed = unicodedata.normalize("NFD", to_hiragana(character))
    base, marks = decomposed[0], decomposed[1:]
    voicing = max((_VOICING.get(mark, 0) for mark in marks), default=0)
    return base, marks, voicing, int(_is_katakana(character))


def _weights(text: str) -> Iterator[_Weight]:
    """Yield the weight of each character or number of ``text``."""
    composed = unicodedata.normalize("NFKC", text)
    # A space between Japanese and ASCII is typography, not spelling.
    composed = re.sub(r"(?<![!-~])\s+|\s+(?![!-~])", "", composed)
    previous = ""
    for chunk in re.findall(r"\d+|.", composed, flags=re.DOTALL):
        if chunk.isdecimal():
            yield _Weight((_NUMBER, int(chunk), ""))
            previous = ""
            continue
        base, marks, voicing, script = _parts_of(chunk)
        size = _PLAIN
        if base in _SMALL:
            base, size = _SMALL[base], _SMALL_SIZE
        elif base == _LONG_MARK and previous:
            base, size = _VOWEL_OF.get(previous, previous), _LONG
        elif base == _ITERATION and previous:
            base, size = previous, _ITERATED
        previous = ""
        if base in _ROW_OF:
            previous = base
            yield _Weight((_KANA, 0, base), voicing, size, script)
        elif base.isspace():
            yield _Weight((_SPACE, 0, ""))
        elif base.isalpha():
            latin = "LATIN" in unicodedata.name(base, "")
            kind = _LATIN if latin else _OTHER
            # Lower case before upper case, at the level of size.
            yield _Weight((kind, 0, base.lower()), len(marks), int(base.isupper()))
        else:
            yield _Weight((_SYMBOL, 0, base))


@functools.lru_cache(maxsize=65536)
def sort_key(text: str) -> SortKey:
    """Return the key by which ``text`` (a reading or an ASCII surface) sorts."""
    weights = list(_weights(text))
    return (
        tuple(weight.base for weight in weights),
        tuple(weight.voicing for weight in weights),
        tuple(weight.size for weight in weights),
        tuple(weight.script for weight in weights),
    )


@functools.lru_cache(maxsize=65536)
def heading(text: str) -> str:
    """Return the heading for ``text``: a kana row, a capital letter, or ``""``.

    The empty heading is that of digits and symbols.
    """
    first = next(_weights(text), None)
    if first is None:
        return ""
    kind, _number, base = first.base
    if kind == _KANA:
        return _ROW_OF[base]
    if kind in {_LATIN, _OTHER}:
        return base.upper()
    return ""


def tokenize(text: str) -> Iterable[Any]:
    """Return the morphemes of ``text``, in SudachiPy's longest units.

    Raises:
        ExtensionError: SudachiPy or its dictionary is missing.
    """
    # The analyser that the checks use: its dictionary is loaded once, and only
    # where a reading has to be derived or a spelling cannot decide.
    from . import morphology

    try:
        tokenizer, _shortest, longest = morphology._tokenizer()  # noqa: SLF001 - one package
    except morphology.MorphologyMissingError as error:
        msg = (
            f"{error}; readings are derived with it: install it, "
            "or declare a :reading: for every term"
        )
        raise ExtensionError(msg) from error
    return cast("Iterable[Any]", tokenizer.tokenize(text, longest))


def _has_kanji(text: str) -> bool:
    return any(script(character) == "han" for character in text)


@functools.lru_cache(maxsize=4096)
def derive(surface: str) -> str:
    """Return the reading of ``surface`` in hiragana, as SudachiPy reads it.

    Kana are taken as they are; ASCII stays ASCII, since how a name such as
    ``QEMU`` is said is known to people only.  A character the analyser cannot
    read stays as it is.

    Raises:
        ExtensionError: SudachiPy or its dictionary is missing.
    """
    composed = unicodedata.normalize("NFKC", surface)
    if not _has_kanji(composed):
        return to_hiragana(composed)
    return "".join(
        to_hiragana(
            morpheme.reading_form()
            if _has_kanji(morpheme.surface()) and morpheme.reading_form() != "キゴウ"
            else morpheme.surface()
        )
        for morpheme in tokenize(composed)
    )


class Filing(NamedTuple):
    """Where an entry stands: its heading and its place among all others."""

    heading: str
    key: SortKey


@dataclass(frozen=True)
class Readings:
    """The readings of a book: declared where possible, derived elsewhere.

    ``declared`` maps a surface to its reading.  Phrases that contain declared
    surfaces are read with them, so an index entry 分断の対策 agrees with the term 分断.
    """

    declared: Mapping[str, str] = field(default_factory=dict)
    kana_first: bool = True

    @functools.cached_property
    def _parts(self) -> re.Pattern[str] | None:
        # One character is no word: 網 must not decide how 網羅 is read.
        known = [part for part, reading in self.declared.items() if reading and len(part) > 1]
        known.sort(key=len, reverse=True)
        return re.compile(f"({'|'.join(map(re.escape, known))})") if known else None

    def of(self, surface: str) -> str:
        """Return the reading of ``surface``."""
        declared = self.declared.get(surface)
        if declared:
            return declared
        if self._parts is None or not _has_kanji(surface):
            return derive(surface)
        pieces = self._parts.split(surface)
        return "".join(self.declared.get(piece) or derive(piece) for piece in pieces if piece)

    def filing(self, surface: str) -> Filing:
        """Return where ``surface`` is filed.

        ASCII-initial surfaces are filed by themselves, their Japanese tail by
        its reading; others by their reading; a digit or a symbol in front is
        read only where a reading was declared.
        """
        composed = unicodedata.normalize("NFKC", surface)
        initial = heading(composed)
        if composed[:1].isascii() and (initial or surface not in self.declared):
            text = re.sub(r"[^\x00-\x7f]+", lambda match: self.of(match[0]), composed)
        else:
            text, initial = (reading := self.of(surface)), heading(reading)
        if initial in ROWS:
            block = 1 if self.kana_first else 3
        else:
            block = 0 if not initial else 2 if initial.isascii() else 4
        row: tuple[Any, ...] = (block, initial if block > 1 else "")
        # The surface decides between homophones, so that no order is left to chance.
        return Filing(initial, (row, *sort_key(text), *sort_key(surface), (surface,)))

    def arrange(self, surfaces: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Return the surfaces in order, as (heading, surfaces under it)."""
        filed = sorted(((self.filing(surface), surface) for surface in surfaces), key=_by_key)
        return [
            (head, [surface for _filing, surface in group])
            for head, group in groupby(filed, key=lambda pair: pair[0].heading)
        ]


def _by_key(pair: tuple[Filing, Any]) -> SortKey:
    return pair[0].key


def readings_of(terms: Iterable[Term], config: Config) -> Readings:
    """Return the readings that the terms and ``termbase_readings`` declare."""
    declared = {term.surface: term.reading for term in terms if term.reading}
    declared |= config.termbase_readings
    return Readings(declared, kana_first=config.language.startswith("ja"))


def _book_readings(env: BuildEnvironment) -> Readings:
    from .glossary import termbase

    return readings_of(termbase(env), env.config)


def symbols_heading(language: str) -> str:
    """Return the heading of digits and symbols in that language."""
    return _SYMBOLS_HEADING.get(language.split("_", maxsplit=1)[0]) or _("Symbols")


# --- the general index in HTML and EPUB -------------------------------------------------------


def arrange_index(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Put the entries of the general index in reading order (``html-page-context``).

    The tree is built anew and ungrouped: Sphinx folds ``X (y)`` under ``X``
    where the code-point order brings the two together, which LaTeX never does.
    """
    if pagename not in {"genindex", "genindex-all"} or "genindexentries" not in context:
        return
    env = app.builder.env
    readings = _book_readings(env)
    stock = IndexEntries(env).create_index(app.builder, group_entries=False)
    filed = [(readings.filing(entry[0]), entry) for _letter, group in stock for entry in group]
    filed.sort(key=_by_key)
    symbols = symbols_heading(app.config.language)
    tree = []
    for head, group in groupby(filed, key=lambda pair: pair[0].heading):
        entries = []
        for _filing, (name, (links, subentries, category)) in group:
            subentries.sort(key=lambda sub: readings.filing(sub[0]).key)
            entries.append((name, (links, subentries, category)))
        tree.append((head or symbols, entries))
    # The EPUB builder rewrites fragments of the tree it passes on; this tree is a new one.
    fix_genindex = getattr(app.builder, "fix_genindex", None)
    if fix_genindex is not None:
        fix_genindex(tree)
    context["genindexentries"] = tree
    context["genindexcounts"] = [
        sum(1 + len(subentries) for _name, (_links, subentries, _category) in entries)
        for _head, entries in tree
    ]


def refuse_split_index(_app: Sphinx, config: Config) -> None:
    """Warn where the index is cut into pages by first character (``config-inited``)."""
    if config.html_split_index:
        logger.warning(
            "html_split_index cuts the index by the first character, not by reading; "
            "set html_split_index = False in conf.py",
            type="termbase",
            subtype="reading",
        )


# --- the general index in LaTeX ---------------------------------------------------------------


def _index_pairs(kind: str, value: str) -> list[tuple[str, str]]:
    """Return the (entry, subentry) pairs that an index entry stands for.

    As in Sphinx's own HTML index; ``see`` and ``seealso`` give the entry alone.
    """
    parts = split_index_msg(kind, value)
    if kind == "single":
        return [(parts[0], parts[1] if len(parts) > 1 else "")]
    if kind == "pair":
        first, second = parts
        return [(first, second), (second, first)]
    if kind == "triple":
        first, second, third = parts
        return [
            (first, f"{second} {third}"),
            (second, f"{third}, {first}"),
            (third, f"{first} {second}"),
        ]
    return [(parts[0], "")]


def number_index(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Give every index node its sort keys, numbered over the book (``doctree-resolved``).

    The event comes last of all, when no transform drops index nodes any more,
    and for LaTeX with the whole book in one document.
    """
    if app.builder.format != "latex":
        return
    index_nodes = list(doctree.findall(addnodes.index))
    pairs = [
        [_index_pairs(kind, value) for kind, value, *_rest in node["entries"]]
        for node in index_nodes
    ]
    surfaces = {
        surface
        for entries in pairs
        for entry in entries
        for pair in entry
        for surface in pair
        if surface
    }
    ranks: dict[str, str] = {}
    for head, group in _book_readings(app.env).arrange(surfaces):
        for surface in group:
            ranks[surface] = f"{head or _SYMBOLS_KEY}{len(ranks) + 1:06}"
    for node, entries in zip(index_nodes, pairs, strict=True):
        node["termbase_keys"] = [
            [(ranks[entry], ranks.get(sub, "")) for entry, sub in pairs_of_entry]
            for pairs_of_entry in entries
        ]


_EXTRA = re.compile(r"^(.*\S)\s+\(([^()]*)\)\s*$")
_COMMAND = re.compile(r"(\\[A-Za-z]+) ?(?=\{)")


def _index_text(translator: LaTeXTranslator, text: str) -> str:
    r"""Return ``text`` as the visible half of an ``\index`` argument."""
    escaped = (
        translator.encode(text)
        .replace(r"\{", r"\sphinxleftcurlybrace{}")
        .replace(r"\}", r"\sphinxrightcurlybrace{}")
        .replace('"', '""')
        .replace("@", '"@')
        .replace("!", '"!')
        .replace("|", r"\textbar{}")
    )
    # TeX writes a blank after a command of Sphinx that stands in an argument, as a
    # term's index entry does. Without one here, the same entry from another place
    # would be a second one. Only the \spx… commands are written as they stand.
    escaped = _COMMAND.sub(r"\1 ", escaped)
    match = _EXTRA.match(escaped)
    if match:
        return rf"\spxentry{{{match[1]}}}\spxextra{{{match[2]}}}"
    return rf"\spxentry{{{escaped}}}"


def visit_index_latex(translator: LaTeXTranslator, node: addnodes.index) -> None:
    r"""Write ``\index{key@text}`` with the keys of :func:`number_index`."""
    if "termbase_keys" not in node:
        # Added after the keys were given out, or by another builder's road.
        type(translator).visit_index(translator, node)
    block = not node.get("inline", True)
    if block:
        translator.body.append("\n")
    for (kind, value, _target, main, _category), keys in zip(
        node["entries"], node["termbase_keys"], strict=True
    ):
        page = "|spxpagem" if main else ""
        if kind in {"see", "seealso"}:
            page = f"|see{{{_index_text(translator, split_index_msg(kind, value)[1])}}}"
        for (entry, sub), (key, sub_key) in zip(_index_pairs(kind, value), keys, strict=True):
            argument = f"{key}@{_index_text(translator, entry)}"
            if sub:
                argument += f"!{sub_key}@{_index_text(translator, sub)}"
            translator.body.append(rf"\index{{{argument}{page}}}")
    if block:
        translator.body.append(r"\ignorespaces ")
    raise nodes.SkipNode


def depart_index_latex(_translator: LaTeXTranslator, _node: addnodes.index) -> None:
    """Do nothing: :func:`visit_index_latex` skips the departure."""


UPMENDEX_STYLE = r"""line_max 1000
headings_flag 1
letter_head 1
heading_prefix "  \\bigletter{"
heading_suffix "}"
kana_head "あかさたなはまやらわ"
character_order "%(order)s"
preamble "\\begin{sphinxtheindex}
\\let\\bigletter\\sphinxstyleindexlettergroup
\\let\\spxpagem \\sphinxstyleindexpagemain
\\let\\spxentry \\sphinxstyleindexentry
\\let\\spxextra \\sphinxstyleindexextra

"
postamble "\n\n\\end{sphinxtheindex}\n"
symhead_positive "%(symbols)s"
numhead_positive "%(symbols)s"
"""


def write_index_style(app: Sphinx) -> None:
    """Write ``termbase.ist``, the style file for upmendex (``builder-inited``)."""
    if app.builder.format != "latex":
        return
    japanese = app.config.language.startswith("ja")
    style = UPMENDEX_STYLE % {
        "order": "SNJLGCKH" if japanese else "SNLJGCKH",
        "symbols": symbols_heading(app.config.language),
    }
    app.outdir.mkdir(parents=True, exist_ok=True)
    (app.outdir / "termbase.ist").write_text(style, encoding="utf-8")


# --- the glossary page ------------------------------------------------------------------------


def _section_depth(node: nodes.Node) -> int:
    depth = 0
    parent = node.parent
    while parent is not None:
        depth += isinstance(parent, nodes.section)
        parent = parent.parent
    return depth


_ROMAN = dict(zip(ROWS, ("a", "ka", "sa", "ta", "na", "ha", "ma", "ya", "ra", "wa"), strict=True))


def arrange_glossaries(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Put ``:sorted:`` glossaries in reading order under headings (``doctree-resolved``).

    So late because the translated term decides in a translated edition, and
    because headings made here can never reach a catalog.
    """
    glossaries = [node for node in doctree.findall(addnodes.glossary) if node.get("sorted")]
    if not glossaries:
        return
    readings = _book_readings(app.env)
    for number, glossary in enumerate(glossaries, start=1):
        prefix = "glossary" if number == 1 else f"glossary{number}"
        jump_bar = app.builder.format == "html"  # a page of paper needs none
        _arrange(glossary, readings, prefix, app.config.language, jump_bar=jump_bar)


def _arrange(
    glossary: addnodes.glossary,
    readings: Readings,
    prefix: str,
    language: str,
    *,
    jump_bar: bool,
) -> None:
    lists = [node for node in glossary if isinstance(node, nodes.definition_list)]
    filed = sorted(
        (
            (readings.filing(item[0].astext()), item)
            for definition_list in lists
            for item in cast("list[nodes.definition_list_item]", definition_list.children)
        ),
        key=_by_key,
    )
    rest = [node for node in glossary if node not in lists]
    bar = nodes.paragraph("", "", classes=["termbase-jump"])
    grouped: list[nodes.Node] = []
    level = min(_section_depth(glossary) + 1, 6)
    for head, group in groupby(filed, key=lambda pair: pair[0].heading):
        title = head or symbols_heading(language)
        identifier = f"{prefix}-{_slug(head)}"
        rubric = nodes.rubric("", title, ids=[identifier], classes=["termbase-heading"])
        rubric["heading-level"] = level
        items = [item for _filing, item in group]
        definition_list = nodes.definition_list("", *items, classes=list(lists[0]["classes"]))
        grouped += [rubric, definition_list]
        if len(bar):
            bar += nodes.Text(" ")
        bar += nodes.reference("", title, refid=identifier, internal=True)
    glossary.children = []
    glossary.extend([*rest, *([bar] if jump_bar else []), *grouped])


def _slug(head: str) -> str:
    if not head:
        return "symbols"
    if head in _ROMAN:
        return f"kana-{_ROMAN[head]}"  # あ is not A
    return head.lower() if head.isascii() else f"u{ord(head[0]):04x}"


def connect(app: Sphinx) -> None:
    """Register the order of glossary and index with Sphinx.

    ``termbase_readings`` in ``conf.py`` maps an index entry that is no term to
    its reading where the derived one is wrong: ``{"逆引き": "ぎゃくびき"}``.
    """
    app.add_config_value("termbase_readings", {}, "env", frozenset({dict}))
    app.add_node(addnodes.index, override=True, latex=(visit_index_latex, depart_index_latex))
    app.connect("config-inited", refuse_split_index)
    app.connect("builder-inited", write_index_style)
    app.connect("html-page-context", arrange_index)
    app.connect("doctree-resolved", arrange_glossaries)
    app.connect("doctree-resolved", number_index)
