"""What a reader sees of the termbase: links at first use, tooltips, the glossary's small print.

Everything here happens in ``doctree-resolved``: after the translation, so that
a link survives it; after the resolution of references, so that an explicit
``{term}`` is seen; and only on the way to a writer, so that nothing reaches a
catalog.  A *chapter* is one source document, also where LaTeX gets the whole
book at once.
"""

from __future__ import annotations

import functools
import hashlib
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, cast

from ahocorasick_rs import AhoCorasick
from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.errors import NoUri
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import make_refnode

from .inflection import accepted_forms
from .matching import Matcher, Passage
from .memory import uncollected
from .morphology import may_inflect, stem
from .normal import fold
from .prose import LITERAL_CLASSES
from .terms import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator
    from sphinx.writers.latex import LaTeXTranslator

    from .terms import Term, Termbase

STATIC = Path(__file__).parent / "static"
MASK = "\N{OBJECT REPLACEMENT CHARACTER}"

# --- what the edition shows -------------------------------------------------------------------


class Shown(NamedTuple):
    """A term as this edition's glossary page shows it: translated where a catalog has it."""

    docname: str
    node_id: str
    surface: str
    definition: str


def plain(text: str) -> str:
    """Return ``text`` on one line, without a space between Japanese lines."""
    return " ".join((_JOINED.sub("", text) if "\n" in text else text).split())


_JAPANESE = r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_JOINED = re.compile(rf"(?<={_JAPANESE})\s*\n\s*(?={_JAPANESE})")


