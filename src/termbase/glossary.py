"""The ``{glossary}`` directive with metadata, and the domain that keeps the terms.

Sphinx's own directive does the work; before it runs, the metadata fields at
the head of each definition are taken out, so that they reach neither the page
nor the catalogs.
"""

from __future__ import annotations

import hashlib
import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.domains import Domain
from sphinx.domains.std import Glossary

from .memory import uncollected
from .normal import fold, script
from .romaji import slug
from .terms import Example, Place, Problem, Status, Term, Termbase, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from docutils.statemachine import StringList
    from sphinx.environment import BuildEnvironment

    from .matching import Finding
    from .prose import Prose

_FIELD = re.compile(r"(?P<indent>\s+):(?P<name>[A-Za-z][\w-]*):(?:\s+(?P<value>.*))?$")
_KNOWN = frozenset({"reading", "avoid", "allow", "why", "bad", "good", "id"})
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*$")
_SEPARATOR = re.compile(r"[,、，]")


@dataclass(slots=True)
class _Field:
    name: str
    value: str
    line: int
    column: int


@dataclass(slots=True)
class _Entry:
    """One entry of the directive: its headwords, and the fields at its head."""

    headwords: list[tuple[str, int]] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)


class TermbaseDomain(Domain):
    """What each document declares, says, and was found to say wrongly."""

    name = "termbase"
    label = "termbase"
    data_version = 5
    initial_data: ClassVar[dict[str, Any]] = {
        "terms": {},
        "problems": {},
        "prose": {},
        "findings": {},
        "drawings": {},
        "proved": "",
        "told": "",
        "refused": False,
    }

    @property
    def terms(self) -> dict[str, list[Term]]:
        """The terms each document declares."""
        return cast("dict[str, list[Term]]", self.data["terms"])

    @property
    def problems(self) -> dict[str, list[Problem]]:
        """What is wrong with the declarations of each document."""
        return cast("dict[str, list[Problem]]", self.data["problems"])

    @property
    def prose(self) -> dict[str, Prose]:
        """The source text of each document."""
        return cast("dict[str, Prose]", self.data["prose"])

    @property
    def findings(self) -> dict[str, tuple[str, list[Finding]]]:
        """The findings of each document, with the fingerprint they were made under."""
        return cast("dict[str, tuple[str, list[Finding]]]", self.data["findings"])

    @property
    def drawings(self) -> dict[str, tuple[str, list[Finding]]]:
        """The findings of each drawing, with the fingerprint they were made under."""
        return cast("dict[str, tuple[str, list[Finding]]]", self.data["drawings"])

    @property
    def proved(self) -> str:
        """The fingerprint of the glossary whose examples were last found to be right."""
        return cast("str", self.data["proved"])

    @proved.setter
    def proved(self, mark: str) -> None:
        self.data["proved"] = mark

    @property
    def told(self) -> str:
        """The fingerprint of the glossary whose derived readings were last told."""
        return cast("str", self.data["told"])

    @told.setter
    def told(self, mark: str) -> None:
        self.data["told"] = mark

    @property
    def refused(self) -> bool:
        """Whether this build found nothing that it could check with."""
        return bool(self.data["refused"])

    @refused.setter
    def refused(self, refused: bool) -> None:
        self.data["refused"] = refused

    def clear_doc(self, docname: str) -> None:
        """Forget what *docname* declared and said."""
        for name in ("terms", "problems", "prose", "findings"):
            self.data[name].pop(docname, None)

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """Take over what a parallel reader gathered for *docnames*."""
        for name in ("terms", "problems", "prose", "findings"):
            for docname in docnames:
                if docname in otherdata[name]:
                    self.data[name][docname] = otherdata[name][docname]

    def resolve_any_xref(self, *_args: object, **_kwargs: object) -> list[Any]:
        """Return nothing: terms are referred to through the standard domain."""
        return []


def domain(env: BuildEnvironment) -> TermbaseDomain:
    """Return the domain of *env*."""
    return cast("TermbaseDomain", env.get_domain(TermbaseDomain.name))


def terms_of(env: BuildEnvironment) -> dict[str, list[Term]]:
    """Return the terms that each document declares, in the order of the text."""
    return domain(env).terms


def termbase(env: BuildEnvironment) -> Termbase:
    """Return all terms of the project, ordered by document and place."""
    return Termbase(term for _, terms in sorted(terms_of(env).items()) for term in terms)


