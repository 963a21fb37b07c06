"""Document tree in, blocks of prose out: what is read and what must not be judged.

The tree is walked before the Locale transform, so that it still holds the
source text: findings of an English edition are those of the Japanese one.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from .locating import Block, Piece, Source, clean, joined, locate, reading
from .matching import Passage
from .normal import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

#: Roles whose text is quoted from a machine: no one may rewrite it.
LITERAL_CLASSES = frozenset(
    [
        "file",
        "kbd",
        "samp",
        "command",
        "program",
        "option",
        "envvar",
        "code",
        "pre",
        "guilabel",
        "menuselection",
        "makevar",
        "mailheader",
        "mimetype",
        "newsgroup",
        "manpage",
        "regexp",
        "literal",
        "accelerator",
        "math",
        "versionmodified",
    ]
)

_NOT_PROSE = (
    nodes.literal_block,
    nodes.doctest_block,
    nodes.math_block,
    nodes.raw,
    nodes.system_message,
    nodes.target,
    nodes.pending,
    nodes.label,
    nodes.field_name,
    nodes.option_group,
    nodes.docinfo,
    nodes.decoration,
    nodes.colspec,
    addnodes.desc_signature,
    addnodes.productionlist,
    addnodes.highlightlang,
    addnodes.tabular_col_spec,
)
_MASKED = (
    nodes.literal,
    nodes.math,
    nodes.footnote_reference,
    nodes.citation_reference,
    nodes.substitution_reference,
    nodes.problematic,
    addnodes.manpage,
    addnodes.number_reference,
)
#: An address in running text. Japanese belongs to it only after a separator:
#: in https://example.com/ホスト, but not in https://example.comのホスト.
_ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(?:[!#-;=?-Z\[\]_a-z~]|(?<=[/=#_%-])[^\s\x00-\x7f、。（）「」]+)+"
)
#: Front matter and document fields that a reader sees.
_FIELDS = frozenset({"title", "subtitle", "description", "abstract"})
_META = re.compile(r"(?:og:|twitter:)?(?:title|description|keywords)$")
_SURFACES: tuple[tuple[type, str], ...] = (
    (nodes.title, "title"),
    (nodes.subtitle, "title"),
    (nodes.caption, "caption"),
    (nodes.term, "term"),
    (nodes.rubric, "title"),
)
_CONTAINERS: tuple[tuple[type, str], ...] = (
    (nodes.entry, "table"),
    (nodes.footnote, "footnote"),
    (nodes.Admonition, "admonition"),
    (nodes.block_quote, "quote"),
    (nodes.list_item, "list"),
    (nodes.definition, "definition"),
)
_ALLOW = re.compile(r"termbase:\s*(?P<verb>\S*)\s*(?P<forms>.*?)(?:\s+--\s*(?P<reason>.*))?$")


#: Files that are no Markdown.
RESTRUCTURED = (".rst", ".txt", ".rest")


class Suppression:
    """What one comment allows in the next block.

    ``forms`` are the avoided forms, ``block`` the number of the block that
    keeps the place of the comment, ``problem`` says what is wrong with it.
    """

    __slots__ = ("block", "forms", "problem")

    def __init__(self, forms: tuple[str, ...], block: int, problem: str) -> None:
        """Keep what was read."""
        self.forms = forms
        self.block = block
        self.problem = problem


class Prose:
    """The blocks of one document, its suppressions and its drawings."""

    __slots__ = ("blocks", "images", "suppressions")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.blocks: list[Block] = []
        self.suppressions: list[Suppression] = []
        self.images: list[str] = []


class _SurfaceOf(dict[type, str]):
    """What a node of each type makes of the text in it, empty where nothing; asked once a type."""

    def __init__(self, surfaces: Sequence[tuple[type, str]]) -> None:
        super().__init__()
        self._surfaces = surfaces

    def __missing__(self, kind: type) -> str:
        names = [name for ancestor, name in self._surfaces if issubclass(kind, ancestor)]
        self[kind] = names[-1] if names else ""
        return self[kind]


_SURFACE_OF = _SurfaceOf(_SURFACES)
_CONTAINED = _SurfaceOf(_CONTAINERS)
_SILENT = _SurfaceOf([(kind, "silent") for kind in _NOT_PROSE])


class Collector:
    """Walks a document tree and gathers its :class:`Prose`."""

    def __init__(self, document: nodes.document, path_of: Callable[[str], str]) -> None:
        """Prepare for *document*; *path_of* turns a node's source into a path."""
        self._document = document
        # Nearly every node names the same file.
        self._path_of = lru_cache(maxsize=None)(path_of)
        self._path = path_of(document.get("source") or "")
        self._prose = Prose()
        self._waiting: list[int] = []
        self._allowed: tuple[int, ...] = ()
        self._line = 0
        self._markdown = not self._path.endswith(RESTRUCTURED)
        self._in_other_file = False
        self._unlined = False

    def collect(self) -> Prose:
        """Return everything readable in the document, in its order."""
        self._children(self._document, "paragraph")
        for number in self._waiting:
            suppression = self._prose.suppressions[number]
            suppression.problem = suppression.problem or "no block follows this comment"
        return self._prose

    def _children(self, node: nodes.Element, surface: str) -> None:
        for child in node.children:
            if isinstance(child, nodes.comment):
                self._comment(child)
            elif isinstance(child, nodes.Element) and not _SILENT[type(child)]:
                self._visit(child, surface)

    def _visit(self, node: nodes.Element, surface: str) -> None:
        if self._waiting and not isinstance(node, (nodes.section, nodes.meta)):
            kept = self._allowed
            self._allowed = (*kept, *self._waiting)
            self._waiting = []
            self._dispatch(node, surface)
            self._allowed = kept
        else:
            self._dispatch(node, surface)

    def _dispatch(self, node: nodes.Element, surface: str) -> None:  # noqa: C901, PLR0912
        if self._claimed(node):
            self._line = self._claimed(node)
        if isinstance(node, nodes.meta):
            name = str(node.get("name", node.get("property", "")))
            if _META.match(name):
                self._plain(node, str(node["content"]), "description")
        elif isinstance(node, nodes.field) and isinstance(node.parent.parent, nodes.document):
            name = node[0].astext().lower() if len(node) else ""
            if name in _FIELDS:
                # MyST writes the value into the place for the name of the source.
                node.source = None
                surface = "page-title" if "title" in name else "description"
                self._plain(node, node[-1].astext(), surface)
        elif isinstance(node, addnodes.toctree):
            if node.get("rawcaption") or node.get("caption"):
                self._plain(node, node.get("rawcaption") or node["caption"], "toctree-caption")
            entries: list[tuple[str | None, str]] = node.get("entries", [])
            for title, _ in entries:
                self._plain(node, title or "", "toctree")
        elif isinstance(node, addnodes.index):
            for entry in node["entries"]:
                self._plain(node, entry[1], "index")
        elif isinstance(node, nodes.image):
            self._image(node)
        elif isinstance(node, nodes.TextElement) and not isinstance(node, nodes.Inline):
            self._block(node, surface)
        elif isinstance(node, nodes.Inline) and not node.children:
            pass
        elif isinstance(node, nodes.Inline):
            self._block(node, surface)
        elif isinstance(node, nodes.table):
            self._table(node, surface)
        else:
            self._children(node, _CONTAINED[type(node)] or surface)

    def _table(self, table: nodes.table, surface: str) -> None:
        kept = self._unlined, self._in_other_file
        self._unlined = self._unlined or _shares_lines(table)
        # MyST gives its place to the table alone; docutils gives to the rest one in the
        # outer file, where the table is in an included one.
        if self._markdown and table.source:
            self._in_other_file = self._path_of(table.source) != self._path
        self._children(table, surface)
        self._unlined, self._in_other_file = kept

    def _where(self, node: nodes.Element) -> tuple[str, int]:
        walker: nodes.Element | None = node
        path = self._path
        while walker is not None:
            if walker.source and not self._is_borrowed(walker):
                path = self._path_of(walker.source)
                break
            walker = walker.parent
        if self._unlined and not isinstance(node, nodes.title):
            return path, 0
        return path, self._claimed(node) or self._line

    def _claimed(self, node: nodes.Element) -> int:
        """Return the line that a node claims for itself, 0 where it claims none."""
        return node.line if node.line and not self._is_borrowed(node) else 0

    def _is_borrowed(self, node: nodes.Element) -> bool:
        """Tell whether docutils made the place up that *node* claims."""
        return bool(
            self._in_other_file and node.source and self._path_of(node.source) == self._path
        )

    def _plain(self, node: nodes.Element, text: str, surface: str) -> None:
        """Add a text that is an attribute of a block, not its content."""
        if text.strip():
            path, line = self._where(node)
            self._add(path, line, surface, [Piece("text", text)])

    def _add(
        self,
        path: str,
        line: int,
        surface: str,
        pieces: Sequence[Piece],
        parent: tuple[int, int] | None = None,
    ) -> None:
        text = reading(pieces)
        if "://" in text:
            text = _ADDRESS.sub(lambda match: MASK * len(match[0]), text)
        sic: list[tuple[int, int]] = []
        if any(piece.kind == "sic" for piece in pieces):
            _, origins = joined(pieces)
            for number, piece in enumerate(pieces):
                if piece.kind == "sic":
                    found = [i for i, origin in enumerate(origins) if origin[0] == number]
                    if found:
                        sic.append((found[0], found[-1] + 1))
        self._prose.blocks.append(
            Block(path, line, surface, text, tuple(pieces), tuple(sic), self._allowed, parent)
        )

    def _image(self, node: nodes.image) -> None:
        self._prose.images.append(node["uri"])
        if node.get("alt"):
            self._plain(node, node["alt"], "alt")

    def _block(self, node: nodes.Element, surface: str) -> None:
        surface = _SURFACE_OF[type(node)] or surface
        pieces: list[Piece] = []
        inner: list[tuple[int, str, str]] = []
        self._inline(node, pieces, inner)
        path, line = self._where(node)
        number = len(self._prose.blocks)
        if any(piece.text.strip() for piece in pieces):
            self._add(path, line, surface, pieces)
            for piece, text, kind_ in inner:
                self._add(path, line, kind_, [Piece("text", text)], (number, piece))

    def _inline(  # noqa: C901, PLR0912 - one branch a construct
        self, node: nodes.Element, pieces: list[Piece], inner: list[tuple[int, str, str]]
    ) -> None:
        entries: list[str] = []
        for child in node.children:
            if isinstance(child, nodes.Text):
                text = clean(child)
                if text in entries:
                    entries.remove(text)
                if text:
                    pieces.append(Piece("text", text))
                if text.strip():
                    self._notes(entries, "index", pieces, inner)
            elif isinstance(child, addnodes.index):
                # Other roles (envvar, option) make entries of their literal text.
                if not isinstance(node, nodes.term) and _before_text(child):
                    entries.extend(entry[1] for entry in child["entries"])
            elif isinstance(child, nodes.image):
                self._prose.images.append(child["uri"])
                alt = child.get("alt", "")
                if alt:
                    inner.append((len(pieces), alt, "alt"))
                pieces.append(Piece("mask", alt))
                self._notes([child.get("title", "")], "tooltip", pieces, inner)
            elif isinstance(child, nodes.raw):
                if re.match(r"<(?:br|hr|img)\b", child.astext(), re.IGNORECASE):
                    pieces.append(Piece("mask", ""))
            elif (isinstance(child, nodes.target) and not child.children) or isinstance(
                child, nodes.comment
            ):
                continue
            elif isinstance(child, nodes.Element):
                self._element(child, pieces, inner)
        self._notes(entries, "index", pieces, inner)

    def _element(
        self, node: nodes.Element, pieces: list[Piece], inner: list[tuple[int, str, str]]
    ) -> None:
        classes = node.get("classes", ())
        if "sic" in classes:
            pieces.append(Piece("sic", clean(node.astext())))
        elif _is_masked(node):
            pieces.append(Piece("mask", clean(node.astext())))
        else:
            self._inline(node, pieces, inner)
            if isinstance(node, nodes.abbreviation):
                self._notes([node.get("explanation", "")], "abbr", pieces, inner)
            elif isinstance(node, (nodes.reference, addnodes.pending_xref)):
                title = node.get("reftitle") or node.get("title") or ""
                self._notes([title], "tooltip", pieces, inner)

    @staticmethod
    def _notes(
        texts: list[str], surface: str, pieces: list[Piece], inner: list[tuple[int, str, str]]
    ) -> None:
        """Add texts that stand beside the running text, and forget them."""
        for text in texts:
            if text:
                inner.append((len(pieces), text, surface))
                pieces.append(Piece("tooltip" if surface == "tooltip" else "note", text))
        texts.clear()

    def _comment(self, node: nodes.comment) -> None:
        for line in node.astext().splitlines():
            match = _ALLOW.match(line.strip())
            if match is None:
                continue
            problem = ""
            forms = tuple(f for f in re.split(r"\s*[,、，]\s*", match["forms"].strip()) if f)
            if match["verb"] != "allow":
                problem = f"unknown word {match['verb']!r}: write 'allow'"
            elif not forms:
                problem = "no form is named: write 'termbase: allow FORM -- reason'"
            elif not (match["reason"] or "").strip():
                problem = "no reason is given: write 'termbase: allow FORM -- reason'"
            path, number = self._where(node)
            self._prose.suppressions.append(Suppression(forms, len(self._prose.blocks), problem))
            self._add(path, max(number - 1, 0), "suppression", [Piece("mask", line.strip())])
            self._waiting.append(len(self._prose.suppressions) - 1)


