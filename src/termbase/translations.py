"""The catalogs held against the termbase, in every build that has to do with them.

A translated edition checks the catalogs it is made from.  The ``terminology``
builder checks those of every language, so that one command says all.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import locale_references
from .enforcement import TerminologyBuilder, fingerprint, warn
from .matching import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .matching import Finding
    from .terms import Termbase


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Report what the translations make of the terms (``env-updated``)."""
    source, language = app.config.termbase_language, app.config.language
    if isinstance(app.builder, TerminologyBuilder):
        languages = _languages(app, source)
        if not languages:
            return
        from .exchange import completed

        termbase = completed(app)
        for other in languages:
            matcher = Matcher(termbase, source)
            for finding in _findings(app, env, termbase, matcher, other):
                app.builder.findings.append(finding)
                warn(Path(app.confdir), finding)
    elif (
        language != source
        and app.builder.name != "gettext"
        and any(locale_references.catalogs_of(env))
    ):
        from .exchange import completed

        termbase = completed(app)
        locale_references.report_terms(env, termbase, Matcher(termbase, source))


def _languages(app: Sphinx, source: str) -> list[str]:
    folders = (
        folder
        for directory in app.config.locale_dirs
        for folder in Path(app.srcdir, directory).glob("*/LC_MESSAGES")
    )
    return sorted({folder.parent.name for folder in folders} - {source})


def _findings(
    app: Sphinx, env: BuildEnvironment, termbase: Termbase, matcher: Matcher, language: str
) -> Iterator[Finding]:
    def judge(path: Path, name: str) -> list[Finding]:
        # Only here: answers that are kept need no reader of catalogs.
        from .catalogs import check as check_catalog

        return check_catalog(path, termbase, matcher, language, name=name)

    mark = f"{language} {fingerprint(termbase, matcher.language)}"
    for directory in app.config.locale_dirs:
        folder = Path(app.srcdir, directory, language, "LC_MESSAGES").resolve()
        for path in sorted(folder.rglob("*.po")):
            name = locale_references.shown(path, env)
            answer = partial(judge, path, name)
            yield from locale_references.kept(env, "all", (path, name), mark, answer)