class TermGlossary(Glossary):
    """Sphinx's glossary, with metadata at the head of a definition.

    Fields: ``reading``, ``avoid``, ``allow``, ``avoid-<lang>``,
    ``allow-<lang>``, ``why``, ``bad``, ``good``, ``id``.
    """

    def run(self) -> list[nodes.Node]:
        """Take the fields out, run Sphinx's directive, and keep the terms."""
        lines = _TrueLines(self)
        # What is taken out here must stay in the document, or docutils would skip
        # as many lines after the directive.
        self.content.disconnect()
        entries = self._take_fields(lines)
        with lines.absolute(), _one_message():
            result = super().run()
        items = [
            item
            for node in result
            if isinstance(node, addnodes.glossary)
            for entry_list in node.children
            if isinstance(entry_list, nodes.definition_list)
            for item in entry_list.children
            if isinstance(item, nodes.definition_list_item)
        ]
        taken: set[str] = set()
        kept = domain(self.env)
        with uncollected():
            for entry, item in zip(entries, items, strict=False):
                heads = [child for child in item.children if isinstance(child, nodes.term)]
                if not heads:
                    continue
                term = self._term(entry, item, heads, lines.path)
                self._set_ids(term, heads, taken)
                kept.terms.setdefault(self.env.docname, []).append(term)
        return result

    def parse_inline(
        self, text: str, *, lineno: int = -1
    ) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Parse a headword; one of letters and digits alone holds no markup to look for.

        That is most of them, and the parser takes longer for each than
        everything else that is done for an entry.
        """
        if not text.isalnum():
            return super().parse_inline(text, lineno=lineno)
        renderer = getattr(self.state, "_renderer", None)
        if renderer is not None and text.isalpha():
            # MyST counts the words that it parses, for the document to show.
            counted = renderer.md_env.get("wordcount")
            if counted is not None:
                counted["words"] = counted.get("words", 0) + 1
        return [nodes.Text(text)], []

    def _take_fields(  # noqa: C901, PLR0912 - the state machine of the directive it extends
        self, lines: _TrueLines
    ) -> list[_Entry]:
        """Remove the field lines from the content and return them by entry."""
        entries: list[_Entry] = []
        remove: set[int] = set()
        bare: list[int] = []
        state = "definition"
        last = -1
        for number, line in enumerate(self.content.data):
            if not line or line.isspace():
                continue
            if not line[0].isspace():
                if line.startswith(".. "):
                    state = "comment"
                    continue
                if state != "term":
                    if state == "head":
                        bare.append(last)
                    entries.append(_Entry())
                entries[-1].headwords.append((line, lines.of(number)))
                state = "term"
            elif state in {"term", "head"} and entries:
                match = _FIELD.match(line)
                previous = entries[-1].fields[-1] if state == "head" else None
                if match:
                    column = lines.column(number) + match.start("name") - 1
                    value = (match["value"] or "").strip()
                    entries[-1].fields.append(
                        _Field(match["name"], value, lines.of(number), column)
                    )
                    state = "head"
                elif (
                    previous is not None
                    and number - 1 in remove
                    and len(line) - len(line.lstrip()) > _indent(self.content[last])
                ):
                    previous.value = f"{previous.value} {line.strip()}".strip()
                    remove.add(number)
                    continue
                else:
                    state = "definition"
                    continue
                remove.add(number)
                last = number
        if state == "head":
            bare.append(last)
        if lines.markdown:
            # MyST counts from the line after the directive's first and forgets
            # the options between; warnings and what is nested must know the true line.
            self.content.items = [
                (source, lines.of(number)) for number, (source, _) in enumerate(self.content.items)
            ]
        # An entry of fields alone still needs a definition, or Sphinx would
        # join it with the next entry: an empty comment is one.
        comment = "%" if lines.markdown else ".."
        for number in bare:
            indent = self.content[number][: _indent(self.content[number])]
            self.content[number] = indent + comment
            remove.discard(number)
        if remove:
            kept = [number for number in range(len(self.content)) if number not in remove]
            # The content has no parent any more: its lists are its own.
            self.content.data = [self.content.data[number] for number in kept]
            self.content.items = [self.content.items[number] for number in kept]
        return entries

    def _term(
        self, entry: _Entry, item: nodes.Element, heads: list[nodes.term], path: str
    ) -> Term:
        surfaces = [fold_space(head.astext()) for head in heads]
        for head, (_, line) in zip(heads, entry.headwords, strict=False):
            head.line = line
            for index in _indexes(head):
                index.line = line
        language = self.config.termbase_language
        places = [Place(path, line) for _, line in entry.headwords]
        variants = [
            Variant(surface, Status.PREFERRED, language, place)
            for surface, place in zip(surfaces[1:], places[1:], strict=False)
        ]
        texts = {"reading": "", "why": "", "id": ""}
        examples: list[Example] = []
        self._judge_values(entry.fields, surfaces[0], path, places[0])
        for found in entry.fields:
            place = Place(path, found.line, found.column)
            name, _, suffix = found.name.partition("-")
            if found.name not in _KNOWN and not (name in {"avoid", "allow"} and suffix):
                known = ", ".join(sorted(_KNOWN))
                self._problem(
                    f"unknown field {found.name!r} of the term {surfaces[0]!r}: "
                    f"write one of {known}, avoid-<language>, allow-<language>",
                    place,
                    places[0],
                )
            elif name in {"avoid", "allow"}:
                status = Status.DEPRECATED if name == "avoid" else Status.ADMITTED
                variants.extend(
                    Variant(form.strip(), status, suffix or language, place)
                    for form in _SEPARATOR.split(found.value)
                    if form.strip()
                )
            elif found.name in {"bad", "good"}:
                if found.value:
                    examples.append(Example(found.value, found.name == "bad", place))
            else:
                texts[found.name] = found.value
        if texts["id"] and not _IDENTIFIER.match(texts["id"]):
            self._problem(
                f"the id {texts['id']!r} of the term {surfaces[0]!r} is not an ASCII "
                "identifier: use a-z, 0-9 and hyphens",
                places[0],
            )
        definition = " ".join(
            child.astext() for child in item.children if isinstance(child, nodes.definition)
        )
        return Term(
            surface=surfaces[0],
            place=places[0],
            language=language,
            reading=texts["reading"],
            identifier=texts["id"],
            why=texts["why"],
            definition=definition.strip(),
            variants=tuple(variants),
            examples=tuple(examples),
        )

    def _judge_values(self, fields: list[_Field], term: str, path: str, declared: Place) -> None:
        """Note the values that are missing, or of which one is too many.

        A list may be empty, and may end with a separator: it declares nothing then.
        """
        single = {"reading", "why", "id"}
        seen: set[str] = set()
        for found in fields:
            lists = found.name.partition("-")[0] in {"avoid", "allow"}
            said = ""
            if not found.value and not lists:
                said = f"empty {found.name!r} of the term {term!r}: write a value or leave it out"
            elif found.name in single & seen:
                said = f"{found.name!r} of the term {term!r} is given twice: keep one"
            seen.add(found.name)
            if said:
                self._problem(said, Place(path, found.line, found.column), declared)

    def _problem(self, message: str, place: Place, other: Place | None = None) -> None:
        problems = domain(self.env).problems.setdefault(self.env.docname, [])
        problems.append(Problem(message, place, other))

    def _set_ids(self, term: Term, heads: list[nodes.term], taken: set[str]) -> None:
        """Give the headwords identifiers that do not shift when terms are added."""
        document = self.state.document
        standard = self.env.domains.standard_domain
        for number, head in enumerate(heads):
            surface = head.astext()
            wanted = _identifier(term, surface, first=number == 0)
            new = wanted
            count = 1
            while new in taken or document.ids.get(new, head) is not head:
                count += 1
                new = f"{wanted}-{count}"
            if count > 1 and number == 0 and term.identifier:
                self._problem(
                    f"the id {term.identifier!r} of the term {surface!r} is already in use: "
                    "choose another",
                    term.place,
                )
            taken.add(new)
            for old in list(head["ids"]):
                if document.ids.get(old) is head:
                    del document.ids[old]
                for index in _indexes(head):
                    index["entries"] = [
                        (kind, value, new if target == old else target, main, key)
                        for kind, value, target, main, key in index["entries"]
                    ]
            head["ids"] = [new]
            document.ids[new] = head
            if ("term", surface) in standard.objects:
                standard.objects["term", surface] = (self.env.docname, new)


@contextmanager
def _one_message() -> Iterator[None]:
    """Keep back Sphinx's own word about a duplicate term.

    The termbase refuses it, and names both places.
    """

    def is_other(record: logging.LogRecord) -> bool:
        # Its arguments are the kind of object, the name and the other document.
        kinds = record.args if isinstance(record.args, tuple) else ()
        return kinds[:1] != ("term",)

    logger = logging.getLogger("sphinx.sphinx.domains.std")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)


class _TrueLines:
    """The lines of the source file in which the content of a directive stands.

    MyST counts the lines of a directive's content from 0, docutils from the
    beginning of the file; the text of the file itself settles it.
    """

    def __init__(self, directive: TermGlossary) -> None:
        self._state: Any = directive.state
        self.markdown = type(directive.state).__module__.startswith("myst_parser")
        source, line = directive.get_source_info()
        env = directive.env
        transform = _path_of(env)
        self.path = transform(source)
        self._content = list(directive.content)
        self._shift = 0
        try:
            with open(source, encoding="utf-8-sig") as stream:  # noqa: PTH123 - a name of docutils
                self._lines = stream.read().split("\n")
        except (OSError, UnicodeDecodeError):
            self._lines = []
        self._numbers = self._match(directive.content, line)

    def _match(self, content: StringList, line: int) -> list[int]:
        position = max(line - 1, 0)
        numbers = []
        for text in content:
            wanted = text.strip()
            number = position + 1
            if wanted:
                for index in range(position, len(self._lines)):
                    if self._lines[index].strip().lstrip("> ") == wanted.lstrip("> "):
                        number = index + 1
                        position = index + 1
                        break
            numbers.append(number)
        return numbers

    @contextmanager
    def absolute(self) -> Iterator[None]:
        """Have MyST take the line numbers of nested content as they are.

        Its state adds the line of the directive to each, docutils' does not.
        """
        if not self.markdown:
            yield
            return
        kept = self._state._lineno  # noqa: SLF001 - there is no other way to say it
        self._state._lineno = -1  # noqa: SLF001
        try:
            yield
        finally:
            self._state._lineno = kept  # noqa: SLF001

    def of(self, number: int) -> int:
        """Return the line of the content line with that number, from 1."""
        return self._numbers[number]

    def column(self, number: int) -> int:
        """Return the column, from 1, at which a content line begins in its file."""
        line = self._numbers[number] - 1
        if line >= len(self._lines):
            return 1
        return max(self._lines[line].find(self._content[number].rstrip()), 0) + 1


def _path_of(env: BuildEnvironment) -> Any:  # noqa: ANN401 - a function of a path
    from .prose import source_path

    return lambda source: source_path(source, env.srcdir)


def _indexes(head: nodes.term) -> Iterator[addnodes.index]:
    """Yield the index entries that Sphinx hangs on a headword."""
    return (child for child in head.children if isinstance(child, addnodes.index))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def fold_space(text: str) -> str:
    """Return *text* with every run of white space as one space."""
    return " ".join(text.split())


def _identifier(term: Term, surface: str, *, first: bool) -> str:
    if first and term.identifier:
        return f"term-{term.identifier}"
    latin = all(script(c) in {"latin", ""} and c.isascii() for c in fold(surface))
    kana = all(script(c) in {"katakana", "hiragana", "latin", ""} for c in fold(surface))
    name = slug(surface) if latin or kana else ""
    if not name and first and term.reading:
        name = slug(term.reading)
    if not name:
        name = hashlib.sha256(fold(surface).encode()).hexdigest()[:8]
    return f"term-{name}"


def requirements(terms: Iterable[Term], *, identifiers: bool, examples: bool) -> Iterator[Problem]:
    """Yield what the project demands of a term and a term does not have."""
    for term in terms:
        if identifiers and not term.identifier:
            yield Problem(
                f"the term {term.surface!r} has no id: add ':id:' with an ASCII identifier",
                term.place,
            )
        avoids = any(variant.status is Status.DEPRECATED for variant in term.variants)
        if examples and avoids:
            for bad, name in ((True, "bad"), (False, "good")):
                if not any(example.bad is bad for example in term.examples):
                    yield Problem(
                        f"the term {term.surface!r} has 'avoid' but no {name!r} example: "
                        f"add ':{name}:' with a sentence",
                        term.place,
                    )
