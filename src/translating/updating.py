"""Catalogs that follow the book and change only where the book has changed.

``sphinx-intl`` writes line numbers, a date and no previous msgid, so that a
blank line in a chapter changes a catalog and a fuzzy entry does not say what
was changed.  gettext's own ``msgmerge`` does what is wanted, given templates
without line numbers and without a date.

Lines are not wrapped: where to break Japanese differs from tool to tool and
from one version of gettext to the next, and an unwrapped sentence is found by
``grep``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polib
from babel import Locale, UnknownLocaleError
from babel.messages.plurals import get_plural

from .pages import by_page, catalogs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# C.UTF-8: messages of gettext in English, text in UTF-8, on every machine.
_ENVIRONMENT = os.environ | {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}
_DATE = re.compile(r'^"POT-Creation-Date:.*"\n', re.MULTILINE)
_DEFAULTS = ("SOME DESCRIPTIVE TITLE", "FULL NAME <", "YEAR-MO-DA")
"""What templates of gettext and Babel have where a person should write something."""
_SPHINX_DOMAIN = "sphinx"
"""Sphinx's own words; the book may translate them, no page has this name."""

HEADER = """\
# The book in {language}: {domain}.
# Copyright (C) {holder}
# The text of the book is under CC BY-SA 4.0, and so is its translation.
#
msgid ""
msgstr ""
"Project-Id-Version: proxmox-ve-lab-book\\n"
"Report-Msgid-Bugs-To: \\n"
"PO-Revision-Date: {revised}\\n"
"Last-Translator: {translator}\\n"
"Language-Team: {language}\\n"
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"
"""


class WorkshopError(Exception):
    """What keeps a verb of the workshop from its work, in one sentence."""


@dataclass(frozen=True)
class Update:
    """What a verb did to one catalog.

    Attributes:
        path: of the catalog.
        change: ``new``, ``changed``, ``removed``, ``orphaned`` or ``same``.
        fuzzy: how many entries wait for a look.
        missing: how many entries have no translation.
        obsolete: how many are kept though the book does not have them any more.
    """

    path: Path
    change: str
    fuzzy: int = 0
    missing: int = 0
    obsolete: int = 0


def locale_of(code: str) -> Locale:
    """Return what is known of a language.

    Raises:
        WorkshopError: nobody knows a language of this code.
    """
    try:
        return Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        raise WorkshopError(
            f"EDITION={code} is no language: write its code as in de, pt_BR or zh_TW"
        ) from None


def languages(locale: Path) -> list[str]:
    """Return the languages that have catalogs, in alphabetical order."""
    return sorted(folder.parent.name for folder in locale.glob("*/LC_MESSAGES"))


def templates_in(folder: Path) -> dict[str, Path]:
    """Return the templates that Sphinx wrote, by the name of their page.

    Raises:
        WorkshopError: there is none.
    """
    found = by_page(folder, ".pot")
    if not found:
        raise WorkshopError(f"no templates in {folder}: run make pot")
    return found


def update(templates: Path, locale: Path, language: str, root: Path, holder: str) -> list[Update]:
    """Bring the catalogs of a language up to the templates.

    Args:
        templates: folder of the ``.pot`` files that Sphinx wrote.
        locale: folder of the languages.
        language: its code; one without catalogs gets them.
        root: of the project; locations are given relative to it.
        holder: of the copyright, for the head of a new catalog.

    Raises:
        WorkshopError: there are no templates, or a catalog cannot be read; the message
            names the line.
    """
    locale_of(language)
    folder = locale / language / "LC_MESSAGES"
    existing = catalogs(locale, language)
    pots = templates_in(templates)
    done = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        known = _translated_alike(existing.values())
        for domain, pot in pots.items():
            path = folder / f"{domain}.po"
            before = path.read_text(encoding="utf-8") if path.is_file() else ""
            plain = work / "template.pot"
            _write_plain_template(pot, plain, templates, root)
            old = work / "old.po"
            head = _with_head(before, language, domain, holder)
            old.write_text(head + _moved(known, plain, before), encoding="utf-8")
            merged = _gettext(
                "msgmerge",
                ["--previous", "--no-wrap", "--quiet"],
                [str(old), str(plain)],
                {str(old): str(path)},
            )
            change = "same"
            if merged != before:
                change = "changed" if path.is_file() else "new"
                _write(path, merged)
            done.append(_counted(path, change))
    orphans = existing.keys() - pots.keys() - {_SPHINX_DOMAIN}
    return done + [_counted(existing[domain], "orphaned") for domain in sorted(orphans)]


