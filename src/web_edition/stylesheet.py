"""One small stylesheet out of the many large ones of a theme.

A theme brings rules for everything that any site might show; this book shows a
tenth of it.  What is kept is decided by what the finished pages and scripts
contain, so a new kind of block brings its rules along without anybody keeping
a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TAG = re.compile(r"<([a-zA-Z][\w-]*)")
_NAMED = re.compile(r"\s(?:class|id)=\"([^\"]*)\"")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
# A custom property with its value, which may hold strings and nested brackets.
_PROPERTY = re.compile(
    r"[{;]\s*(--[\w-]+)\s*:"
    r"(?:[^;{}\"'(]|\"[^\"]*\"|'[^']*'|\((?:[^()\"']|\"[^\"]*\"|'[^']*'|\([^()]*\))*\))*"
    r"(?=[;}])"
)
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_KEYFRAMES = re.compile(r"@(?:-webkit-)?keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}\n?")
_CONDITIONAL = frozenset({"media", "supports", "layer", "container"})
_ICON_FONT = re.compile(r"font-?awesome|fa-(?:solid|regular|brands)", re.IGNORECASE)


@dataclass
class Vocabulary:
    """What the pages and scripts of an edition consist of.

    Attributes:
        tags: names of the elements in the pages, in lower case.
        names: their classes and ids, and every word of the scripts, for a
            script may give any of them to an element.
    """

    tags: set[str]
    names: set[str]

    @classmethod
    def of(cls, pages: Iterable[str], scripts: Iterable[str]) -> Vocabulary:
        """Collect the vocabulary of pages (HTML) and scripts (JavaScript)."""
        tags = {"html", "head", "body"}
        names: set[str] = set()
        for page in pages:
            tags.update(tag.lower() for tag in _TAG.findall(page))
            for value in _NAMED.findall(page):
                names.update(value.split())
        for script in scripts:
            words = set(_WORD.findall(script))
            names |= words
            tags |= words
        return cls(tags, names)


def condense(sheets: Sequence[str], vocabulary: Vocabulary) -> str:
    """Return the rules of some stylesheets that concern an edition.

    Args:
        sheets: CSS texts, in the order in which a page would load them.
        vocabulary: what the pages and scripts consist of.

    Dropped are rules for elements, classes and ids that do not occur, icon
    fonts, comments, and custom properties that nothing reads.
    """
    text, longer = "\n".join(_rules(sheet, vocabulary) for sheet in sheets), ""
    while text != longer:
        longer = text
        text = _drop_unread(longer, read=set(_VARIABLE.findall(longer)))
    return _KEYFRAMES.sub(lambda keyframes: _if_used(keyframes, text), text)


def _if_used(keyframes: re.Match[str], text: str) -> str:
    named = re.findall(rf"animation[^;{{}}]*\b{re.escape(keyframes.group(1))}\b", text)
    return keyframes.group() if named else ""


def _rules(sheet: str, vocabulary: Vocabulary) -> str:
    parsed = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "\n".join(filter(None, (_rule(rule, vocabulary) for rule in parsed)))


def _rule(rule: Any, vocabulary: Vocabulary) -> str:
    if rule.type == "qualified-rule":
        kept = [part for part in _split(rule.prelude) if _concerns(part, vocabulary)]
        selectors = ",".join(tinycss2.serialize(part).strip() for part in kept)
        return f"{selectors}{{{_declarations(rule.content)}}}" if kept else ""
    if rule.type == "at-rule" and rule.content is not None:
        return _block(rule, vocabulary)
    # Of the rules without a block, @import would load another file, and the
    # server says what @charset says.
    return rule.serialize() if getattr(rule, "lower_at_keyword", "") == "namespace" else ""


def _block(rule: Any, vocabulary: Vocabulary) -> str:
    head = f"@{rule.at_keyword} {tinycss2.serialize(rule.prelude).strip()}"
    content = tinycss2.serialize(rule.content).strip()
    if rule.lower_at_keyword in _CONDITIONAL:
        content = _rules(content, vocabulary)
        return f"{head}{{{content}}}" if content else ""
    if rule.lower_at_keyword == "font-face" and _ICON_FONT.search(content):
        return ""
    return f"{head}{{{content}}}"


def _declarations(content: list[Any]) -> str:
    text = tinycss2.serialize(content)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", text).strip()


def _split(prelude: list[Any]) -> list[list[Any]]:
    """Split a list of selectors at its commas."""
    parts: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return parts


def _concerns(selector: list[Any], vocabulary: Vocabulary) -> bool:
    """Say whether a selector can match anything in the edition."""
    previous = ""
    for token in selector:
        if token.type == "ident" and previous == "." and token.value not in vocabulary.names:
            return False
        if token.type == "hash" and token.value not in vocabulary.names:
            return False
        if (
            token.type == "ident"
            and previous not in {".", ":", "|"}
            and token.lower_value not in vocabulary.tags
        ):
            return False
        if token.type == "function" and token.lower_name in {"is", "where", "has"}:
            alternatives = _split(token.arguments)
            if not any(_concerns(alternative, vocabulary) for alternative in alternatives):
                return False
        previous = token.value if token.type == "literal" else token.type
    return True


def _drop_unread(text: str, read: set[str]) -> str:
    """Drop declarations of custom properties that nothing reads, then empty rules."""

    def keep(match: re.Match[str]) -> str:
        return (
            match.group()
            if match.group(1) in read
            else match.group()[0] * (match.group()[0] == "{")
        )

    text = re.sub(
        r"[{;]\s*(--[\w-]+)\s*:(?:[^;{}\"'(]|\"[^\"]*\"|'[^']*'|\((?:[^()]|\([^()]*\))*\))*(?=[;}])",
        keep,
        text,
    )
    text = re.sub(r"\{;+", "{", text)
    return re.sub(r"(?:^|(?<=[}{\n]))[^{}\n]+\{\s*\}\n?", "", text)
