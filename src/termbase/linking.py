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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.errors import NoUri
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import make_refnode

from .inflection import accepted_forms
from .matching import Matcher, Passage
from .morphology import bounded
from .prose import LITERAL_CLASSES
from .terms import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
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


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """A term as this edition's glossary page shows it: translated where a catalog has it."""

    docname: str
    node_id: str
    surface: str
    definition: str


def plain(text: str) -> str:
    """Return ``text`` on one line, without a space between Japanese lines."""
    japanese = r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
    joined = re.sub(rf"(?<={japanese})\s*\n\s*(?={japanese})", "", text)
    return " ".join(joined.split())


class ShownDomain(Domain):
    """The terms of this edition, by document.

    A domain of its own, because ``process_doc`` is the first moment at which
    the translated document is complete, and because a domain is merged after parallel reading.
    """

    name = "termbase_shown"
    label = "terms as this edition shows them"
    initial_data: ClassVar[dict[str, Any]] = {"terms": {}, "digest": ""}
    data_version = 1

    @property
    def terms(self) -> dict[str, list[Shown]]:
        """The terms shown, keyed by document name."""
        return cast("dict[str, list[Shown]]", self.data["terms"])

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


def source_finder(
    termbase: Termbase, shown: Iterable[Shown], language: str
) -> Callable[[str, str], Iterator[Span]]:
    """Return a function that finds the terms in text of the source language."""
    matcher = Matcher(termbase, language)
    by_surface = {entry.surface: entry for entry in shown}
    known = frozenset(by_surface)

    def find(docname: str, text: str) -> Iterator[Span]:
        passage = Passage(docname, text, ((1, 1),) * len(text), language, docname=docname)
        for use in matcher.uses(passage):
            entry = by_surface.get(use.term.surface)
            if entry is not None and _is_word(text, use.start, use.end, known):
                yield Span(use.start, use.end, entry)

    return find


def _is_word(text: str, start: int, end: int, known: frozenset[str]) -> bool:
    """Tell whether a term is a word of its own here and not a chance piece of another.

    For the check a preferred form within any word is harmless, a link is not:
    no link from the ノード in アノード.  Only a neighbour of the same script is a doubt.
    """
    left = start > 0 and _one_script(text[start - 1 : start + 1])
    right = end < len(text) and _one_script(text[end - 1 : end + 1])
    if not left and not right:
        return True
    return bounded(text, start, end, left=left, right=right, known=known)


_ONE_SCRIPT = re.compile("[ァ-ヺー]{2}|[々〆一-鿿]{2}")


def _one_script(pair: str) -> bool:
    return _ONE_SCRIPT.fullmatch(pair) is not None


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


def equivalent_finder(shown: Iterable[Shown]) -> Callable[[str, str], Iterator[Span]]:
    """Return a function that finds translated terms, longest first, in their inflected forms.

    Bad: ``node`` in ``nodemon`` or ``three-node``.  Good: ``nodes``, ``Node``, ``node's``.
    """
    forms = [
        (form, entry)
        for entry in shown
        for form in accepted_forms(entry.surface)
        if form.isascii()
    ]
    forms.sort(key=lambda pair: len(pair[0]), reverse=True)
    if not forms:
        return lambda _docname, _text: iter(())
    alternatives = "|".join(f"({_inflected(form)})" for form, _entry in forms)
    pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])")

    def find(_docname: str, text: str) -> Iterator[Span]:
        for match in pattern.finditer(text):
            _form, entry = forms[cast("int", match.lastindex) - 1]
            yield Span(match.start(), match.end(), entry)

    return find


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


