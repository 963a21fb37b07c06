"""Emphasis beside Japanese punctuation.

CommonMark decides by spaces and punctuation whether ``**`` opens or closes.
Japanese has no spaces, so ``これは**「重要」**です`` stays unbold and the pairs
after it bold the wrong words, in silence.  The rules here are those of the
CommonMark CJK-friendly amendments (commonmark-spec issue 650): Japanese
punctuation does not count as punctuation, and a Japanese neighbour does what
a space does.  Text without Japanese is parsed as CommonMark has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline.state_inline import Delimiter

from .characters import is_cjk, is_ideographic_variation_selector, is_standard_variation_selector

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline.state_inline import StateInline


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _previous(state: StateInline, start: int) -> tuple[str, bool]:
    """Return the character before a run, behind a variation selector, and if one was there.

    The beginning of the text counts as a space (CommonMark).
    """
    if start == 0:
        return " ", False
    char = state.src[start - 1]
    if is_standard_variation_selector(char) and start > 1:
        return state.src[start - 2], False
    return char, is_ideographic_variation_selector(char)


def scan_run(state: StateInline, start: int) -> tuple[bool, bool, int]:
    """Read the run of ``*`` or ``_`` at a position.

    Returns:
        whether it may open emphasis, whether it may close it, and its length.
    """
    marker = state.src[start]
    end = start
    while end < state.posMax and state.src[end] == marker:
        end += 1
    before, ideographic_variant = _previous(state, start)
    after = state.src[end] if end < state.posMax else " "

    cjk_before = ideographic_variant or is_cjk(before)
    cjk_after = is_cjk(after)
    space_before = isWhiteSpace(ord(before))
    space_after = isWhiteSpace(ord(after))
    punctuation_before = _is_punctuation(before)
    punctuation_after = _is_punctuation(after)

    left_flanking = not space_after and (
        not punctuation_after or cjk_after or space_before or punctuation_before or cjk_before
    )
    right_flanking = not space_before and (
        not punctuation_before or cjk_before or space_after or punctuation_after or cjk_after
    )
    if marker == "*":
        return left_flanking, right_flanking, end - start
    # `_` may not split a word: snake_case stays as it is.
    return (
        left_flanking and (not right_flanking or punctuation_before),
        right_flanking and (not left_flanking or punctuation_after),
        end - start,
    )


def _tokenize(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    can_open, can_close, length = scan_run(state, state.pos)
    for _ in range(length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos += length
    return True


def emphasis_plugin(md: MarkdownIt) -> None:
    """Replace markdown-it's emphasis scanner; pairing and nesting stay its own."""
    md.inline.ruler.at("emphasis", _tokenize)
