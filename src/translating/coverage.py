"""How far a translation is, counted as ``msgfmt --statistics`` counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polib

if TYPE_CHECKING:
    from pathlib import Path

_FULL = 100


@dataclass(frozen=True)
class Coverage:
    """Messages of a catalog, or of several.

    Attributes:
        translated: used by a build.
        fuzzy: have a translation of something else; a build shows the source.
        missing: have none.
    """

    translated: int = 0
    fuzzy: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """All messages."""
        return self.translated + self.fuzzy + self.missing

    @property
    def percent(self) -> int:
        """Percentage of translated messages, rounded down: 100 means all of them."""
        return _FULL * self.translated // self.total if self.total else _FULL

    def __add__(self, other: Coverage) -> Coverage:
        """Return the messages of both."""
        return Coverage(
            self.translated + other.translated,
            self.fuzzy + other.fuzzy,
            self.missing + other.missing,
        )


def of_catalog(path: Path) -> Coverage:
    """Return the coverage of a catalog; an empty translation is missing, fuzzy or not.

    Raises:
        OSError: the catalog cannot be read or is none.
    """
    found = {"translated": 0, "fuzzy": 0, "missing": 0}
    for entry in polib.pofile(str(path)):
        if entry.obsolete:
            continue
        empty = not (entry.msgstr or entry.msgstr_plural.get(0))
        found["missing" if empty else "fuzzy" if entry.fuzzy else "translated"] += 1
    return Coverage(**found)
