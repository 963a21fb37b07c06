"""One drawing, all checks, every language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import fit, fonts, house, safety
from .drawing import parse, shut_out
from .findings import Finding
from .rendering import draw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MASTER = "ja"
"""The language of the masters."""


def findings(
    path: str, data: bytes, sheet: str, translations: Mapping[str, Mapping[str, str]]
) -> Iterator[Finding]:
    """Yield all that can be said about a master by itself.

    Args:
        path: shown in the findings.
        data: the master.
        sheet: the text of ``house.css``.
        translations: for each language besides Japanese, the labels and what
            stands in their place.

    Raises:
        fonts.FontMissingError: the pinned font is not installed.
    """
    refused = list(safety.unsafe(path, data))
    yield from refused
    if any(finding.kind in {"unsafe", "broken"} for finding in refused):
        return  # nothing else is said of a drawing that nobody should open
    yield from house.findings(path, data, sheet)
    for label in shut_out(parse(data)):
        message = f'{label.text!r} is Japanese and marked translate="no": take the mark away'
        yield Finding(path, label.line, "untranslatable", message)
    seen: set[Finding] = set()
    for language, messages in {MASTER: {}, **translations}.items():
        for finding in fit.findings(path, draw(parse(data), language, messages), language):
            # What has no label in it is the same in every language.
            if finding not in seen:
                seen.add(finding)
                yield finding


__all__ = ["MASTER", "Finding", "findings", "fonts"]