def clear(templates: Path, locale: Path, language: str) -> list[Update]:
    """Remove what the book does not have any more from the catalogs of a language.

    Raises:
        WorkshopError: there are no templates to compare with.
    """
    pots = templates_in(templates)
    done = []
    for domain, path in catalogs(locale, language).items():
        if domain not in pots and domain != _SPHINX_DOMAIN:
            path.unlink()
            done.append(Update(path, "removed"))
            continue
        before = path.read_text(encoding="utf-8")
        if "\n#~" not in before:
            continue
        _write(path, _gettext("msgattrib", ["--no-obsolete", "--no-wrap"], [str(path)], {}))
        done.append(_counted(path, "changed"))
    return done


def _with_head(text: str, language: str, domain: str, holder: str) -> str:
    """Return a catalog with a head that says something, and no date of its template."""
    head, separator, rest = text.partition("\n\n")
    if text and not any(default in head for default in _DEFAULTS):
        return _DATE.sub("", text, count=1)
    given = polib.pofile(f"{head}\n").metadata if text else {}
    known = {
        field: value
        for field, value in given.items()
        if not any(default in value for default in _DEFAULTS)
    }
    new = HEADER.format(
        language=locale_of(language).get_display_name("en"),
        code=language,
        domain=domain,
        holder=holder,
        revised=known.get("PO-Revision-Date") or f"{datetime.now(UTC):%Y-%m-%d %H:%M+0000}",
        translator=known.get("Last-Translator", ""),
        plural=get_plural(language).plural_forms,
    )
    return f"{new}{separator[1:]}{rest}"


def _counted(path: Path, change: str) -> Update:
    catalog = polib.pofile(str(path))
    return Update(
        path,
        change,
        len(catalog.fuzzy_entries()),
        len(catalog.untranslated_entries()),
        len(catalog.obsolete_entries()),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _write_plain_template(pot: Path, plain: Path, templates: Path, root: Path) -> None:
    """Write a template that changes only where a message does."""
    catalog = polib.pofile(str(pot))
    catalog.metadata.pop("POT-Creation-Date", None)
    for entry in catalog:
        files = (_from_root(templates / file, root) for file, _ in entry.occurrences)
        entry.occurrences = [(file, "") for file in dict.fromkeys(files)]
    catalog.save(str(plain))


def _from_root(path: Path, root: Path) -> str:
    absolute = Path(os.path.normpath(path.absolute()))
    try:
        return absolute.relative_to(root.absolute()).as_posix()
    except ValueError:
        return absolute.name  # a template of Sphinx or of a theme, wherever that lies


def _translated_alike(catalogs: Iterable[Path]) -> dict[str, str]:
    """Return what has one translation wherever it stands.

    A message with two translations depends on its place, so it is not offered.
    """
    found: dict[str, str] = {}
    for msgid, msgstr in _translated(catalogs):
        if found.setdefault(msgid, msgstr) != msgstr:
            found[msgid] = ""
    return {msgid: msgstr for msgid, msgstr in found.items() if msgstr}


def _moved(known: dict[str, str], template: Path, before: str) -> str:
    """Return entries for messages that are new to a page and translated on another one.

    A paragraph that moves so keeps its translation.  msgmerge's own compendium
    would offer sentences of other pages that are merely alike, too.
    """
    have = {entry.msgid for entry in polib.pofile(before)} if before else set()
    return "".join(
        f"\n{polib.POEntry(msgid=entry.msgid, msgstr=known[entry.msgid])}"
        for entry in polib.pofile(str(template))
        if entry.msgid in known and entry.msgid not in have
    )


def _translated(catalogs: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in catalogs:
        try:
            catalog = polib.pofile(str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise WorkshopError(unreadable(path, error)) from None
        for entry in catalog.translated_entries():
            yield entry.msgid, entry.msgstr


def unreadable(path: Path, error: Exception) -> str:
    """Return why a catalog cannot be read, with its line where there is one."""
    from termbase.po import CatalogError, read_catalog

    try:
        read_catalog(path)
    except CatalogError as better:
        return str(better)
    return f"{path}: {error}"


def _gettext(program: str, options: list[str], files: list[str], names: dict[str, str]) -> str:
    """Run a program of gettext; return what it writes.

    Args:
        program: its name.
        options: before the files.
        files: to work on.
        names: of files, by how the program knows them, as the person knows them.
    """
    found = shutil.which(program)
    if found is None:
        raise WorkshopError(f"{program} is missing: install the Debian package gettext")
    done = subprocess.run(
        [found, *options, "--output-file=-", *files],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr
        for known, name in names.items():
            said = said.replace(known, name)
        raise WorkshopError(said.strip())
    return done.stdout
