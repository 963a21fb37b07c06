"""The Sphinx side of the catalogs: safe translations, references compared by target.

Sphinx compares the references of a translation with those of its source so
that none is lost.  For terms it compares what is *written*: ``{term}`node```
is not ``{term}`ノード```, and so a correct translation always warns; footnotes
may not change places either, although grammar often asks for it.  Projects
then silence ``i18n.inconsistent_references`` and lose the real errors.

Here the comparison itself is put right.  :class:`TargetLocale` is Sphinx's
own transform with one part exchanged: before references are compared, a term
that is written as its equivalent gets the target of the source (which is also
what makes it link to the glossary), and the order is free.  Nothing is
silenced.  What is wrong is reported once, at its place in the catalog:
by :func:`report_references` where the text of the message shows it, and by
the transform where only the doctree does.

A translation that brings what its source does not have is refused before it
is parsed, for parsing alone can read files or run templates.  It is treated
as if it were missing, named at its place in the catalog by
:func:`report_unsafe`, and the build ends with an error, with or without ``-W``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.errors import ExtensionError
from sphinx.transforms import i18n
from sphinx.util import logging
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import extract_messages

# What reads catalogs is imported where one is at hand: a build in the language of
# the source has none and does not pay for the parsers.

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .matching import Finding, Matcher
    from .po import Catalog, CatalogError, Entry
    from .terms import Termbase

logger = logging.getLogger(__name__)

# --- the catalogs of a build ----------------------------------------------------------------


#: ``gettext`` reads no translation and must stay usable to mend a catalog;
#: ``terminology`` checks the catalogs of every language by itself.
_OTHERWISE_CHECKED = {"gettext", "terminology"}


def catalogs_of(env: BuildEnvironment) -> Iterator[tuple[Path, str]]:
    """Yield the path of every catalog of this edition, and the path to show for it.

    The shown path is relative to the folder of ``conf.py`` where possible, as
    in ``locale/en/LC_MESSAGES/index.po``.
    """
    for folder in _folders(env):
        for path in sorted(folder.rglob("*.po")):
            yield path, shown(path, env)


def shown(path: Path, env: BuildEnvironment) -> str:
    """Return the path to show for a catalog, relative to the project where possible."""
    confdir = Path(env._app.confdir) if env._app else Path(env.srcdir)  # noqa: SLF001 - no accessor
    for root in (confdir, Path(env.srcdir)):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.as_posix()


def _folders(env: BuildEnvironment) -> Iterator[Path]:
    language = env.config.language
    seen: set[Path] = set()
    for directory in env.config.locale_dirs:
        folder = (Path(env.srcdir) / directory / language / "LC_MESSAGES").resolve()
        if folder not in seen and folder.is_dir():
            seen.add(folder)
            yield folder


def _catalog_of(env: BuildEnvironment, docname: str) -> Iterator[Path]:
    domain = docname_to_domain(docname, env.config.gettext_compact)
    for folder in _folders(env):
        path = folder / f"{domain}.po"
        if path.is_file():
            yield path


@lru_cache(maxsize=512)
def _read(path: Path, name: str, mtime: int) -> Catalog | CatalogError:  # noqa: ARG001 - a key
    from .po import CatalogError, read_catalog

    try:
        return read_catalog(path, name)
    except CatalogError as error:
        return error


def read(path: Path, name: str) -> Catalog | CatalogError:
    """Return a catalog, read anew only when the file has changed, or what is wrong with it."""
    return _read(path, name, path.stat().st_mtime_ns)


@lru_cache(maxsize=4096)
def _declares_terms(path: Path, mtime: int) -> bool:  # noqa: ARG001 - a key
    text = path.read_text(encoding="utf-8", errors="replace")
    return "{glossary}" in text or ".. glossary::" in text


def glossary_catalogs(env: BuildEnvironment) -> list[Path]:
    """Return the catalogs of the documents that hold a glossary, or all if none does.

    The sources are asked, not the domain: while the first document is read
    the glossary may not have been read yet.
    """
    found = [
        path
        for docname in sorted(env.found_docs)
        if (source := Path(env.doc2path(docname))).is_file()
        and _declares_terms(source, source.stat().st_mtime_ns)
        for path in _catalog_of(env, docname)
    ]
    return found or [path for path, _ in catalogs_of(env)]


def known_equivalents(env: BuildEnvironment) -> dict[str, str]:
    """Return what the glossary's catalog makes of each of its messages in this edition."""
    from .po import Catalog

    known: dict[str, str] = {}
    for path in glossary_catalogs(env):
        catalog = read(path, shown(path, env))
        if isinstance(catalog, Catalog):
            for entry in catalog.used:
                known.setdefault(entry.msgid, entry.msgstr.strip())
    return known


