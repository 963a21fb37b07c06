"""Termbase and passages in, warnings out; and the ``terminology`` builder.

Everything happens at ``env-updated``: it fires also when nothing was read
again, so that a failing build fails when it is run once more.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from docutils import nodes
from sphinx.builders import Builder
from sphinx.util import logging

from . import glossary, morphology
from .matching import Finding, Matcher, self_test
from .memory import uncollected
from .normal import fold
from .prose import LazyPlaces
from .terms import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from docutils.parsers.rst.states import Inliner
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .matching import Passage
    from .prose import Prose
    from .terms import Problem, Termbase

    Listener = Callable[[Sphinx, BuildEnvironment], Any]

logger = logging.getLogger(__name__)

#: Every kind of finding and what it says: the subtypes of the warning type ``termbase``.
KINDS = {
    "glossary": "the glossary contradicts itself (an error: nothing is checked, the build fails)",
    "morphology": "SudachiPy or its dictionary is missing (an error: as above)",
    "variant": "an avoided form is written",
    "reading": "a term has no reading, or a setting spoils the reading order",
    "unused": "a term is never used",
    "suppression": "a suppression has no effect or is not well formed",
    "drawing": "a drawing cannot be read",
    "equivalent": "a translation does not use the equivalent of a term",
    "reference": "a translation does not refer to what the source refers to",
    "code": "a translation changes inline code",
    "unsafe": "a translation brings markup that the source does not have",
    "catalog": "a catalog cannot be read",
    "export": "there is no term to export",
}


@uncollected()
def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check every document and report what was found; no document changes by it.

    Where the glossary contradicts itself or the dictionary is missing, each
    problem is logged as an error, nothing else is checked, and the build fails
    with or without ``-W``.  It is not stopped by an exception: Sphinx would ask
    the reader to send the traceback to its developers.
    """
    termbase = glossary.termbase(env)
    matcher = Matcher(termbase, app.config.termbase_language)
    mark = fingerprint(termbase, matcher.language)
    findings = list(refusals(app, env, matcher, mark))
    glossary.domain(env).refused = bool(findings)
    if findings:
        for finding in findings:
            warn(Path(env.srcdir), finding, logger.error)
        app.statuscode = 1
    else:
        findings = collect(app, env, matcher, mark)
        for finding in findings:
            warn(Path(env.srcdir), finding)
    if isinstance(app.builder, TerminologyBuilder):
        app.builder.findings = findings
    return []


def where_sound(listener: Listener) -> Listener:
    """Return *listener*, asked only in a build whose glossary :func:`check` did not refuse."""

    @wraps(listener)
    def asked(app: Sphinx, env: BuildEnvironment) -> Any:  # noqa: ANN401 - what the other returns
        return None if glossary.domain(env).refused else listener(app, env)

    return asked


def warn(root: Path, finding: Finding, log: Callable[..., None] = logger.warning) -> None:
    """Report one finding as a warning, or as *log* does; its path is relative to *root*."""
    place = finding.place
    log(
        "%s",
        finding.message,
        # Without a path it is about the installation.
        location=f"{os.path.normpath(root / place.path)}:{place.line}" if place.path else None,
        type="termbase",
        subtype=finding.kind,
    )


def collect(app: Sphinx, env: BuildEnvironment, matcher: Matcher, mark: str) -> list[Finding]:
    """Return the findings of the whole project, sorted by place.

    *mark* is the fingerprint of the termbase that *matcher* knows.
    """
    termbase = matcher.termbase
    kept = glossary.domain(env)
    findings: list[Finding] = []
    root = Path(env.srcdir)
    for docname in sorted(kept.prose):
        cached = kept.findings.get(docname)
        if cached is None or cached[0] != mark:
            found = list(judge(kept.prose[docname], matcher, root, docname))
            cached = kept.findings[docname] = (mark, found)
        findings.extend(cached[1])
    findings.extend(_drawings(env, matcher, mark))
    if app.config.termbase_require_reading:
        findings.extend(_unread(termbase))
    elif kept.told != mark and matcher.language == "ja":
        for finding in _unread(termbase):
            logger.info("%s: %s", finding.place, finding.message)
    kept.told = mark
    if app.config.termbase_unused:
        findings.extend(_unused(termbase, matcher, kept, root))
    return sorted(set_of(findings), key=lambda f: (f.place, f.kind, f.message))


