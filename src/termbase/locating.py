"""Where in a source file the text of a block stands, character by character.

A document tree tells roughly in which line a block begins; it does not tell
where its characters are.  This module finds them: the pieces of a block
(prose, and what is masked) are laid along the source in order, and between two
pieces only markup may stand.  It knows Markdown and reStructuredText markup,
and neither Sphinx nor docutils.

It is asked only for documents in which something was found, so that a clean
book does not pay for exact positions.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from bisect import bisect_right
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from .normal import MASK, joins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Places = tuple[tuple[int, int], ...]


#: Kinds of pieces that a reader does not read at their place.
_BESIDE = frozenset({"note", "tooltip"})
#: A line break in running text, with the white space around it.
_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")


class Piece(NamedTuple):
    """A part of a block.

    ``kind`` is ``text`` (prose), ``sic`` (prose that is quoted on purpose),
    ``mask`` (shown, not judged) or ``note`` (not shown at this place, such as
    the explanation of an abbreviation; it only keeps the alignment exact);
    ``tooltip`` is a note that is the title of a link or picture.
    """

    kind: str
    text: str


class Block(NamedTuple):
    """The text of one block as the document tree gives it.

    ``line`` is the line the tree claims (0 where it claims none), ``sic`` the
    extents in ``text`` that are quoted on purpose, ``allowed`` the numbers of
    the suppressions that reach this block, ``parent`` the block and piece in
    which this text stands (for alternative texts and explanations).
    """

    path: str
    line: int
    surface: str
    text: str
    pieces: tuple[Piece, ...]
    sic: tuple[tuple[int, int], ...] = ()
    allowed: tuple[int, ...] = ()
    parent: tuple[int, int] | None = None


_SOFT_BREAK = r"\\?[ \t]*\r?\n(?:[ \t>|]*)"
_GAP = (
    r"(?:"
    r"[*_~^]+"
    r"|!?\["
    r"|\](?:\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\]\n]*\]|(?=[^(\[]|$))"
    r"|\{[^{}\n]*\}(?=`)|:[A-Za-z][\w:.+-]*:(?=`)"
    r"|[ \t]*<[^<>`\n]*>`+_{0,2}|`+_{0,2}(?::[A-Za-z][\w:.+-]*:(?!`))?"
    r"|\{[^{}\n]*\}"
    r"|</?[A-Za-z][^<>]*>|<!--.*?-->|<(?=\w+:)|>"
    r"|\\[ \n]?|&\w+;"
    r"|[ \t]*\(|\)(?=`)"
    r"|" + _SOFT_BREAK + r"|[ \t]+"
    r")*"
)
_MASK = (
    r"(?:"
    r"`[^`]+`_{0,2}|``.+?``|```.+?```"
    r"|\$\$?[^$]+\$\$?"
    r"|<[A-Za-z][^<>\s]*>"
    r"|\[\^?[#*]?[^\]\n]*\]_?"
    r"|\{\{.*?\}\}|\|[^|\n]+\|_{0,2}"
    r"|\w+://\S+?"
    r")"
)
_LOOSE_GAP = re.compile(r"(?:(?!\n[ \t]*\n).)*", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")
_BREAK = re.compile(r"\\?[ \t]*\n[ \t>]*")
_NULL = re.compile("\x00[ \n]?")
_NOTE_GAP = re.compile(
    r"[*_]*(?:\]\(\S+\s+[\"'(]|\)?\s+[\"'(]|[ \t]*\("
    r"|[ \t]*<(?:\w+:\s*)?!?|[^\n]*[;,]\s*(?:\w+:\s*)?)"
)
_ROLE_SPAN = re.compile(r"`{0,2}[ \t*_]*(?:\{[^{}\n]*\}|:[A-Za-z][\w:.+-]*:)`[^`]*`")
_BLANK = re.compile(r"\n[ \t>]*\n")
_DEFINITION = re.compile(r"^[ >]*\[[^\]\n]+\]:[ \t]*\S+\s+[\"'(]", re.MULTILINE)
#: Where the text of an option begins, by surface.
_MARKS = {
    "alt": re.compile(r"^[\s>:-]*alt\s*:\s*", re.MULTILINE),
    "toctree-caption": re.compile(r"^[\s>:-]*caption\s*:\s*", re.MULTILINE),
    "page-title": re.compile(r"^\s*:?(?:title|subtitle)\s*:\s*", re.MULTILINE),
    "description": re.compile(
        r"^\s*:?[\"']?(?:description|abstract|keywords|property|og:)[^:\n]*:\s*", re.MULTILINE
    ),
}


@functools.cache
def _gap(masked: int) -> re.Pattern[str]:
    """Return what may stand between two pieces, *masked* ones in between not found.

    Compiled when it is first asked for: a clean book never asks.
    """
    between = r"(?:" + _MASK + _GAP + r"){0," + str(masked) + "}" if masked else ""
    return re.compile(_GAP + between, re.DOTALL)


_LONGEST_OPTIONS = 40
_LONGEST_GAP = 3000
_NEAR = 6
#: Typographic characters and what a writer may have typed for them.
_TYPED = {
    "“": ('"',),
    "”": ('"',),
    "‘": ("'",),
    "’": ("'",),
    "…": ("...",),
    "–": ("--",),
    "—": ("---",),
    "‣": ("-->",),
}


class Source:
    """The text of one file, and a cursor that follows its blocks in order."""

    def __init__(self, text: str, *, markdown: bool = True) -> None:
        """Take the text of the file over, and whether it is Markdown."""
        self.markdown = markdown
        self.text = text
        self._starts = [0]
        self._starts.extend(match.end() for match in re.finditer("\n", text))
        self._cursor = 0

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def _offset(self, line: int) -> int:
        if line < 1:
            return 0
        return self._starts[min(line, len(self._starts)) - 1]

    def lay(self, block: Block) -> list[list[int]] | None:
        """Return for each piece of *block* the offsets of its characters.

        The block is looked for at the line the tree claims and after the block
        before it; where that fails, everywhere.  None means that the text is
        not in this file (it was generated, or substituted).
        """
        begin = self._begin(block)
        near = max(self._cursor, begin)
        if not self.markdown and block.surface == "table" and "\n" in block.pieces[0].text:
            laid = self._grid(block)
            if laid is not None:
                return laid
        for start in dict.fromkeys((near, self._cursor, begin, 0)):
            for mode in ("strict", "loose", "partial"):
                laid = self._search(block.pieces, start, mode)
                if laid is None:
                    continue
                laid = self._nearer(block, laid, begin)
                self._cursor = _last(block.pieces, laid) + 1
                return laid
        return self._crumbs(block.pieces, near)

    def within(self, block: Block, outer: list[list[int]]) -> list[list[int]] | None:
        """Return where the words of an alternative text with markup stand in its block.

        *outer* is where the pieces of the block around it stand; the one this
        text belongs to was not found as it is read, or none was.
        """
        number = block.parent[1] if block.parent else 0
        before = [offsets[-1] + 1 for offsets in outer[:number] if offsets]
        after = [offsets[0] for offsets in outer[number + 1 :] if offsets]
        if before:
            start = before[-1]
        elif after:
            start = self._block_start(after[0])
        else:
            start = max(self._cursor, self._offset(block.line))
        kept = self._cursor
        laid = self._crumbs(block.pieces, start)
        # The blocks that follow are looked for after this one, wherever that ends.
        self._cursor = kept
        stop = after[0] if after else self._block_end(start)
        return laid if laid is not None and _first(laid) < stop else None

    def _crumbs(self, pieces: Sequence[Piece], start: int) -> list[list[int]] | None:
        """Return where the words of a text stand of which some were exchanged.

        Typographic replacement ((c) for ©) and the like leave most of a text as
        it was typed: its words are laid one by one, and the rest goes with them.
        """
        crumbs: list[Piece] = []
        owners: list[int] = []
        for number, piece in enumerate(pieces):
            texts = re.findall(r"\w+|\W+", piece.text) if piece.kind == "text" else [piece.text]
            crumbs.extend(Piece(piece.kind, text) for text in texts)
            owners.extend([number] * len(texts))
        laid = self._search(crumbs, start, "partial")
        if laid is None:
            return None
        result: list[list[int]] = [[] for _ in pieces]
        last = _first(laid)
        for owner, crumb, offsets in zip(owners, crumbs, laid, strict=True):
            result[owner].extend(offsets or [last] * len(crumb.text))
            last = offsets[-1] if offsets else last
        self._cursor = last + 1
        return result

    def _begin(self, block: Block) -> int:
        """Return the offset from which on the text of a block may stand.

        MyST names the first line of a block.  docutils names the line of a
        title's underline, and for some directives the line after them.
        """
        line = block.line
        if line and not self.markdown:
            line = max(line - (2 if block.surface == "title" else 1), 1)
        begin = self._offset(line)
        mark = _MARKS.get(block.surface)
        if mark is not None and block.parent is None:
            match = mark.search(self.text, begin)
            if match and self.place(match.start())[0] - max(line, 1) <= _LONGEST_OPTIONS:
                return match.end()
        return begin

    def _grid(self, block: Block) -> list[list[int]] | None:
        """Return the offsets of a cell of several lines in a reST grid or simple table.

        The lines of neighbouring cells stand between its own; what tells them
        apart is the column on the page, in which a Japanese character counts two.
        """
        lines = block.pieces[0].text.split("\n")
        if len(block.pieces) > 1:
            return None
        start = max(self._cursor, self._offset(max(block.line - 1, 1)))
        for begin, offsets in self._occurrences(lines[0], start):
            number, column = self.place(begin)
            width = _width_of(self.text[begin - column + 1 : begin])
            result = list(offsets)
            for count, line in enumerate(lines[1:], start=1):
                row = self._offset(number + count)
                text = self.text[row : self._offset(number + count + 1) or None]
                shift = next(
                    (i for i in range(len(text)) if _width_of(text[:i]) >= width), len(text)
                )
                if not text.startswith(line, shift):
                    break
                result.append(offsets[-1] + 1)
                result.extend(range(row + shift, row + shift + len(line)))
            else:
                self._cursor = offsets[-1] + 1
                return [result]
        return None

    def _nearer(self, block: Block, laid: list[list[int]], begin: int) -> list[list[int]]:
        """Return another reading, where the first is far from the claimed line."""
        line = self.place(_first(laid))[0]
        here = self.place(self._cursor)[0]
        if not block.line or line - block.line <= _NEAR or line - here <= _NEAR:
            return laid
        other = self._search(block.pieces, begin, "strict")
        if other is not None and abs(self.place(_first(other))[0] - block.line) <= _NEAR:
            return other
        return laid

    def _search(self, pieces: Sequence[Piece], start: int, mode: str) -> list[list[int]] | None:
        anchor = next(
            (i for i, p in enumerate(pieces) if p.text.strip() and p.kind in {"text", "sic"}), -1
        )
        first_mask = next(
            (i for i, p in enumerate(pieces) if p.text.strip() and p.kind != "tooltip"), -1
        )
        leads = [first_mask, anchor]
        if mode == "partial":
            # The beginning may have been exchanged: any word may lead.
            leads += [i for i, p in enumerate(pieces) if p.kind == "text" and p.text.strip()]
        for lead in dict.fromkeys(leads):
            if lead < 0:
                continue
            for _, offsets in self._occurrences(pieces[lead].text, start):
                laid = self._follow(pieces, lead, offsets, mode)
                if laid is not None:
                    return laid
        return None

    def _occurrences(self, text: str, start: int) -> Iterator[tuple[int, list[int]]]:
        """Yield every place at or after *start* where *text* can be read."""
        head = text.lstrip()[:1]
        padding = len(text) - len(text.lstrip())
        if head in _TYPED or not head:
            candidates: Iterator[int] = iter(range(start, len(self.text)))
        else:
            candidates = self._heads(head, start)
        for begin in candidates:
            offsets = self._walk(text[padding:], begin)
            if offsets is not None:
                yield begin, [offsets[0]] * padding + offsets

    def _heads(self, head: str, start: int) -> Iterator[int]:
        plain = self.text.find(head, start)
        entity = self.text.find("&", start)
        while plain >= 0 or entity >= 0:
            if entity < 0 or 0 <= plain <= entity:
                yield plain
                plain = self.text.find(head, plain + 1)
                if plain == entity and entity >= 0:
                    entity = self.text.find("&", entity + 1)
            else:
                yield entity
                entity = self.text.find("&", entity + 1)

    def _follow(
        self,
        pieces: Sequence[Piece],
        lead: int,
        offsets: list[int],
        mode: str,
    ) -> list[list[int]] | None:
        laid: list[list[int]] = [[] for _ in pieces]
        laid[lead] = offsets
        end = offsets[-1] + self._width(offsets[-1])
        masked = 0
        for index in range(lead + 1, len(pieces)):
            piece = pieces[index]
            if not piece.text:
                masked += piece.kind == "mask"
                continue
            if not piece.text.strip():
                continue
            if piece.kind in {"note", "tooltip"}:
                laid[index] = aside = self._note(piece, end) or []
                if aside and end <= aside[0] < self._block_end(end):
                    end = aside[-1] + self._width(aside[-1])
                continue
            strict = mode == "strict" or piece.kind == "mask"
            found = self._next(piece.text, end, masked=masked, strict=strict)
            if found is None and piece.kind == "mask":
                # What a role shows may differ from what is typed ({samp}`a{b}`).
                span = _ROLE_SPAN.match(self.text, end)
                if span is not None and not masked:
                    end = span.end()
                    continue
            if found is None:
                if piece.kind == "mask" or mode == "partial":
                    masked += 1
                    continue
                return None
            laid[index] = found
            end = found[-1] + self._width(found[-1])
            masked = 0
        return laid

    def _next(self, text: str, end: int, *, masked: int, strict: bool) -> list[int] | None:
        """Return the offsets of *text* after *end*, with nothing but markup between."""
        lead = len(text) - len(text.lstrip())
        here = self._walk(text, end)
        if here is not None and (not masked or not strict):
            return here
        gaps = [_gap(min(masked, 4))]
        if not strict:
            gaps.append(_LOOSE_GAP)
        for gap in gaps:
            for begin, offsets in self._occurrences(text[lead:], end):
                if begin - end > _LONGEST_GAP:
                    break
                if gap.fullmatch(self.text, end, begin):
                    return [max(end, begin - lead + i) for i in range(lead)] + offsets
        return None

    def _note(self, piece: Piece, end: int) -> list[int] | None:
        """Return the offsets of a title, an explanation or an index entry after *end*.

        The title of a link may stand in the definition of its label instead.
        """
        close = self._block_end(end)
        first: list[int] | None = None
        for begin, offsets in self._occurrences(piece.text, end):
            if begin > close:
                break
            if _NOTE_GAP.fullmatch(self.text, end, begin):
                return offsets
            first = first or offsets
        if piece.kind == "note":
            return first
        for match in _DEFINITION.finditer(self.text):
            offsets_ = self._walk(piece.text, match.end())
            if offsets_ is not None:
                return offsets_
        return None

    def _block_start(self, offset: int) -> int:
        starts = [match.end() for match in _BLANK.finditer(self.text, 0, offset)]
        return starts[-1] if starts else 0

    def _block_end(self, offset: int) -> int:
        match = _BLANK.search(self.text, offset)
        return match.start() if match else len(self.text)

    def _width(self, offset: int) -> int:
        match = _ENTITY.match(self.text, offset)
        return match.end() - offset if match else 1

    def _walk(self, text: str, begin: int) -> list[int] | None:  # noqa: C901
        """Return where each character of *text* stands from *begin* on, or None."""
        source = self.text
        if source.startswith(text, begin) and "&" not in text and "\n" not in text:
            return list(range(begin, begin + len(text)))
        offsets: list[int] = []
        position = begin
        for character in text:
            if character in " \n\t":
                match = _BREAK.match(source, position)
                if match is not None:
                    offsets.append(position)
                    position = match.end()
                elif position < len(source) and source[position] in " \t":
                    offsets.append(position)
                    position += 1
                elif offsets and source[position - 1 : position] in (" ", "\t", "\n", ">"):
                    offsets.append(position - 1)
                else:
                    return None
                continue
            entity = _ENTITY.match(source, position)
            if entity is not None and html.unescape(entity.group()) == character:
                offsets.append(position)
                position = entity.end()
                continue
            if source.startswith(character, position):
                offsets.append(position)
                position += 1
                continue
            skipped = self._skip(position)
            if skipped is not None and source.startswith(character, skipped):
                offsets.append(skipped)
                position = skipped + 1
                continue
            typed = next(
                (t for t in _TYPED.get(character, ()) if source.startswith(t, position)), None
            )
            if typed is None:
                return None
            offsets.append(position)
            position += len(typed)
        return offsets or None

    def _skip(self, position: int) -> int | None:
        """Return where reading goes on after an escape or a joined line break."""
        match = _BREAK.match(self.text, position)
        if match is not None:
            return match.end()
        if self.text.startswith("\\", position):
            after = position + 1
            return after + 1 if self.text[after : after + 1] in {" ", "\n"} else after
        return None


def _width_of(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _first(laid: list[list[int]]) -> int:
    return next(offsets[0] for offsets in laid if offsets)


def _last(pieces: Sequence[Piece], laid: list[list[int]]) -> int:
    """Return where the reading of a block ends.

    A title counts only between the pieces of its block: it may stand far below
    in the definition of its label, and the blocks in between come next.
    """
    running = [
        offsets[-1]
        for piece, offsets in zip(pieces, laid, strict=True)
        if offsets and piece.kind != "tooltip"
    ]
    return max(running or [offsets[-1] for offsets in laid if offsets])


def reading(pieces: Sequence[Piece]) -> str:
    """Return the text of *pieces* as it is read.

    Soft breaks are joined, masked pieces are one U+FFFC, notes are nothing.
    """
    text = "".join(
        MASK if piece.kind == "mask" else piece.text
        for piece in pieces
        if piece.kind not in _BESIDE
    )
    return _BREAK.sub(_join, text) if "\n" in text else text


def _join(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    inside = start > 0 and end < len(text)
    return " " if inside and not joins(text[start - 1], text[end]) else ""


def joined(pieces: Sequence[Piece]) -> tuple[str, list[tuple[int, int]]]:
    """Return the :func:`reading` of *pieces*, and where each character came from.

    The origin of a character is the number of its piece and the offset in it.
    """
    characters: list[str] = []
    origins: list[tuple[int, int]] = []
    for number, piece in enumerate(pieces):
        if piece.kind in _BESIDE:
            continue
        if piece.kind == "mask":
            characters.append(MASK)
            origins.append((number, 0))
            continue
        characters.extend(piece.text)
        origins.extend(zip(repeat(number), range(len(piece.text)), strict=False))
    text = "".join(characters)
    if "\n" not in text:
        return text, origins
    kept: list[str] = []
    places: list[tuple[int, int]] = []
    position = 0
    for match in _BREAK.finditer(text):
        kept.append(text[position : match.start()])
        places.extend(origins[position : match.start()])
        position = match.end()
        if _join(match):
            kept.append(" ")
            places.append(origins[match.start()])
    kept.append(text[position:])
    places.extend(origins[position:])
    return "".join(kept), places


def locate(blocks: Sequence[Block], sources: dict[str, Source | None]) -> list[Places]:
    """Return the place of every character of the text of every block.

    *blocks* are all blocks of one document in the order of the tree; *sources*
    holds the files they came from (None where a file cannot be read).  What
    cannot be found gets the line that the tree claims and column 1.
    """
    laid: list[list[list[int]] | None] = []
    result: list[Places] = []
    for block in blocks:
        source = sources.get(block.path)
        fallback = (max(block.line, 1), 1)
        pieces: list[list[int]] | None = None
        if source is not None:
            if block.parent is not None:
                outer = laid[block.parent[0]]
                if outer is not None and outer[block.parent[1]]:
                    pieces = [outer[block.parent[1]]]
                else:
                    pieces = source.within(block, outer or [])
                    if outer is not None:
                        fallback = _near(source, outer, block.parent[1]) or fallback
            else:
                pieces = source.lay(block)
        laid.append(pieces)
        if pieces is None or source is None:
            result.append((fallback,) * len(block.text))
            continue
        _, origins = joined(block.pieces)
        places = []
        last = _first(pieces)
        for number, index in origins:
            offsets = pieces[number]
            if index < len(offsets):
                last = offsets[index]
            places.append(source.place(last))
        result.append(tuple(places))
    return result


def _near(source: Source, laid: list[list[int]], number: int) -> tuple[int, int] | None:
    """Return the place of the piece before one that could not be found."""
    for offsets in reversed(laid[:number]):
        if offsets:
            return source.place(offsets[-1])
    return None


def clean(text: str) -> str:
    """Return the text of a node without the marks docutils leaves for escapes."""
    return _NULL.sub("", text) if "\x00" in text else str(text)