# --- the transform ------------------------------------------------------------------------------


class _TargetUpdater(i18n._NodeUpdater):  # noqa: SLF001 - Sphinx offers no way to compare otherwise
    """Sphinx's updater of one translated node, comparing references by target."""

    def compare_references(
        self,
        old_refs: Sequence[nodes.Element],
        new_refs: Sequence[nodes.Element],
        warning_msg: str,
        *,
        key_func: Callable[[nodes.Element], Any] | None = None,
        ignore_order: bool = False,
    ) -> None:
        """Warn, at the place in the catalog, unless the same targets are referred to."""
        del key_func, ignore_order  # the question is always the same one
        old, new = Counter(map(self._target, old_refs)), Counter(map(self._target, new_refs))
        if self.noqa or old == new:
            return
        from .catalogs import references

        env = self.document.settings.env
        entry, titles = _entry_of(env, self.node)
        if entry is not None and any(
            True for _ in references(entry, known_equivalents(env), env.config.language, titles)
        ):
            return  # reported with its column by report_references()
        mentioned = getattr(self, "_mentioned", None)
        if mentioned == (old, new):
            return  # Sphinx compares a named footnote twice
        self._mentioned = (old, new)
        logger.warning(
            warning_msg.format(
                [reference.rawsource for reference in old_refs],
                [reference.rawsource for reference in new_refs],
            ),
            location=str(entry.place()) if entry is not None else self.node,
            type="i18n",
            subtype="inconsistent_references",
        )

    def _target(self, reference: nodes.Element) -> tuple[object, ...]:
        if isinstance(reference, addnodes.pending_xref):
            # Sphinx compares these by reftarget alone; a role is more exact.
            return reference["refdomain"], reference["reftype"], reference["reftarget"]
        name = reference.get("refname")
        if isinstance(reference, nodes.reference) and name is not None:
            # A section is called by its old or its new title; its id is the same.
            return ("reference", self.document.nameids.get(name) or name)
        return type(reference).__name__, name, "" if name else reference.rawsource

    def update_pending_xrefs(self) -> None:
        """Give terms the target of the source, then go on as Sphinx does.

        A reference to what the source does not refer to stays as plain text:
        it has been reported, and need not lead anywhere.
        """
        old = [ref for ref in self.node.findall(addnodes.pending_xref) if _is_term(ref)]
        new = [ref for ref in self.patch.findall(addnodes.pending_xref) if _is_term(ref)]
        open_targets = Counter(ref["reftarget"] for ref in old)
        open_targets.subtract(ref["reftarget"] for ref in new)
        strangers = [ref for ref in new if open_targets[ref["reftarget"]] < 0]
        if strangers:
            self._translate_targets(strangers, open_targets)
        super().update_pending_xrefs()
        wanted = {self._target(ref) for ref in self.node.findall(addnodes.pending_xref)}
        for ref in list(self.patch.findall(addnodes.pending_xref)):
            if self._target(ref) not in wanted:
                ref.replace_self(ref.children)

    def _translate_targets(
        self, strangers: Iterable[nodes.Element], open_targets: Counter[str]
    ) -> None:
        from .catalogs import source_term

        env = self.document.settings.env
        known = known_equivalents(env)
        for path in glossary_catalogs(env):
            # Another equivalent there may make this reference right or wrong.
            env.note_dependency(str(path))
        for reference in strangers:
            target = reference["reftarget"]
            if open_targets[target] >= 0:
                continue
            candidates = [surface for surface in open_targets if open_targets[surface] > 0]
            surface = source_term(target, candidates, known, env.config.language)
            if surface is not None:
                open_targets[surface] -= 1
                open_targets[target] += 1
                reference["reftarget"] = surface


def _is_term(reference: nodes.Element) -> bool:
    return (reference["refdomain"], reference["reftype"]) == ("std", "term")


def _entry_of(
    env: BuildEnvironment, node: nodes.Element
) -> tuple[Entry | None, Mapping[str, str]]:
    """Return the entry of the catalog that translates a node, and the titles there."""
    from .catalogs import Catalog, titles_of

    message = next((text for found, text in extract_messages(node) if found is node), None)
    for path in _catalog_of(env, env.current_document.docname):
        catalog = read(path, shown(path, env))
        if isinstance(catalog, Catalog):
            for entry in catalog.used:
                if entry.msgid == message:
                    return entry, titles_of(catalog)
    return None, {}