def _is_masked(node: nodes.Element) -> bool:  # noqa: PLR0911 - each way out is one rule
    """Tell whether what *node* shows is quoted, not written."""
    classes: set[str] = set(node.get("classes", []))
    if isinstance(node, nodes.literal) and "download" in classes:
        return not node.parent.get("refexplicit", False)
    if isinstance(node, nodes.literal) and "std-numref" in classes:
        return not node.parent.get("refexplicit", False)
    if isinstance(node, _MASKED) or not LITERAL_CLASSES.isdisjoint(classes):
        return True
    if isinstance(node, addnodes.pending_xref):
        shown = node.get("reftype") == "term" or node.get("refexplicit", False)
        return not shown and not (node.get("refdomain") == "" and node.get("reftype") == "myst")
    if isinstance(node, addnodes.download_reference):
        return not node.get("refexplicit", False)
    if isinstance(node, nodes.reference):
        uri = str(node.get("refuri", ""))
        text = node.astext()
        return bool(uri) and _bare(uri) == _bare(text)
    return False


def _before_text(index: addnodes.index) -> bool:
    """Tell whether the text of an ``index`` role follows its entries."""
    following = index.next_node(nodes.target, descend=False, siblings=True)
    after = (following or index).next_node(descend=False, siblings=True)
    return isinstance(after, nodes.Text)


