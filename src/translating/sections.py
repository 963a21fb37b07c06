"""The sections that every chapter has are called the same in every chapter.

A reader who has learnt what "Acceptance Check" is looks for these words.  The
other messages may have one translation here and another one there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from chapter_shape import SECTIONS
from termbase.catalogs import CatalogError, read_catalog
from termbase.matching import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from termbase.po import Entry

_TITLES = "|".join(map(re.escape, SECTIONS.values()))
_SECTION = re.compile(rf"({_TITLES})(?: — .*| L\d+)?")
"""The title of a section, alone or with what this chapter adds (`ラボ手順 L6`)."""

_ADDED = re.compile(r"\s*[:：—–].*|\s+L\d+$", re.DOTALL)


def check_sections(paths: Iterable[Path]) -> Iterator[Finding]:
    """Yield a finding for each section that is called otherwise than in most chapters.

    Args:
        paths: the catalogs of one language.
    """
    by_section: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
    for path in paths:
        try:
            catalog = read_catalog(path, path.as_posix())
        except CatalogError:
            continue  # the check of the catalog says so
        for entry in catalog.used:
            if entry.msgstr and (section := _SECTION.fullmatch(entry.msgid)):
                by_section[section[1]].append((entry, _ADDED.sub("", entry.msgstr)))
    for title, uses in by_section.items():
        # A term of the glossary begins with a small letter, which is its use in a sentence.
        names = Counter(name.casefold() for _, name in uses)
        usual = names.most_common(1)[0][0]
        alike = Counter(name for _, name in uses if name.casefold() == usual)
        shown = alike.most_common(1)[0][0]
        for entry, name in uses:
            if name.casefold() != usual:
                message = (
                    f"the section {title} is {name!r} here and {shown!r} in most chapters; "
                    "call it the same in all"
                )
                yield Finding(entry.place(), name, "section", message)