class TargetLocale(i18n.Locale):
    """Sphinx's Locale transform: only safe messages, references compared by target.

    Its priority is that of the transform it replaces (20): before the
    substitutions, after the messages have been kept.
    """

    default_priority = i18n.Locale.default_priority

    def apply(self, **kwargs: Any) -> None:  # noqa: ANN401 - signature of docutils
        """Translate the document."""
        source = str(self.document["source"])
        with _our_parts("rst" if source.endswith((".rst", ".txt")) else "myst"):
            super().apply(**kwargs)
        # Each part of a translation still holds the document its message was
        # parsed in: stored with them, those were five sixths of an edition.
        for node in self.document.findall():
            node.document = self.document


@dataclass
class _SafeTranslations:
    """The two attributes of a gettext catalog that the Locale transform reads."""

    _catalog: dict[str, str]
    _fallback: None = None


@contextmanager
def _our_parts(markup: str) -> Iterator[None]:
    """Let Sphinx's Locale transform use our updater and only safe translations.

    It looks both names up in its module; there is no other seam.  They are
    exchanged only while our transform runs, so that other builds in this
    process are not touched.
    """
    names: dict[str, Any] = vars(i18n)
    stock = {name: names[name] for name in ("_NodeUpdater", "init_locale")}

    def init_locale(*args: Any, **kwargs: Any) -> tuple[Any, bool]:  # noqa: ANN401
        translations, found = stock["init_locale"](*args, **kwargs)
        merged: dict[str, str] = {}
        each: Any = translations
        while each is not None:
            merged = {**getattr(each, "_catalog", {}), **merged}
            each = getattr(each, "_fallback", None)
        return _SafeTranslations(
            {
                msgid: msgstr
                for msgid, msgstr in merged.items()
                if not (isinstance(msgid, str) and msgid) or is_safe(msgid, msgstr, markup)
            }
        ), found

    names.update(_NodeUpdater=_TargetUpdater, init_locale=init_locale)
    try:
        yield
    finally:
        names.update(stock)


@lru_cache(maxsize=65536)
def is_safe(msgid: str, msgstr: str, markup: str = "myst") -> bool:
    """Say whether a translation may be parsed."""
    from .catalogs import Entry, Message, unsafe

    location = "x.rst" if markup == "rst" else "x.md"
    entry = Entry("", Message(msgid, 1, ()), Message(msgstr, 1, ()), locations=(location,))
    return next(unsafe(entry), None) is None


# --- reports ----------------------------------------------------------------------------------


def warn(finding: Finding) -> None:
    """Report a finding in a catalog as a Sphinx warning of type ``termbase``."""
    logger.warning(
        "%s",
        finding.message,
        location=str(finding.place),
        type="termbase",
        subtype=finding.kind,
    )


class CatalogsDomain(Domain):
    """What was found in each catalog, kept between builds.

    A domain of its own, because this module also works without the rest of the
    termbase, and because Sphinx keeps the data of a domain.
    """

    name = "termbase_catalogs"
    label = "findings in the catalogs"
    # Changes with what the checks of a catalog find.
    data_version = 1
    initial_data: ClassVar[dict[str, Any]] = {"answers": {}}

    @property
    def answers(self) -> dict[tuple[str, str], tuple[str, list[Finding]]]:
        """The answers by question and catalog, with the state they hold for."""
        return cast("dict[tuple[str, str], tuple[str, list[Finding]]]", self.data["answers"])

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """Take nothing over: catalogs are judged in the main process alone."""

    def resolve_any_xref(self, *_args: object, **_kwargs: object) -> list[Any]:
        """Return nothing: no reference leads to a catalog."""
        return []


def kept(
    env: BuildEnvironment,
    question: str,
    catalog: tuple[Path, str],
    mark: str,
    judge: Callable[[], Iterable[Finding]],
) -> list[Finding]:
    """Return what *judge* finds in a catalog, a path and its name, asked once a state.

    The state is the content of the file, compiled or not, and *mark*: whatever
    else the answer depends on.  A build that changes neither takes the answer
    from the build before.
    """
    path, name = catalog
    state = hashlib.sha256(f"{mark}\n".encode())
    for file in (path, path.with_suffix(".mo")):
        try:
            content = file.read_bytes()
        except OSError:
            content = b""  # what is wrong with the file is for the judge to say
        state.update(b"%d\n%b" % (len(content), content))
    key = state.hexdigest()
    shelf = cast("CatalogsDomain", env.get_domain(CatalogsDomain.name)).answers
    answer = shelf.get((question, name))
    if answer is None or answer[0] != key:
        answer = shelf[question, name] = (key, list(judge()))
    return answer[1]