def _shares_lines(table: nodes.table) -> bool:
    """Tell whether head and body claim the same line, which is then nobody's (csv-table)."""
    lines: list[list[int | None]] = []
    for kind in (nodes.thead, nodes.tbody):
        for part in table.findall(kind):
            lines.extend(
                [paragraph.line for paragraph in row.findall(nodes.paragraph)]
                for row in part.findall(nodes.row)
            )
    return any(set(one) & set(other) for one, other in itertools.pairwise(lines))


def _bare(uri: str) -> str:
    """Return an address without its scheme and its escapes, for comparing it with its text."""
    return unquote(uri).removeprefix("mailto:").removeprefix("https://").removeprefix("http://")


class LazyPlaces:
    """The passages of one document; places are located at the first question, all at once."""

    def __init__(self, blocks: Sequence[Block], root: Path) -> None:
        """Take the blocks of a document and the folder their paths start from."""
        self.blocks = blocks
        self._root = root
        self._located: list[tuple[tuple[int, int], ...]] | None = None

    def located(self) -> list[tuple[tuple[int, int], ...]]:
        """Return the place of every character of every block."""
        if self._located is None:
            sources = {
                path: _read(self._root / path) for path in {block.path for block in self.blocks}
            }
            self._located = locate(self.blocks, sources)
        return self._located

    def passages(self, docname: str, language: str) -> Iterator[tuple[Passage, Block]]:
        """Yield the passages with their blocks, in the order of the document."""
        for number, block in enumerate(self.blocks):
            if block.surface != "suppression":
                places = BlockPlaces(self, number)
                yield (
                    Passage(block.path, block.text, places, language, block.surface, docname),
                    block,
                )