def set_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* without those that say the same of the same place."""
    seen: set[tuple[Place, str, str]] = set()
    result = []
    for finding in findings:
        key = (finding.place, finding.kind, finding.surface)
        if key not in seen:
            seen.add(key)
            result.append(finding)
    return result


def fingerprint(termbase: Termbase, language: str) -> str:
    """Return a mark that changes with anything that can change a finding."""
    content = repr(
        [
            (
                *(t.surface, str(t.place), t.reading, t.why),
                *(t.variants, t.examples, sorted(t.equivalents.items())),
            )
            for t in termbase
        ]
    )
    return hashlib.sha256(f"{language}\n{content}".encode()).hexdigest()


def refusals(app: Sphinx, env: BuildEnvironment, matcher: Matcher, mark: str) -> Iterator[Finding]:
    """Yield what makes every check impossible, naming all places."""
    if len(matcher.termbase) and matcher.language == "ja":
        try:
            morphology.require()
        except morphology.MorphologyMissingError as error:
            morphology.do_without()
            yield Finding(Place("", 1), "", "morphology", str(error))
            return
    for problem in _problems(app, env, matcher, mark):
        other = f" (the other place: {problem.other})" if problem.other else ""
        yield Finding(problem.place, "", "glossary", problem.message + other)


def _problems(app: Sphinx, env: BuildEnvironment, matcher: Matcher, mark: str) -> list[Problem]:
    kept = glossary.domain(env)
    termbase = matcher.termbase
    problems: list[Problem] = []
    for _, found in sorted(kept.problems.items()):
        problems.extend(found)
    problems.extend(termbase.problems())
    problems.extend(
        glossary.requirements(
            termbase,
            identifiers=app.config.termbase_require_id,
            examples=app.config.termbase_require_examples,
        )
    )
    # Examples are proved once for each state of the glossary, not in every build.
    if not problems and kept.proved != mark:
        problems.extend(self_test(matcher))
        if not problems:
            kept.proved = mark
    return problems


def judge(  # noqa: C901 - one pass over a document, whose marks it keeps
    prose: Prose, matcher: Matcher, root: Path, docname: str
) -> Iterator[Finding]:
    """Yield the findings of one document, and its suppressions without effect."""
    places = LazyPlaces(prose.blocks, root)
    unused: dict[int, set[str]] = {}
    for number, suppression in enumerate(prose.suppressions):
        unused[number] = {fold(form) for form in suppression.forms}
    for passage, block in places.passages(docname, matcher.language):
        needless = set(block.sic)
        for finding in matcher.findings(passage):
            quoted = [s for s in block.sic if s[0] < finding.end and finding.start < s[1]]
            if quoted:
                needless.difference_update(quoted)
                continue
            forms = {fold(finding.surface)}
            if finding.variant is not None:
                forms.add(fold(finding.variant.surface))
            allowed = [
                number
                for number in block.allowed
                if forms & {fold(form) for form in prose.suppressions[number].forms}
            ]
            for number in allowed:
                unused[number] -= forms
            if not allowed:
                yield finding
        for start, end in sorted(needless):
            yield _needless(passage, start, end)
    for number, suppression in enumerate(prose.suppressions):
        if suppression.problem or unused[number]:
            line, column = places.located()[suppression.block][0]
            forms_ = [form for form in suppression.forms if fold(form) in unused[number]]
            yield Finding(
                Place(prose.blocks[suppression.block].path, line, column),
                ", ".join(forms_),
                "suppression",
                suppression.problem
                or f"suppression without effect: the next block has no {', '.join(forms_)!r}; "
                "remove the comment",
            )


def _needless(passage: Passage, start: int, end: int) -> Finding:
    surface = passage.text[start:end]
    line, column = passage.places[start]
    return Finding(
        Place(passage.path, line, column),
        surface,
        "suppression",
        f"suppression without effect: {surface!r} is no avoided form; remove the sic role",
    )


def _drawings(env: BuildEnvironment, matcher: Matcher, mark: str) -> Iterator[Finding]:
    kept = glossary.domain(env)
    root = Path(env.srcdir)
    seen: set[str] = set()
    for docname, prose in sorted(kept.prose.items()):
        for path in _svgs(env, prose, docname):
            name = Path(os.path.relpath(path, root)).as_posix()
            if name in seen:
                continue
            seen.add(name)
            state = path.stat()
            key = f"{mark} {state.st_mtime_ns} {state.st_size}"
            cached = kept.drawings.get(name)
            if cached is None or cached[0] != key:
                cached = kept.drawings[name] = (key, list(_drawing(path, name, matcher)))
            yield from cached[1]


def _svgs(env: BuildEnvironment, prose: Prose, docname: str) -> Iterator[Path]:
    for uri in prose.images:
        if "://" in uri or uri.startswith("data:") or not uri.endswith((".svg", ".*")):
            continue
        relative, absolute = env.relfn2path(uri, docname)
        path = Path(absolute[:-2] + ".svg" if relative.endswith(".*") else absolute)
        if path.is_file():
            yield path


def _drawing(path: Path, name: str, matcher: Matcher) -> Iterator[Finding]:
    # Only here: a book without drawings does not load what reads them.
    from . import diagrams

    try:
        for passage in diagrams.passages(path, name, matcher.language):
            yield from matcher.findings(passage)
    except diagrams.DrawingError as error:
        yield Finding(Place(name, error.line), "", "drawing", error.reason)


def _unread(termbase: Termbase) -> Iterator[Finding]:
    """Yield the terms without a reading, with the one that they get."""
    from .readings import derive

    for term in termbase:
        if not term.reading:
            derived = derive(term.surface)
            message = (
                f"the term {term.surface!r} has no reading, {derived!r} is derived: "
                f"add ':reading: {derived}' or the right one"
            )
            yield Finding(term.place, term.surface, "reading", message, term)


def _unused(
    termbase: Termbase, matcher: Matcher, kept: glossary.TermbaseDomain, root: Path
) -> Iterator[Finding]:
    used: set[str] = set()
    for docname, prose in kept.prose.items():
        for passage, block in LazyPlaces(prose.blocks, root).passages(docname, matcher.language):
            if block.surface not in {"term", "index"}:
                used.update(use.term.surface for use in matcher.uses(passage))
    for term in termbase:
        if term.surface not in used:
            message = f"the term {term.surface!r} is never used: use it or remove it"
            yield Finding(term.place, term.surface, "unused", message, term)


def sic_role(
    _name: str,
    rawtext: str,
    text: str,
    _lineno: int,
    _inliner: Inliner,
    _options: dict[str, Any] | None = None,
    _content: Sequence[str] = (),
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Return *text* as it is: an avoided form that is quoted on purpose."""
    return [nodes.inline(rawtext, text, classes=["sic"])], []


