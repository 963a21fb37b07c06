"""The figures of a book on disk: which there are, who shows them, what they say.

Nothing here needs Sphinx, so that one figure can be checked in a moment.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polib

from . import checking, house
from .findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_SHOWN = re.compile(r"[\w./-]+\.svg")


class BookError(Exception):
    """Something without which no figure can be checked, in one sentence."""


@dataclass(frozen=True)
class Book:
    """The folders of a book."""

    diagrams: Path
    source: Path
    locales: Sequence[Path]
    shown: Mapping[Path, Collection[str]] | None = None
    """Which documents show which drawing; by default the sources are searched."""

    @cached_property
    def masters(self) -> list[Path]:
        """The drawings, sorted by path."""
        return sorted(self.diagrams.rglob("*.svg"))

    @cached_property
    def sheet(self) -> str:
        """The text of the house stylesheet.

        Raises:
            BookError: it cannot be read.
        """
        path = self.diagrams / house.SHEET
        try:
            text = path.read_text(encoding="utf-8")
            house.Sheet.parse(text)
        except (OSError, ValueError) as error:
            raise BookError(f"the stylesheet of the figures cannot be read: {error}") from error
        except house.SheetError as error:
            raise BookError(f"{path}: {error}") from error
        return text

    @cached_property
    def documents(self) -> Mapping[Path, Collection[str]]:
        """The documents that show each drawing."""
        if self.shown is not None:
            return self.shown
        found: dict[Path, set[str]] = defaultdict(set)
        for path in sorted(self.source.rglob("*.md")):
            docname = path.relative_to(self.source).with_suffix("").as_posix()
            for name in _SHOWN.findall(path.read_text(encoding="utf-8", errors="replace")):
                found[Path(os.path.normpath(path.parent / name))].add(docname)
        return found

    @cached_property
    def languages(self) -> list[str]:
        """The languages besides Japanese for which there are catalogs."""
        found = (path for locale in self.locales for path in locale.glob("*/LC_MESSAGES"))
        return sorted({path.parent.name for path in found})

    def translations(self, master: Path) -> dict[str, dict[str, str]]:
        """Return, for each language with a catalog, what stands for the labels of a master."""
        result: dict[str, dict[str, str]] = {}
        for locale in self.locales:
            for catalogs in sorted(locale.glob("*/LC_MESSAGES")):
                messages = result.setdefault(catalogs.parent.name, {})
                for docname in sorted(self.documents.get(master, ())):
                    messages.update(_messages(catalogs / f"{docname}.po"))
        return {language: messages for language, messages in result.items() if messages}

    def findings(self, masters: Sequence[Path] | None = None) -> Iterator[Finding]:
        """Yield what is wrong with the given masters, or with all figures together.

        Raises:
            BookError: the stylesheet cannot be read.
            fonts.FontMissingError: the pinned font is not installed.
        """
        for master in self.masters if masters is None else masters:
            try:
                data = master.read_bytes()
            except OSError as error:
                reason = f"cannot be read: {error.strerror}"
                yield Finding(str(master), 1, "broken", reason)
                continue
            yield from checking.findings(str(master), data, self.sheet, self.translations(master))
        if masters is None:
            yield from self._together()

    def _together(self) -> Iterator[Finding]:
        names: dict[str, Path] = {}
        for master in self.masters:
            first = names.setdefault(master.stem, master)
            if first is not master:
                message = (
                    f"{first.relative_to(self.diagrams)} has this name too: ids begin with it "
                    "and editions put the files into one folder; rename one"
                )
                yield Finding(str(master), 1, "name", message)
            if not self.documents.get(master):
                message = "no chapter shows this figure: show it or remove it"
                yield Finding(str(master), 1, "unused", message)


_read: dict[tuple[Path, int], dict[str, str]] = {}


def _messages(catalog: Path) -> dict[str, str]:
    """Return what a catalog translates; nothing where there is none."""
    if not catalog.is_file():
        return {}
    key = (catalog, catalog.stat().st_mtime_ns)
    if key not in _read:
        try:
            entries = polib.pofile(str(catalog), encoding="utf-8")
        except (OSError, ValueError, UnicodeError):
            entries = polib.POFile()  # whoever checks the catalogs names it
        _read[key] = {
            entry.msgid: entry.msgstr
            for entry in entries
            if entry.msgstr and not entry.fuzzy and not entry.obsolete
        }
    return _read[key]
