"""``make po-report``: how far each page is, and what has changed, word by word."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import polib

from termbase.po import CatalogError, read_catalog

from .coverage import Coverage, of_catalog
from .pages import catalogs
from .updating import WorkshopError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD = re.compile(r"[A-Za-z0-9_]+(?:[.'-][A-Za-z0-9_]+)*|[ァ-ヺー]+|[一-鿿々]+|[ぁ-ゖ]+|\s+|.")
_ALIKE = 0.6
"""From which likeness on a new message counts as a changed one; msgmerge uses the same."""

GIT = shutil.which("git") or "git"


@dataclass(frozen=True)
class Change:
    """One message that is not what it was.

    Attributes:
        kind: ``fuzzy`` (the source has changed, the translation waits),
            ``source`` (both have changed), ``translation``, ``new`` or ``gone``.
        line: of its entry in the catalog, 0 for what is gone.
        source: word diff of the source.
        translation: word diff of the translation.
    """

    kind: str
    line: int
    source: list[tuple[str, str]]
    translation: list[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """What the report says of one page."""

    name: str
    path: str
    coverage: Coverage
    changes: list[Change]


def word_diff(old: str, new: str) -> list[tuple[str, str]]:
    """Return (``=``, ``-`` or ``+``, text) that leads from an old text to a new one.

    Japanese is cut where its kind of characters changes, which is near enough
    to words to be read.
    """
    before, after = _WORD.findall(old), _WORD.findall(new)
    result = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            result.append(("=", "".join(before[a:b])))
            continue
        if a < b:
            result.append(("-", "".join(before[a:b])))
        if c < d:
            result.append(("+", "".join(after[c:d])))
    return result


def changes(now: polib.POFile, then: polib.POFile | None, lines: dict[str, int]) -> list[Change]:
    """Return what has changed in a catalog, in the order of its entries.

    Args:
        now: as it stands.
        lines: where its entries begin, by msgid.
        then: as it was; None where that is not known, which leaves the
            entries that are fuzzy.
    """
    old = {} if then is None else {entry.msgid: entry for entry in then if not entry.obsolete}
    entries = [entry for entry in now if not entry.obsolete]
    gone = old.keys() - {entry.msgid for entry in entries}
    result = []
    for entry in entries:
        if entry.fuzzy and entry.previous_msgid:
            gone.discard(entry.previous_msgid)
            source = word_diff(entry.previous_msgid, entry.msgid)
            result.append(Change("fuzzy", lines[entry.msgid], source, word_diff("", entry.msgstr)))
            continue
        if then is None:
            continue
        before = old.get(entry.msgid)
        if before is None:
            result.append(_new(entry, lines[entry.msgid], old, gone))
        elif before.msgstr != entry.msgstr:
            source = [("=", entry.msgid)]
            translation = word_diff(before.msgstr, entry.msgstr)
            result.append(Change("translation", lines[entry.msgid], source, translation))
    order = {msgid: number for number, msgid in enumerate(old)}
    for msgid in sorted(gone, key=order.__getitem__):
        lost = word_diff(msgid, ""), word_diff(old[msgid].msgstr, "")
        result.append(Change("gone", 0, *lost))
    return result


def _new(entry: polib.POEntry, line: int, old: dict[str, polib.POEntry], gone: set[str]) -> Change:
    """Return the change of a message that was not there, or was there in another form."""
    alike = difflib.get_close_matches(entry.msgid, sorted(gone), n=1, cutoff=_ALIKE)
    if not alike:
        added = word_diff("", entry.msgid), word_diff("", entry.msgstr)
        return Change("new", line, *added)
    gone.discard(alike[0])
    before = old[alike[0]]
    return Change(
        "source",
        line,
        word_diff(before.msgid, entry.msgid),
        word_diff(before.msgstr, entry.msgstr),
    )


def pages(locale: Path, language: str, since: str) -> list[Page]:
    """Return what there is to say of every catalog of a language.

    Args:
        locale: folder of the languages.
        language: its code.
        since: a commit, tag or branch of git to compare with; empty for none.

    Raises:
        WorkshopError: git does not know it, or a catalog cannot be read.
    """
    if since and _git("rev-parse", "--verify", "--quiet", f"{since}^{{commit}}") is None:
        raise WorkshopError(f"SINCE={since} is no commit, tag or branch here")
    result = []
    for name, path in catalogs(locale, language).items():
        try:
            lines = {entry.msgid: entry.line for entry in read_catalog(path).entries}
        except CatalogError as error:
            raise WorkshopError(str(error)) from None
        now, coverage = polib.pofile(str(path)), of_catalog(path)
        text = _git("show", f"{since}:./{path.as_posix()}") if since else None
        then = None
        if since:
            then = polib.pofile(text) if text else polib.POFile()
        result.append(Page(name, path.as_posix(), coverage, changes(now, then, lines)))
    return result


def _git(*arguments: str) -> str | None:
    done = subprocess.run(
        [GIT, *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )
    return done.stdout if done.returncode == 0 else None


def table(found: Iterable[Page]) -> str:
    """Return the figures of all pages as text."""
    found = list(found)
    total = sum((page.coverage for page in found), Coverage())
    rows = [(page.name, page.coverage, len(page.changes)) for page in found]
    rows.append(("total", total, sum(len(page.changes) for page in found)))
    width = max(len(name) for name, *_ in rows)
    lines = [f"{'':{width}}  translated  fuzzy  missing       %  changed"]
    lines += [
        f"{name:{width}}  {one.translated:10}  {one.fuzzy:5}  {one.missing:7}  {one.percent:4} %"
        f"  {changed:7}"
        for name, one, changed in rows
    ]
    return "\n".join(lines)


KINDS = {
    "fuzzy": "the source has changed, the translation waits",
    "source": "source and translation have changed",
    "translation": "the translation has changed",
    "new": "new",
    "gone": "gone",
}


def as_text(found: list[Page]) -> str:
    """Return the report as text, with ``[-gone-]`` and ``{+new+}`` as git writes them."""
    lines = [table(found)]
    for page in found:
        for change in page.changes:
            lines += ["", f"{page.path}:{change.line or 1}: {KINDS[change.kind]}"]
            for diff in (change.source, change.translation):
                lines += [f"  {_marked(diff)}"] if diff else []
    return "\n".join([*lines, ""])


def _marked(diff: Iterable[tuple[str, str]]) -> str:
    marks = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}
    return "".join(text.join(marks[sign]) for sign, text in _one_line(diff))


def _one_line(diff: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((sign, text.replace("\n", "⏎")) for sign, text in diff)


def as_html(found: list[Page], language: str, since: str, threshold: int) -> str:
    """Return the report as a page that needs nothing beside it."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        pages=found,
        total=sum((page.coverage for page in found), Coverage()),
        language=language.replace("_", "-"),
        since=since,
        threshold=threshold,
        kinds=KINDS,
    )
