"""What a translation may not bring into the pages of a book.

A message is compared with its source, construct by construct, as the parser
of the source reads both.  Whatever the source has in identical form is the
author's decision; all else that could be more than prose is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

from . import markup as _markup
from .markup import LITERAL_ROLES, MASK, TEXT_ROLES, Piece, Reading, is_reference_role
from .matching import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .po import Entry


_TAG_LIKE = re.compile(r"<[a-zA-Z!/?][^\s<>]*")
_SCHEMES = (
    "https? ftps? sftp file wss? ssh git svn irc ircs telnet ldaps? gopher blob filesystem"
    " view-source chrome about intent jar ms-\\w+"
).replace(" ", "|")
# A URL ends where ASCII ends: Japanese text follows it without a space.
_COLON = r":[!#-&(-;=?-~]+"
_REST = r"[!#-&(-;=?-~]"
_URL = re.compile(
    rf"(?<![a-zA-Z])(?:(?:{_SCHEMES})://{_REST}*|[a-z][a-z0-9+.-]{{0,30}}://{_REST}+"
    r"|(?:javascript|vbscript|livescript|mocha)\s*:\s?[^\s]+"
    rf"|file:/{_REST}*|data:[\w.+-]*[/;,]{_REST}*"
    # Without slashes; reST makes links of these as well.
    r"|(?:mailto|tel|sms|callto|blob|about|news|nntp|snews|nfs|imap|pop|sips?|xmpp|magnet|urn"
    rf"|cid|mid|dav|dict|doi|fax|geo|h323|info|opaquelocktoken|pres|rtsp|tag|tip|wais){_COLON}"
    rf"|(?<![:/])//[\w-]+(?:\.[\w-]+)+{_REST}*|\\\\[\w.-]+\\{_REST}*"
    rf"|www\.[\w-]+\.{_REST}+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,}"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|net|org|edu|gov|io|dev|info|biz|ru|cn|xyz|top|app|jp|uk|de)"
    rf"(?:/{_REST}*)?(?![\w-]))",
    re.IGNORECASE | re.ASCII,
)
_URL_HINT = re.compile(r"[:@]|//|\\\\|[\w-]\.[\w-]")
_SCRIPT_PROSE = re.compile(r"^(?:javascript|vbscript|livescript|mocha)\s*:\s", re.IGNORECASE)
_CODE_LIKE = re.compile(r"[(;=%'\"`\[{]")
_DIRECTIVE_LIKE = re.compile(
    r"(?:`{3,}|~{3,}|:{3,})\s*\{|\{[a-zA-Z][\w:+-]*\}\s*`|\{eval-rst\}"
    r"|\{raw\}|\{include\}|\{literalinclude\}|\.\.\s+[\w-]+::"
)
_ATTRIBUTE_LIKE = re.compile(
    r"\{[^{}]*(?:style|\bon[a-z]+|href|src|class|id)\s*=[^{}]*\}"
    r"|\{\s*[.#][\w-]+[^{}]*\}",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"%(?:\([^)]*\))[-+#0-9.]*[a-zA-Z]"
    r"|(?<![\w%])%(?:\d+\$)?[-+#0]?\d*(?:\.\d+)?(?:hh?|ll?|L|z|j|t)?[sdiufFeEgGxXoncrapq](?![A-Za-z])"
    r"|\$\{[^}]*\}|%\{[^}]*\}|\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
    r"|\{(?:[A-Za-z_]\w*|\d*)(?:\.\w+|\[[^\]]*\])*(?:![rsa])?(?::[^{}]*)?\}",
)
_NOQA = re.compile(r"(?<!\\)#\s*noqa\s*$")
_SMUGGLING_MATH = re.compile(
    r"\\(?:href|url|class|style|cssId|require|html\w*|includegraphics|input|include|write\d*"
    r"|def|edef|gdef|let|newcommand|renewcommand|catcode|csname|immediate|openout|read|special"
    r"|directlua|latelua|loop|unicode|data|bbox|enclose|text\w*\s*\{[^}]*\$)\b"
    r"|<[a-zA-Z/!]"
)

_BIDI_MARKS = "\u200e\u200f\u061c"
_JOINERS = "\u200c\u200d"
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff"
    "\ud800-\udfff\ue000-\uf8ff\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_JOINED_SCRIPTS = re.compile(
    "[\u0600-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]"
)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]")
_COMBINING_RUN = 4

# Where none of this is found, a parser with all extensions reads what one without them does.
_EXTENDED_SYNTAX = re.compile(r"[$~\n]|\{(?![\w:+-]+\}`)|^\s*:|\\begin")
# Most messages are this and nothing else; they need no parser to be called safe.
_PLAIN_PROSE = re.compile(
    r"(?=.{1,300}\Z)[A-Za-z][a-z]+[,;!?]?"
    r"(?: [A-Za-z\u00c0-\u024f0-9\u2013\u2014()\"'\u2018-\u201d]+[,;!?]?)*[.!?]?"
)

_SPARE_LENGTH = 300
_GROWTH = 10
_LONGEST = 50_000
_LONGEST_NESTING = 60
_NESTING = re.compile(rf"[\[({{<*_`!]{{{_LONGEST_NESTING},}}")

_HOW = "take it out of the translation, or put it into the source"


def unsafe(entry: Entry) -> Iterator[Finding]:
    """Yield what a translation brings into the pages that its source does not have.

    Bad: ``ノードです。`` → ``It is a <script src=…></script> node.``
    Bad: ``ノードです。`` → ``It is a [node](javascript:alert(1)).``
    Good: ``[窓口](https://example.org/)`` → ``[contact](https://example.org/)``

    What the source has in identical form is the author's decision.  The
    message is read twice, with all extensions of the syntax and with none,
    so that the verdict does not hang on the configuration of the parser.
    """
    if not entry.msgstr or _PLAIN_PROSE.fullmatch(entry.msgstr):
        return
    first: dict[int, Finding] = {}
    for offset, end, message in _unsafe_parts(entry):
        # One thing to mend is one finding, whichever rule saw it first.
        if not any(
            start <= offset < start + len(found.surface) or start == offset
            for start, found in first.items()
        ):
            surface = entry.msgstr[offset:end] or entry.msgstr[offset : offset + 1]
            first[offset] = Finding(entry.place(offset), surface, "unsafe", message)
    yield from (first[offset] for offset in sorted(first))


def is_unreadable(message: str) -> bool:
    """Say whether a message is so large or so nested that it is not parsed."""
    return len(message) > _LONGEST or _NESTING.search(message) is not None


def _unsafe_parts(entry: Entry) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, message), the decisive ones first."""
    msgid, msgstr = entry.msgid, entry.msgstr
    limit = min(_GROWTH * len(msgid) + _SPARE_LENGTH, _LONGEST)
    if len(msgstr) > limit:
        yield (
            0,
            40,
            (
                f"the translation has {len(msgstr)} characters for {len(msgid)} of the"
                f" source (at most {limit} are taken); shorten it"
            ),
        )
        return
    if (found := _NESTING.search(msgstr)) and found[0] not in msgid:
        yield *found.span(), f"the translation piles up markup: {found[0][:20]!r}…; {_HOW}"
        return
    yield from _unsafe_characters(msgid, msgstr)
    if found := _NOQA.search(msgstr):
        yield (
            *found.span(),
            (
                "'# noqa' would switch the check of references off; take it out"
                " (write \\# for a number sign)"
            ),
        )
    readings = [entry.readings]
    if entry.markup == "myst" and _EXTENDED_SYNTAX.search(msgstr):
        readings.append((_markup.read_plainly(msgid), _markup.read_plainly(msgstr)))
    for source, translation in readings:
        yield from _unsafe_blocks(source, translation)
        yield from _unsafe_pieces(source, translation)
        yield from _unsafe_text(source, translation)


def _unsafe_characters(msgid: str, msgstr: str) -> Iterator[tuple[int, int, str]]:
    for found in _FORBIDDEN.finditer(msgstr):
        character, at = found[0], found.start()
        around = msgstr[max(at - 1, 0) : at] + msgstr[at + 1 : at + 2]
        if character in msgid:
            continue
        if character in _JOINERS and _JOINED_SCRIPTS.search(around):
            continue  # Persian, Indic scripts and emoji sequences need joiners
        if character in _BIDI_MARKS and _RIGHT_TO_LEFT.search(msgstr):
            continue
        name = unicodedata.name(character, "control or unassigned character")
        yield at, at + 1, f"an invisible character, U+{ord(character):04X} ({name}); delete it"
    run = 0
    for at, character in enumerate(msgstr):
        run = run + 1 if unicodedata.combining(character) else 0
        if run == _COMBINING_RUN:
            yield at - run + 1, at + 1, "a pile of combining characters; write the letter alone"


_BLOCK_NAMES = {
    "html_block": "a block of raw HTML",
    "fence": "a fenced block or directive",
    "colon_fence": "a directive",
    "directive": "a directive",
    "front_matter": "front matter",
    "reference": "a link definition",
    "target": "a target",
    "myst_target": "a target",
    "footnote_reference": "a footnote definition",
    "footnote_definition": "a footnote definition",
    "attrs_block": "an attribute block",
    "paragraph": "a second paragraph",
    "heading": "a heading",
    "bullet_list": "a list",
    "ordered_list": "a list",
    "list_item": "a list item",
    "blockquote": "a block quote",
    "table": "a table",
    "hr": "a thematic break",
    "code_block": "a code block",
    "math_block": "a formula",
    "amsmath": "a formula",
    "myst_line_comment": "a comment",
    "comment": "a comment",
    "myst_block_break": "a block break",
    "dl": "a definition list",
    "field_list": "a field list",
    "option_list": "an option list",
    "line_block": "a line block",
    "doctest": "a doctest block",
    "substitution_block": "a substitution",
    "unreadable": "markup that stops the parser",
}


def _unsafe_blocks(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    """Yield block structure; Sphinx takes one paragraph and loses or executes the rest."""
    allowed = Counter((block.kind, _block_value(block)) for block in source.blocks)
    for block in translation.blocks:
        key = (block.kind, _block_value(block))
        if allowed[key] > 0:
            allowed[key] -= 1
            continue
        what = _BLOCK_NAMES.get(block.kind, "a block")
        line_end = translation.message.find("\n", block.start)
        end = line_end if line_end > block.start else len(translation.message)
        yield (
            block.start,
            end,
            (
                f"the translation brings {what} where its source has running"
                f" text; {_HOW} (a backslash keeps a character literal)"
            ),
        )


def _block_value(block: _markup.Block) -> str:
    risky = {
        "html_block",
        "fence",
        "colon_fence",
        "reference",
        "front_matter",
        "directive",
        "target",
        "myst_target",
        "attrs_block",
        "substitution_block",
    }
    return block.value if block.kind in risky else ""


_PIECE_NAMES = {
    "html": "raw HTML",
    "image": "an image",
    "attrs": "attributes",
    "substitution": "a substitution",
    "target": "a target",
    "strikethrough": "strikethrough",
}


def _unsafe_pieces(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    have = {(piece.kind, piece.name, piece.value) for piece in source.pieces}
    urls = {canonical(url) for url in _urls(source)}
    roles = {piece.name for piece in source.pieces if piece.kind == "role"}
    for piece in translation.pieces:
        if (piece.kind, piece.name, piece.value) in have:
            continue
        what = _PIECE_NAMES.get(piece.kind)
        if piece.kind == "math" and _SMUGGLING_MATH.search(piece.value):
            what = "a command in a formula"
        elif piece.kind == "link":
            if canonical(piece.value) not in urls and not _is_inner(piece.value):
                what = "a URL"
        elif piece.kind == "role":
            what = _unsafe_role(piece, roles, urls)
        if what:
            written = translation.message[piece.start : piece.end]
            yield (
                piece.start,
                piece.end,
                f"the translation brings {what} that its source lacks: {_cut(written)}; {_HOW}",
            )


def _unsafe_role(piece: Piece, roles: set[str], urls: set[str]) -> str | None:
    """Return what is wrong with a role that its source does not have like this."""
    if piece.name not in roles:
        return f"a role ({piece.name})"
    if piece.name == "math":
        return "a command in a formula" if _SMUGGLING_MATH.search(piece.value) else None
    if piece.name in LITERAL_ROLES or piece.name in TEXT_ROLES:
        return None  # its content is escaped
    if not is_reference_role(piece.name):
        # It may be raw HTML, copy a file or make a URL of what it is given.
        return f"another content for the role {piece.name}"
    if _is_url(piece.value.lstrip("/")) and canonical(piece.value) not in urls:
        return "a URL"  # a docname may start with a slash
    return None


def _unsafe_text(source: Reading, translation: Reading) -> Iterator[tuple[int, int, str]]:
    """Yield what is only text to this parser, but markup or a link to another."""
    checks: tuple[tuple[str, Callable[[str], Iterable[re.Match[str]]]], ...] = (
        ("something like a tag", _TAG_LIKE.finditer),
        ("a URL", url_matches if source.markup == "myst" else _rst_url_matches),
        ("something like a directive or role", _DIRECTIVE_LIKE.finditer),
        ("something like attributes", _ATTRIBUTE_LIKE.finditer),
        ("a placeholder", _PLACEHOLDER.finditer),
    )
    titles = "\n".join(piece.title for piece in source.pieces if piece.title)
    before = f"{source.visible}\n{titles}"
    urls = {canonical(url) for url in _urls(source)}
    texts: list[tuple[str, Sequence[int]]] = [(translation.visible, translation.offsets)]
    if source.markup == "rst":
        # A bare URL may hold what would be markup elsewhere (javascript:*x*).
        texts.append((_without_code(translation), range(len(translation.message))))
        before = f"{before}\n{_without_code(source)}"
    known = [
        {canonical(match[0]) for text in (before, _plain(before)) for match in find(text)} | urls
        for _, find in checks
    ]
    texts += [
        (piece.title, (piece.start,) * len(piece.title))
        for piece in translation.pieces
        if piece.title and piece.kind != "role"
    ]
    for visible, offsets in texts:
        for (what, find), old in zip(checks, known, strict=True):
            for text, places in _disguises(visible, offsets):
                for match in find(text):
                    if canonical(match[0]) in old:
                        continue
                    start = places[match.start()]
                    end = places[match.end() - 1] + 1
                    yield (
                        start,
                        end,
                        (
                            f"the translation brings {what} that its source lacks:"
                            f" {_cut(match[0])}; {_HOW}"
                        ),
                    )
                    break


def _without_code(reading: Reading) -> str:
    """Return a message with what is judged as a piece masked, all else at its place."""
    text = reading.message
    for piece in reading.pieces:
        if piece.kind in {"code", "role", "substitution", "link"}:
            text = text[: piece.start] + MASK * (piece.end - piece.start) + text[piece.end :]
    return text


def _disguises(visible: str, offsets: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield a text as it stands, and as it reads once every disguise is taken off."""
    yield visible, offsets
    undone = _plain(visible)
    if undone != visible:
        # Lengths differ, so places are those of the first character that changed.
        common = next(
            (i for i, (a, b) in enumerate(zip(visible, undone, strict=False)) if a != b),
            min(len(visible), len(undone)),
        )
        at = offsets[min(common, len(offsets) - 1)] if offsets else 0
        yield undone, [*offsets[:common], *[at] * (len(undone) - common)]


def _plain(string: str) -> str:
    """Return a string with entities, percent signs, widths and invisible characters undone."""
    for _ in range(3):
        string = unicodedata.normalize("NFKC", unquote(_markup.decoded(string)))
    return _FORBIDDEN.sub("", string)


def url_matches(string: str) -> Iterator[re.Match[str]]:
    """Yield what a reader, a browser or a later filter could take for a URL in a text."""
    if not _URL_HINT.search(string):
        return
    at = 0
    while match := _URL.search(string, at):
        prose = _SCRIPT_PROSE.match(match[0])
        if prose and not _CODE_LIKE.search(match[0]):
            # "JavaScript: the language"; the word after it is judged for itself.
            at = match.start() + prose.end()
            continue
        yield match
        at = match.end()


_RST_MAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]+")


def _rst_url_matches(string: str) -> Iterator[re.Match[str]]:
    yield from url_matches(string)
    yield from _RST_MAIL.finditer(string)  # docutils links "ops@pve" as an address


def _urls(reading: Reading) -> Iterator[str]:
    for piece in reading.pieces:
        if piece.kind in {"link", "image"} or piece.kind == "role":
            yield piece.value
    for text in (reading.visible, _plain(reading.visible)):
        yield from (match[0] for match in url_matches(text))


def canonical(url: str) -> str:
    """Return a URL in the one form by which two are compared."""
    squeezed = re.sub(r"[\x00-\x20\x7f]+", "", _plain(url)).rstrip(".,;:!?)")
    for prefix in ("project:", "path:"):
        squeezed = squeezed.removeprefix(prefix)
    scheme, separator, rest = squeezed.partition("://")
    return f"{scheme.casefold()}{separator}{rest}" if separator else squeezed


def _is_url(target: str) -> bool:
    plain = re.sub(r"[\x00-\x20\x7f]+", "", _plain(target))
    return bool(re.match(r"[a-zA-Z][\w+.-]*:(?!:)|//|\\\\|[a-z]:", plain)) or plain.startswith("/")


def _is_inner(target: str) -> bool:
    """Say whether a link stays among the pages of the book, whatever it hits there."""
    plain = re.sub(r"[\x00-\x20\x7f]+", "", _plain(target))
    if plain.endswith("_") and not re.search(r"[:/\\.]", plain):
        return True  # a reST reference by name
    plain = plain.removeprefix("project:")
    if plain.startswith(("#", "inv:")):
        return True
    page = plain.partition("#")[0]
    return not _is_url(page) and page.endswith((".md", ".rst")) and ".." not in page


def _cut(string: str) -> str:
    return repr(string if len(string) <= 60 else f"{string[:57]}…")  # noqa: PLR2004