class ShownDomain(Domain):
    """The terms of this edition, by document.

    A domain of its own, because ``process_doc`` is the first moment at which
    the translated document is complete, and because a domain is merged after parallel reading.
    """

    name = "termbase_shown"
    label = "terms as this edition shows them"
    initial_data: ClassVar[dict[str, Any]] = {"terms": {}, "digest": ""}
    data_version = 1
    _by_id: tuple[list[tuple[str, int]], dict[str, dict[str, Shown]]] | None = None

    @property
    def terms(self) -> dict[str, list[Shown]]:
        """The terms shown, keyed by document name."""
        return cast("dict[str, list[Shown]]", self.data["terms"])

    @property
    def by_id(self) -> dict[str, dict[str, Shown]]:
        """The terms shown, keyed by document name and by their identifier there."""
        state = [(docname, id(entries)) for docname, entries in self.terms.items()]
        if self._by_id is None or self._by_id[0] != state:
            shelf = {
                docname: {entry.node_id: entry for entry in entries}
                for docname, entries in self.terms.items()
            }
            self._by_id = state, shelf
        return self._by_id[1]

    def clear_doc(self, docname: str) -> None:
        """Forget the document."""
        self.terms.pop(docname, None)

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """Take over what another process has read."""
        for docname in docnames:
            if docname in otherdata["terms"]:
                self.terms[docname] = otherdata["terms"][docname]

    def resolve_any_xref(
        self,
        _env: BuildEnvironment,
        _fromdocname: str,
        _builder: Builder,
        _target: str,
        _node: addnodes.pending_xref,
        _contnode: nodes.Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Resolve nothing: references to terms are those of the standard domain."""
        return []

    def process_doc(self, _env: BuildEnvironment, docname: str, document: nodes.document) -> None:
        """Note the terms of the document's glossaries."""
        shown = [
            Shown(docname, node_id, plain(term.astext()), plain(definition.astext()))
            for term, definition in _entries(document)
            for node_id in term["ids"]
        ]
        if shown:
            self.terms[docname] = shown


def _entries(document: nodes.Node) -> Iterator[tuple[nodes.term, nodes.definition]]:
    """Yield each term of each glossary with its definition."""
    for glossary in document.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            definition = cast("nodes.definition", item[-1])
            for node in item:
                if isinstance(node, nodes.term):
                    yield node, definition


# --- where a term is used ---------------------------------------------------------------------


class Span(NamedTuple):
    """A use of a term: offsets into the text that was searched."""

    start: int
    end: int
    shown: Shown


class Finder(Protocol):
    """Finds the terms of an edition in its text."""

    def mentioned(self, text: str) -> set[Shown]:
        """Return every term that may be used in ``text``: cheaply, and sometimes too many."""

    def __call__(
        self, docname: str, text: str, wanted: AbstractSet[Shown] | None = None, /
    ) -> Iterator[Span]:
        """Yield the uses of terms; those of a term that is not ``wanted`` may be left out."""


class _Mentions:
    """Which terms a text may use: one automaton, blind to spaces and to the edges of words.

    Nearly every paragraph uses no term, or only terms that are linked already;
    this says so before anything is analysed.
    """

    def __init__(self, forms: Iterable[tuple[str, Shown]]) -> None:
        by_form: dict[str, set[Shown]] = {}
        for form, entry in forms:
            if key := self._key(form):
                by_form.setdefault(key, set()).add(entry)
        self._entries = list(by_form.values())
        self._engine = AhoCorasick(list(by_form)) if by_form else None

    @staticmethod
    def _key(text: str) -> str:
        return "".join(fold(text).lower().split())

    def __call__(self, text: str) -> set[Shown]:
        found: set[Shown] = set()
        if self._engine is not None:
            matches = self._engine.find_matches_as_indexes(self._key(text), overlapping=True)
            for index in {match[0] for match in matches}:
                found |= self._entries[index]
        return found


class SourceFinder:
    """Finds the terms in text of the source language, as the checks do."""

    def __init__(self, termbase: Termbase, shown: Iterable[Shown], language: str) -> None:
        """Prepare for the terms of ``termbase`` that the edition shows."""
        self._matcher = Matcher(termbase, language)
        self._shown = {entry.surface: entry for entry in shown}
        self._language = language
        self.mentioned = _Mentions(self._forms(termbase))

    def _forms(self, termbase: Termbase) -> Iterator[tuple[str, Shown]]:
        for term in termbase:
            entry = self._shown.get(term.surface)
            if entry is None:
                continue
            headwords = term.forms(Status.PREFERRED, term.language)
            for surface in (term.surface, *(headword.surface for headword in headwords)):
                yield (stem(surface) if may_inflect(surface) else surface), entry

    def __call__(
        self, docname: str, text: str, wanted: AbstractSet[Shown] | None = None, /
    ) -> Iterator[Span]:
        """Yield the uses of terms, sentence by sentence: words do not reach further."""
        for match in _SENTENCE.finditer(text):
            sentence = match[0]
            if wanted is not None and wanted.isdisjoint(self.mentioned(sentence)):
                continue
            passage = Passage(docname, sentence, (), self._language, docname=docname)
            for use in self._matcher.uses(passage):
                entry = self._shown.get(use.term.surface)
                if entry is not None:
                    yield Span(match.start() + use.start, match.start() + use.end, entry)


_SENTENCE = re.compile("[^。]*。|[^。]+")


def _inflected(surface: str) -> str:
    """Return a pattern for ``surface`` with its plural; only lower case may be capitalised."""
    words = [re.escape(word) for word in surface.split()]
    if surface == surface.lower() and surface[:1].isalpha():
        words[0] = f"[{surface[0]}{surface[0].upper()}]{words[0][1:]}"
    pattern = r"\s+".join(words)
    if re.search(r"[^aeiou]y$", surface):
        return f"{pattern[:-1]}(?:y|ies)"
    if re.search(r"(?:s|x|z|ch|sh)$", surface):
        return f"{pattern}(?:es)?"
    if surface[-1:].isalpha():
        return f"{pattern}s?"
    return pattern


class EquivalentFinder:
    """Finds translated terms in their inflected forms, the longest first.

    Bad: ``node`` in ``nodemon`` or ``three-node``.  Good: ``nodes``, ``Node``, ``node's``.
    """

    def __init__(self, shown: Iterable[Shown]) -> None:
        """Prepare for the terms as the edition shows them."""
        self._forms: dict[Shown, list[str]] = {}
        for entry in shown:
            forms = [form for form in accepted_forms(entry.surface) if form.isascii()]
            self._forms.setdefault(entry, []).extend(forms)
        self.mentioned = _Mentions(
            (form.removesuffix("y"), entry)
            for entry, forms in self._forms.items()
            for form in forms
        )

    def __call__(
        self,
        _docname: str,
        text: str,
        _wanted: AbstractSet[Shown] | None = None,
        /,
    ) -> Iterator[Span]:
        """Yield the uses of terms from left to right."""
        found = [
            (match.start(), -len(form), match.end(), entry)
            for entry in self.mentioned(text)
            for form in self._forms[entry]
            for match in _pattern(form).finditer(text)
        ]
        position = 0
        for start, _length, end, entry in sorted(found):
            if start >= position:
                position = end
                yield Span(start, end, entry)


@functools.lru_cache(maxsize=65536)
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_inflected(form)})(?![\w-])")