class BlockPlaces(Sequence[tuple[int, int]]):
    """The places of one block, a sequence of (line, column)."""

    __slots__ = ("_number", "_owner")

    def __init__(self, owner: LazyPlaces, number: int) -> None:
        """Stand for block *number* of *owner*."""
        self._owner = owner
        self._number = number

    def __len__(self) -> int:
        """Return the length of the text; nothing is located for it."""
        return len(self._owner.blocks[self._number].text)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - int or slice, as in any sequence
        """Return a place, or a tuple of them; the first one asked locates all."""
        return self._owner.located()[self._number][index]


def _read(path: Path) -> Source | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Source(text, markdown=path.suffix not in RESTRUCTURED)
    except (OSError, UnicodeDecodeError):
        return None


class CollectProse(SphinxTransform):
    """Keep the prose of a document before anything rewrites it."""

    # PreserveTranslatableMessages (10) and Locale (20) come after: the text is
    # still the author's, and no smart quote has been put in (750).
    default_priority: ClassVar[int] = 5

    def apply(self, **_kwargs: object) -> None:
        """Collect, unless this is one of the small documents made of a msgstr."""
        from .glossary import domain

        kept = domain(self.env).prose
        docname = self.env.docname
        if docname in kept:
            return
        kept[docname] = Collector(
            self.document, lambda source: source_path(source, self.env.srcdir)
        ).collect()


def source_path(source: str, srcdir: str | os.PathLike[str]) -> str:
    """Return the path of a source file as seen from the source folder."""
    # docutils writes "file:docstring of x" for generated text.
    path = Path(source.split(":docstring", 1)[0])
    if not path.is_absolute():
        inside = Path(srcdir) / path
        path = inside if inside.exists() else Path.cwd() / path
    return Path(os.path.relpath(path, srcdir)).as_posix()