def _joined(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without soft breaks inside Japanese, and each character's old offset."""
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
        self._find: Callable[[str, str], Iterable[Span]] | None = None

    def refresh(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return every document when what the pages show of the terms has changed.

        Without this an incremental build would keep old definitions in the
        tooltips and old links on pages whose own source is unchanged (``env-updated``).
        """
        self._find = None
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

    def finder(self, env: BuildEnvironment) -> Callable[[str, str], Iterable[Span]]:
        """Return the function that finds terms in this edition's text."""
        if self._find is None:
            shown = [entry for entries in _shown_domain(env).terms.values() for entry in entries]
            termbase = _termbase(env)
            source = next((term.language for term in termbase), "")
            if _base(env.config.language) == source:
                self._find = source_finder(termbase, shown, source)
            else:
                self._find = equivalent_finder(shown)
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
                self._link(app, chapter, block)
            references = (
                [block]
                if isinstance(block, nodes.reference)
                else list(block.findall(nodes.reference))
            )
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

    def _link(self, app: Sphinx, chapter: _Chapter, block: nodes.paragraph) -> None:
        """Link the first uses in one paragraph."""
        pieces = list(_pieces(block))
        text, offsets = _joined("".join(piece.text for piece in pieces))
        spans: list[Span] = []
        if any(piece.linkable and piece.text.strip() for piece in pieces):
            spans = sorted(
                Span(offsets[span.start], offsets[span.end - 1] + 1, span.shown)
                for span in self.finder(app.env)(chapter.name, text)
            )
        start = 0
        for piece in pieces:
            end = start + len(piece.text)
            if piece.linkable:
                # A use that emphasis cuts in two would need two links: the next use is taken.
                inside = [span for span in spans if start <= span.start and span.end <= end]
                _link_text(chapter, piece, start, inside)
            else:
                chapter.note(piece.node)
            start = end


def _link_text(chapter: _Chapter, piece: _Piece, start: int, spans: list[Span]) -> None:
    """Replace a Text node that begins at ``start`` by its text with links in it."""
    replacement: list[nodes.Node] = []
    position = 0
    for span in spans:
        if not chapter.wants(span.shown):
            continue
        chapter.linked.add(span.shown)
        begin, end = span.start - start, span.end - start
        if begin > position:
            replacement.append(nodes.Text(piece.text[position:begin]))
        replacement.append(chapter.reference(span.shown, nodes.Text(piece.text[begin:end])))
        position = end
    if not replacement:
        return
    if position < len(piece.text):
        replacement.append(nodes.Text(piece.text[position:]))
    cast("nodes.Element", piece.node.parent).replace(piece.node, replacement)


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
        self._targets: dict[str, Shown] = {}
        for docname, entries in _shown_domain(app.env).terms.items():
            try:
                uri = app.builder.get_relative_uri(page, docname)
            except NoUri:
                continue  # this book is made without its glossary
            for entry in entries:
                self._targets[f"{uri}#{entry.node_id}"] = entry
                if docname in {page, name}:
                    self._targets[f"#{entry.node_id}"] = entry
        self._reachable = set(self._targets.values())

    def entry_of(self, reference: nodes.reference) -> Shown | None:
        """Return the term to which a reference leads."""
        if "refid" in reference:
            return self._targets.get(f"#{reference['refid']}")
        return self._targets.get(reference.get("refuri", ""))

    def wants(self, entry: Shown) -> bool:
        """Tell whether a first link to the term is still due here."""
        return (
            entry not in self.linked
            and entry in self._reachable
            and entry.docname not in {self.name, self.page}
        )

    def note(self, node: nodes.Node) -> None:
        """Take note of the explicit references in a node."""
        for reference in node.findall(nodes.reference):
            entry = self.entry_of(reference)
            if entry is not None:
                self.linked.add(entry)

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
    from .catalogs import CatalogError, equivalents_from, read_catalog

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


def annotate_glossaries(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Show reading, equivalents and avoided forms in the glossary (``doctree-resolved``)."""
    if app.builder.format not in {"html", "latex"}:
        return
    entries = list(_entries(doctree))
    if not entries:
        return
    by_id = {node_id: term for term in _termbase(app.env) for node_id in node_ids(app, term)}
    translations = equivalents(app)
    language = _base(app.config.language)
    done: set[int] = set()
    for head, definition in entries:
        term = next((by_id[node_id] for node_id in head["ids"] if node_id in by_id), None)
        if term is None or id(definition) in done:
            continue
        done.add(id(definition))  # further headwords share it
        phrases = _facts(term, plain(head.astext()), language)
        phrases += [
            _phrase("equivalent", text, other)
            for (surface, other), text in sorted(translations.items())
            if surface == term.surface and other != language and text != term.surface
        ]
        if phrases:
            line = nodes.paragraph("", "", phrases[0], classes=["termbase-meta"])
            for phrase in phrases[1:]:
                line += [nodes.Text(" · "), phrase]
            definition.insert(0, [line, _together()])
        avoided = [variant.surface for variant in term.forms(Status.DEPRECATED, language)]
        if avoided:
            labels = _LABELS.get(language, _LABELS["en"])
            line = nodes.paragraph("", "", classes=["termbase-avoid"])
            line += _phrase("label", labels["avoid"] + labels["colon"])
            line += _phrase("forms", labels["separator"].join(avoided))
            definition.extend([_together(), line])


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