# --- the doctree ------------------------------------------------------------------------------


class termbase_page(nodes.Inline, nodes.TextElement):  # noqa: N801 - docutils' nodes are lower case
    """The mark after a first use on paper: on which page the glossary defines it."""


class termbase_tips(nodes.Invisible, nodes.Element):  # noqa: N801 - likewise
    """The definitions for the tooltips of a page, in ``tips``: no text for search or catalog."""


# Blocks whose text is not running text of the chapter, or where a link would be wrong.
_SILENT_BLOCKS = (
    addnodes.glossary,
    addnodes.toctree,
    addnodes.compact_paragraph,
    addnodes.desc_signature,
    nodes.Titular,
    nodes.Invisible,
    nodes.caption,
    nodes.citation,
    nodes.footnote,
    nodes.literal_block,
    nodes.doctest_block,
    nodes.math_block,
    nodes.raw,
    nodes.system_message,
    nodes.term,
    nodes.thead,
    nodes.topic,
)
# Inline nodes that are judged as prose; the text of every other one is masked.
_PROSE_INLINE = (nodes.emphasis, nodes.strong, nodes.inline)
_QUOTING_CLASSES = LITERAL_CLASSES | {"sic"}


class _Piece(NamedTuple):
    """Part of a block's text: a Text node, or something masked (perhaps a link to a term)."""

    node: nodes.Node
    text: str
    linkable: bool


def _pieces(node: nodes.Node) -> Iterator[_Piece]:
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield _Piece(child, child.astext(), linkable=True)
        elif (
            isinstance(child, nodes.Element)
            and type(child) in _PROSE_INLINE
            and not _QUOTING_CLASSES.intersection(child["classes"])
            and not child.get("language")  # the code role
        ):
            yield from _pieces(child)
        else:
            # Its words are not there for the search, but it keeps its neighbours apart.
            yield _Piece(child, MASK, linkable=False)


def _blocks(node: nodes.Node, docname: str) -> Iterator[tuple[str, nodes.Element]]:
    """Yield each paragraph of running text, and each reference elsewhere, with its chapter."""
    for child in node.children:
        if isinstance(child, addnodes.start_of_file):
            yield from _blocks(child, child["docname"])
        elif isinstance(child, _SILENT_BLOCKS):
            yield from ((docname, reference) for reference in child.findall(nodes.reference))
        elif isinstance(child, (nodes.paragraph, nodes.reference)):
            yield docname, child
        elif isinstance(child, nodes.Element):
            yield from _blocks(child, docname)


_BREAK = re.compile(r"(?<=[^\x00-\x7f])[ \t]*\n[ \t]*(?=[^\x00-\x7f])")


def _joined(text: str) -> tuple[str, Sequence[int]]:
    """Return ``text`` without soft breaks inside Japanese, and each character's old offset."""
    if not _BREAK.search(text):
        return text, range(len(text))
    keep = [True] * len(text)
    for match in _BREAK.finditer(text):
        keep[match.start() : match.end()] = [False] * (match.end() - match.start())
    offsets = [offset for offset, kept in enumerate(keep) if kept]
    return "".join(text[offset] for offset in offsets), offsets