class TerminologyBuilder(Builder):
    """Checks and writes no page: ``output.json``, ``output.txt``, ``output.sarif``."""

    name = "terminology"
    epilog = "Findings are in %(outdir)s/output.json, output.txt and output.sarif."
    allow_parallel = True

    def init(self) -> None:
        """Begin without findings."""
        self.findings: list[Finding] = []

    def get_outdated_docs(self) -> set[str]:
        """Return nothing: reading is all this builder needs."""
        return set()

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:  # noqa: ARG002
        """Return nothing: there are no pages."""
        return ""

    def write_documents(self, docnames: AbstractSet[str]) -> None:
        """Write no document."""

    def finish(self) -> None:
        """Write the findings in the three forms."""
        root = Path(self.outdir)
        findings = self.findings
        (root / "output.json").write_text(
            "".join(json.dumps(record(f), ensure_ascii=False) + "\n" for f in findings),
            encoding="utf-8",
        )
        (root / "output.txt").write_text(
            "".join(
                f"{f.place.path}:{f.place.line}:{f.place.column}: [{f.kind}] {f.message}\n"
                for f in findings
            ),
            encoding="utf-8",
        )
        (root / "output.sarif").write_text(
            json.dumps(sarif(findings), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        logger.info("%d terminology findings", len(findings))


def record(finding: Finding) -> dict[str, Any]:
    """Return a finding as one line of ``output.json`` says it."""
    return {
        "filename": finding.place.path,
        "lineno": finding.place.line,
        "column": finding.place.column,
        "surface": finding.surface,
        "term": finding.term.surface if finding.term else "",
        "variant": finding.variant.surface if finding.variant else "",
        "kind": finding.kind,
        "message": finding.message,
        "replacement": finding.replacement,
        "declared": str(finding.term.place) if finding.term else "",
    }


_ERRORS = frozenset({"glossary", "morphology"})


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the findings as a SARIF 2.1.0 log."""
    rules = [
        {"id": f"termbase.{kind}", "shortDescription": {"text": text}}
        for kind, text in KINDS.items()
    ]
    numbers = {kind: number for number, kind in enumerate(KINDS)}
    results = []
    for finding in findings:
        region = {
            "startLine": max(finding.place.line, 1),
            "startColumn": max(finding.place.column, 1),
        }
        result: dict[str, Any] = {
            "ruleId": f"termbase.{finding.kind}",
            "level": "error" if finding.kind in _ERRORS else "warning",
            "message": {"text": finding.message},
        }
        if finding.place.path:
            artifact = {"uri": quote(finding.place.path), "uriBaseId": "SRCROOT"}
            place = {"artifactLocation": artifact, "region": region}
            result["locations"] = [{"physicalLocation": place}]
        if finding.kind in numbers:
            result["ruleIndex"] = numbers[finding.kind]
        results.append(result)
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "termbase", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


__all__ = [
    "KINDS",
    "TerminologyBuilder",
    "check",
    "collect",
    "judge",
    "record",
    "refusals",
    "sarif",
    "sic_role",
    "where_sound",
]
