"""Soft line breaks between Japanese characters.

One sentence per line is how the book is written; a browser shows the line
break between two Japanese sentences as a space, and gettext puts that space
into the msgid.  Lines are therefore joined before inline markup is parsed, so
that the page, the message and the search index agree.  The rule is that of
CSS Text 4 (segment break transformation): no space where both sides are
Japanese, or where one side is Japanese punctuation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .characters import is_full_width_punctuation, joins_lines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core.state_core import StateCore

# What may stand between a line's last readable character and its end, and
# between the beginning of a line and its first readable character.
_LINK_TAIL = re.compile(r"\]\([^()\s]*\)$|\](?:\[[^\[\]]*\])?$")
_CLOSING = re.compile(r"[*_~`]+$")
_OPENING = re.compile(r"^(?:[*_~]+|!?\[|\{[A-Za-z][\w:+.-]*\}(?=`)|`+)")


def _last_readable(text: str) -> str:
    line = text.rpartition("\n")[2]
    while line:
        shorter = _CLOSING.sub("", _LINK_TAIL.sub("", line))
        if shorter == line:
            return line[-1]
        line = shorter
    return ""


def _first_readable(line: str) -> str:
    while line:
        shorter = _OPENING.sub("", line)
        if shorter == line:
            return line[0]
        line = shorter
    return ""


def join_lines(text: str) -> str:
    r"""Join the lines of a paragraph where Japanese text goes on.

    Args:
        text: the source of one paragraph, lines separated by ``\n``.  A hard
            break (two spaces or a backslash before the end) is kept, for its
            line does not end with a Japanese character.
    """
    joined, *rest = text.split("\n")
    for line in rest:
        left, right = _last_readable(joined), _first_readable(line.lstrip())
        seamless = (joins_lines(left) and joins_lines(right)) or (
            is_full_width_punctuation(left) or is_full_width_punctuation(right)
        )
        joined += line.lstrip() if seamless else f"\n{line}"
    return joined


def _join_inline_tokens(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and "\n" in token.content:
            token.content = join_lines(token.content)


def linebreaks_plugin(md: MarkdownIt) -> None:
    """Join Japanese lines of every inline token before markdown-it parses it."""
    md.core.ruler.before("inline", "join_japanese_lines", _join_inline_tokens)