class Linker:
    """Links and tooltips of one build.

    It remembers between documents only what can be computed from the
    environment; :meth:`refresh` forgets it.
    """

    def __init__(self) -> None:
        """Start with nothing computed."""
        self._find: Finder | None = None

    def refresh(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return every document when what the pages show of the terms has changed.

        Without this an incremental build would keep old definitions in the
        tooltips and old links on pages whose own source is unchanged (``env-updated``).
        """
        self._find = None
        if app.builder.format not in {"html", "latex"}:
            return []  # what writes no pages shows nothing that could be old
        domain = _shown_domain(env)
        terms = [
            (
                term.surface,
                term.reading,
                [(v.surface, v.status, v.language) for v in term.variants],
            )
            for term in _termbase(env)
        ]
        state = repr((sorted(domain.terms.items()), terms, equivalents(app)))
        digest = hashlib.sha256(state.encode()).hexdigest()
        if digest == domain.data["digest"]:
            return []
        domain.data["digest"] = digest
        return sorted(env.found_docs)

    def finder(self, env: BuildEnvironment) -> Finder:
        """Return what finds terms in this edition's text."""
        if self._find is None:
            shown = [entry for entries in _shown_domain(env).terms.values() for entry in entries]
            termbase = _termbase(env)
            source = next((term.language for term in termbase), "")
            surfaces = {entry.surface for entry in shown}
            # Without a translation the pages are in the language of the source,
            # whatever the language of the user interface (English, unless it is set).
            untranslated = not all(map(str.isascii, surfaces)) and all(
                surface in surfaces for surface in (term.surface for term in termbase)
            )
            if _base(env.config.language) == source or untranslated:
                self._find = SourceFinder(termbase, shown, source)
            else:
                self._find = EquivalentFinder(shown)
        return self._find

    def resolve(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Add links, tooltips or page marks to a document (``doctree-resolved``)."""
        if app.builder.format not in {"html", "latex"}:
            return
        paper = app.builder.format == "latex"
        tooltips = app.config.termbase_tooltips and not paper and app.builder.name != "epub"
        pages: dict[str, _Chapter] = {}
        tips: dict[str, Shown] = {}
        for chapter_name, block in list(_blocks(doctree, docname)):
            # One page of HTML may hold several chapters (singlehtml); links start from the page.
            chapter = pages.get(chapter_name)
            if chapter is None:
                chapter = pages[chapter_name] = _Chapter(app, docname, chapter_name)
            if isinstance(block, nodes.paragraph) and chapter.autolink:
                references = self._link(app, chapter, block)
            else:
                references = list(block.findall(nodes.reference))
            for reference in references:
                entry = chapter.entry_of(reference)
                if entry is None:
                    continue
                if tooltips and not isinstance(reference.parent, nodes.Titular):
                    tips[entry.node_id] = entry
                    reference["termbase_tip"] = f"termbase-tip-{entry.node_id}"
                    reference["classes"].append("termbase-link")
                if paper and chapter.first(entry) and isinstance(block, nodes.paragraph):
                    mark = termbase_page("", label=f"{entry.docname}:{entry.node_id}")
                    reference.parent.insert(reference.parent.index(reference) + 1, mark)
        if tips:
            doctree += termbase_tips(tips=[(f"termbase-tip-{k}", v) for k, v in tips.items()])

    def _link(
        self, app: Sphinx, chapter: _Chapter, block: nodes.paragraph
    ) -> list[nodes.reference]:
        """Link the first uses in one paragraph; return all its references in their order."""
        pieces = list(_pieces(block))
        written = "".join(piece.text for piece in pieces)
        find = self.finder(app.env)
        due = {entry for entry in find.mentioned(written) if chapter.wants(entry)}
        spans: list[Span] = []
        if due:
            text, offsets = _joined(written)
            spans = sorted(
                Span(offsets[span.start], offsets[span.end - 1] + 1, span.shown)
                for span in find(chapter.name, text, due)
                if span.shown in due
            )
        references: list[nodes.reference] = []
        start = 0
        for piece in pieces:
            end = start + len(piece.text)
            if not piece.linkable:
                references += chapter.note(piece.node)
            elif spans:
                # A use that emphasis cuts in two would need two links: the next use is taken.
                inside = [span for span in spans if start <= span.start and span.end <= end]
                references += _link_text(chapter, piece, start, inside)
            start = end
        return references


def _link_text(
    chapter: _Chapter, piece: _Piece, start: int, spans: list[Span]
) -> list[nodes.reference]:
    """Put links into a Text node that begins at ``start``, and return them."""
    replacement: list[nodes.Node] = []
    references: list[nodes.reference] = []
    position = 0
    for span in spans:
        if not chapter.wants(span.shown):
            continue
        chapter.linked.add(span.shown)
        begin, end = span.start - start, span.end - start
        if begin > position:
            replacement.append(nodes.Text(piece.text[position:begin]))
        references.append(chapter.reference(span.shown, nodes.Text(piece.text[begin:end])))
        replacement.append(references[-1])
        position = end
    if references:
        if position < len(piece.text):
            replacement.append(nodes.Text(piece.text[position:]))
        cast("nodes.Element", piece.node.parent).replace(piece.node, replacement)
    return references


class _Chapter:
    """What has been linked so far in one chapter, and how links are made from it."""

    def __init__(self, app: Sphinx, page: str, name: str) -> None:
        self.app = app
        self.page = page
        self.name = name
        self.linked: set[Shown] = set()
        self.marked: set[Shown] = set()
        # A colophon or a quoted text may say no in its front matter.
        wish = str(app.env.metadata[name].get("termbase_autolink", True)).lower()
        self.autolink = app.config.termbase_autolink and wish not in {"false", "no", "off", "0"}
        self._shelf = _shown_domain(app.env).by_id
        self._here = [docname for docname in dict.fromkeys((page, name)) if docname in self._shelf]
        self._documents: dict[str, str] = {}
        for docname in self._shelf:
            try:
                self._documents[app.builder.get_relative_uri(page, docname)] = docname
            except NoUri:
                continue  # this book is made without its glossary
        self._reachable = set(self._documents.values())

    def entry_of(self, reference: nodes.reference) -> Shown | None:
        """Return the term to which a reference leads."""
        uri, _, identifier = reference.get("refuri", "").rpartition("#")
        if "refid" in reference:
            uri, identifier = "", reference["refid"]
        if uri in self._documents:
            return self._shelf[self._documents[uri]].get(identifier)
        if not uri:
            for docname in self._here:
                if identifier in self._shelf[docname]:
                    return self._shelf[docname][identifier]
        return None

    def wants(self, entry: Shown) -> bool:
        """Tell whether a first link to the term is still due here."""
        return (
            entry not in self.linked
            and entry.docname in self._reachable
            and entry.docname not in {self.name, self.page}
        )

    def note(self, node: nodes.Node) -> list[nodes.reference]:
        """Take note of the explicit references in a node and return them."""
        if isinstance(node, nodes.literal):
            return []
        references = list(node.findall(nodes.reference))
        for reference in references:
            entry = self.entry_of(reference)
            if entry is not None:
                self.linked.add(entry)
        return references

    def first(self, entry: Shown) -> bool:
        """Tell, once, that a term has not been marked in this chapter."""
        if entry in self.marked or entry.docname == self.name:
            return False
        self.marked.add(entry)
        return True

    def reference(self, entry: Shown, words: nodes.Text) -> nodes.reference:
        """Return a link to the term's definition."""
        return make_refnode(
            self.app.builder, self.page, entry.docname, entry.node_id, cast("Any", words)
        )


def _shown_domain(env: BuildEnvironment) -> ShownDomain:
    return cast("ShownDomain", env.get_domain(ShownDomain.name))


def _termbase(env: BuildEnvironment) -> Termbase:
    from .glossary import termbase

    return termbase(env)


def _base(language: str) -> str:
    return language.replace("-", "_").split("_", maxsplit=1)[0]


# --- the small print of the glossary ----------------------------------------------------------

_LABELS = {
    "ja": {"avoid": "避ける表記", "separator": "、", "colon": "："},
    "en": {"avoid": "Avoid", "separator": ", ", "colon": ": "},
}


def equivalents(app: Sphinx) -> dict[tuple[str, str], str]:
    """Return (term, language) → equivalent, from the catalogs of the glossaries.

    A catalog that cannot be read is passed over here: the checks report it.
    """
    termbase = _termbase(app.env)
    surfaces = tuple(term.surface for term in termbase)
    found = {
        (term.surface, language): text
        for term in termbase
        for language, text in term.equivalents.items()
    }
    for docname in _shown_domain(app.env).terms:
        domain = docname_to_domain(docname, app.config.gettext_compact)
        for directory in app.config.locale_dirs:
            for folder in sorted((app.srcdir / directory).glob("*/LC_MESSAGES")):
                path = folder / f"{domain}.po"
                if not path.is_file():
                    continue
                for surface, text in _translations(path, path.stat().st_mtime_ns, surfaces):
                    found.setdefault((surface, folder.parent.name), text)
    return found


def definitions(app: Sphinx) -> dict[str, str]:
    """Return term → definition as plain text, in the language of this edition."""
    shown = {
        entry.node_id: entry
        for entries in _shown_domain(app.env).terms.values()
        for entry in entries
    }
    found: dict[str, str] = {}
    for term in _termbase(app.env):
        for node_id in node_ids(app, term):
            if node_id in shown:
                found.setdefault(term.surface, shown[node_id].definition)
    return found


@functools.lru_cache(maxsize=64)
def _translations(
    path: Path, _changed: int, surfaces: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    # Only here: a book in one language does not pay for the reader of catalogs.
    from .po import CatalogError, equivalents_from, read_catalog

    try:
        return tuple(equivalents_from(read_catalog(path), surfaces).items())
    except CatalogError:
        return ()


def _phrase(kind: str, text: str, language: str = "") -> nodes.inline:
    classes = [f"termbase-{kind}"]
    if language:
        # docutils turns this class into the attribute lang.
        classes.append(f"language-{language}")
    return nodes.inline("", text, classes=classes)


@uncollected()
def annotate_glossaries(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Show reading, equivalents and avoided forms in the glossary (``doctree-resolved``)."""
    if app.builder.format not in {"html", "latex"}:
        return
    entries = list(_entries(doctree))
    if not entries:
        return
    by_id = {node_id: term for term in _termbase(app.env) for node_id in node_ids(app, term)}
    translations: dict[str, list[tuple[str, str]]] = {}
    for (surface, other), text in sorted(equivalents(app).items()):
        translations.setdefault(surface, []).append((other, text))
    language = _base(app.config.language)
    paper = app.builder.format == "latex"
    done: set[int] = set()
    for head, definition in entries:
        term = next((by_id[node_id] for node_id in head["ids"] if node_id in by_id), None)
        if term is None or id(definition) in done:
            continue
        done.add(id(definition))  # further headwords share it
        phrases = _facts(term, plain(head.astext()), language)
        phrases += [
            _phrase("equivalent", text, other)
            for other, text in translations.get(term.surface, ())
            if other != language and text != term.surface
        ]
        if phrases:
            line = nodes.paragraph("", "", phrases[0], classes=["termbase-meta"])
            for phrase in phrases[1:]:
                line += [nodes.Text(" · "), phrase]
            definition.insert(0, [line, _together()] if paper else [line])
        avoided = [variant.surface for variant in term.forms(Status.DEPRECATED, language)]
        if avoided:
            labels = _LABELS.get(language, _LABELS["en"])
            line = nodes.paragraph("", "", classes=["termbase-avoid"])
            line += _phrase("label", labels["avoid"] + labels["colon"])
            line += _phrase("forms", labels["separator"].join(avoided))
            definition.extend([_together(), line] if paper else [line])


def _together() -> nodes.raw:
    """Return what keeps two paragraphs on one page of paper; other writers pass it over."""
    return nodes.raw("", r"\nopagebreak", format="latex")


def _facts(term: Term, shown: str, language: str) -> list[nodes.inline]:
    """Return the reading and, where the page shows a translation, the source term."""
    source = term.language if language != term.language else ""
    facts = []
    if source and shown != term.surface:
        facts.append(_phrase("equivalent", term.surface, source))
    if term.reading and term.reading != term.surface and (facts or not source):
        facts.append(_phrase("reading", term.reading, source))
    return facts


def node_ids(app: Sphinx, term: Term) -> list[str]:
    """Return the ids under which the glossary shows a term: one for each headword.

    The standard domain keeps them under the words of the source, also where
    the page shows a translation.
    """
    objects = app.env.domains.standard_domain.objects
    headwords = term.forms(Status.PREFERRED, term.language)
    surfaces = (term.surface, *(headword.surface for headword in headwords))
    return [objects["term", each][1] for each in surfaces if ("term", each) in objects]


# --- writers ----------------------------------------------------------------------------------


def visit_page_latex(translator: LaTeXTranslator, node: termbase_page) -> None:
    """Write the page mark."""
    translator.body.append(rf"\termbasepage{{{node['label']}}}")
    raise nodes.SkipNode


def visit_tips_html(translator: HTML5Translator, node: termbase_tips) -> None:
    """Write the definitions of a page, hidden until their link is pointed at."""
    translator.body.append('<div class="termbase-tips">\n')
    for identifier, shown in node["tips"]:
        translator.body.append(
            f'<div class="termbase-tip" id="{html.escape(identifier)}" role="tooltip" hidden>'
            f"{html.escape(shown.definition)}</div>\n"
        )
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def skip(_translator: nodes.NodeVisitor, _node: nodes.Node) -> None:
    """Write nothing."""
    raise nodes.SkipNode


def depart(_translator: nodes.NodeVisitor, _node: nodes.Node) -> None:
    """Do nothing: the visit skips the departure."""


def visit_reference_html(translator: HTML5Translator, node: nodes.reference) -> None:
    """Write a reference as Sphinx does, and name its tooltip."""
    type(translator).visit_reference(translator, node)
    if "termbase_tip" in node:
        # Sphinx has no way to give a link further attributes; the tag was written just now.
        opening = translator.body[-1]
        attribute = f' aria-describedby="{html.escape(node["termbase_tip"])}"'
        translator.body[-1] = re.sub(r"^(\s*<a\b)", rf"\1{attribute}", opening, count=1)


def depart_reference_html(translator: HTML5Translator, node: nodes.reference) -> None:
    """Close the link as Sphinx does."""
    type(translator).depart_reference(translator, node)


LATEX_PACKAGE = r"""\NeedsTeXFormat{LaTeX2e}
\ProvidesPackage{termbase}[2026/01/01 Marks at the first use of a term]
% Redefine \termbasepage in the preamble to give the mark another form.
\newcommand*{\termbasepage}[1]{\nobreak\hspace{.1em}%
  \textsuperscript{\normalfont\scriptsize p.\pageref{\detokenize{#1}}}}
\expandafter\newcommand\csname DUroletermbase-reading\endcsname[1]{{\small #1}}
\expandafter\newcommand\csname DUroletermbase-equivalent\endcsname[1]{{\small #1}}
\expandafter\newcommand\csname DUroletermbase-label\endcsname[1]{{\small #1}}
\expandafter\newcommand\csname DUroletermbase-forms\endcsname[1]{{\small #1}}
"""


def provide_files(app: Sphinx) -> None:
    """Give the builder the style sheet, the script or the LaTeX package (``builder-inited``)."""
    if app.builder.format == "latex":
        app.outdir.mkdir(parents=True, exist_ok=True)
        (app.outdir / "termbase.sty").write_text(LATEX_PACKAGE, encoding="utf-8")
    elif app.builder.format == "html":
        # Single files: an EPUB without tooltips has no use for the script.
        app.config.html_static_path.append(str(STATIC / "termbase.css"))
        app.add_css_file("termbase.css")
        if app.config.termbase_tooltips and app.builder.name != "epub":
            app.config.html_static_path.append(str(STATIC / "termbase.js"))


def add_script(
    app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Load the script on pages with tooltips only (``html-page-context``)."""
    if 'class="termbase-tips"' in context.get("body", ""):
        app.add_js_file("termbase.js", loading_method="defer")


def connect(app: Sphinx) -> None:
    """Register links, tooltips and the glossary's small print with Sphinx.

    ``termbase_autolink``: the first use of a term in a chapter links to the
    glossary (default true; ``termbase_autolink: false`` in the front matter
    of a document switches it off there).  ``termbase_tooltips``: links to a term show its
    definition in HTML (default true).
    """
    linker = Linker()
    app.add_config_value("termbase_autolink", default=True, rebuild="env", types=frozenset({bool}))
    app.add_config_value("termbase_tooltips", default=True, rebuild="env", types=frozenset({bool}))
    app.add_domain(ShownDomain)
    app.add_node(termbase_page, latex=(visit_page_latex, depart))
    app.add_node(termbase_tips, html=(visit_tips_html, depart))
    app.add_node(
        nodes.reference, override=True, html=(visit_reference_html, depart_reference_html)
    )
    app.add_latex_package("termbase")
    app.connect("builder-inited", provide_files)
    app.connect("env-updated", linker.refresh)
    app.connect("doctree-resolved", linker.resolve)
    app.connect("doctree-resolved", annotate_glossaries)
    app.connect("html-page-context", add_script)