def report_unsafe(app: Sphinx, env: BuildEnvironment, _docnames: list[str]) -> None:
    """Report the translations of this edition that are unsafe or cannot be read.

    Runs before the documents are read, each time.  Also asked are the
    compiled catalogs, because it is those that Sphinx takes the text from.
    A build with such a finding fails, even without ``-W``.
    """
    if app.builder.name in _OTHERWISE_CHECKED:
        return
    for path, name in catalogs_of(env):
        for finding in kept(
            env, "unsafe", (path, name), "", partial(_unsafe_findings, path, name)
        ):
            warn(finding)
            app.statuscode = 1


def _unsafe_findings(path: Path, name: str) -> Iterator[Finding]:
    from .catalogs import CatalogError, Entry, Message, unsafe

    catalog = read(path, name)
    if isinstance(catalog, CatalogError):
        yield catalog.finding()
        return
    used: dict[str, set[str]] = {}
    for entry in catalog.used:
        used.setdefault(entry.msgid, set()).add(entry.msgstr)
        if not is_safe(entry.msgid, entry.msgstr, entry.markup):
            yield from unsafe(entry)
    compiled = path.with_suffix(".mo")
    if not compiled.is_file():
        return
    locations = next((entry.locations for entry in catalog.entries if entry.locations), ())
    for msgid, msgstr, context in _compiled(compiled):
        if msgid and msgstr not in used.get(msgid, ()):
            shown_name = str(Path(name).with_suffix(".mo"))
            message = Message(msgid, 1, ()), Message(msgstr, 1, ())
            yield from unsafe(Entry(shown_name, *message, context, locations=locations))


def _compiled(path: Path) -> Iterator[tuple[str, str, str | None]]:
    from babel.messages.mofile import read_mo

    with path.open("rb") as stream:
        for message in read_mo(stream):
            ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
            strings = (
                message.string if isinstance(message.string, (list, tuple)) else [message.string]
            )
            for string in strings:
                yield str(ids[0]), str(string or ""), message.context


def report_references(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every reference that a translation of this edition loses, adds or bends.

    Runs on ``env-updated``, which also fires when no document was read again:
    a failure must stay a failure.
    """
    if app.builder.name in _OTHERWISE_CHECKED:
        return
    catalogs = list(catalogs_of(env))
    if not catalogs:
        return
    known, language = known_equivalents(env), env.config.language
    mark = repr((language, sorted(known.items())))

    def judge(path: Path, name: str) -> Iterator[Finding]:
        from .catalogs import references

        for entry, titles in _entries(path, name):
            if is_safe(entry.msgid, entry.msgstr, entry.markup):
                yield from references(entry, known, language, titles)

    for catalog in catalogs:
        for finding in kept(env, "references", catalog, mark, partial(judge, *catalog)):
            warn(finding)


def report_terms(env: BuildEnvironment, termbase: Termbase, matcher: Matcher) -> None:
    """Warn of every term that a translation of this edition calls by another name."""
    from .enforcement import fingerprint

    language = env.config.language
    mark = f"{language} {fingerprint(termbase, matcher.language)}"

    def judge(path: Path, name: str) -> Iterator[Finding]:
        from .catalogs import equivalents

        for entry, _ in _entries(path, name):
            yield from equivalents(entry, termbase, language, matcher)

    for catalog in catalogs_of(env):
        for finding in kept(env, "terms", catalog, mark, partial(judge, *catalog)):
            warn(finding)


def _entries(path: Path, name: str) -> Iterator[tuple[Entry, Mapping[str, str]]]:
    from .catalogs import Catalog, titles_of

    catalog = read(path, name)
    if isinstance(catalog, Catalog):
        titles = titles_of(catalog)
        yield from ((entry, titles) for entry in catalog.used)


def setup(app: Sphinx) -> dict[str, bool]:
    """Exchange Sphinx's Locale transform and check the catalogs of the edition."""
    transforms = app.registry.transforms
    transforms[:] = [TargetLocale if each is i18n.Locale else each for each in transforms]
    if TargetLocale not in transforms:
        message = "termbase: Sphinx's Locale transform is not where it was; update termbase"
        raise ExtensionError(message)
    app.add_domain(CatalogsDomain)
    app.connect("env-before-read-docs", report_unsafe)
    app.connect("env-updated", report_references)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
