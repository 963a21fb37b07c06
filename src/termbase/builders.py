"""The builders ``terms-export`` and ``terms-report``.

They stand apart from what they call, so that a build of the book does not load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.builders.dummy import DummyBuilder
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)


class ExportBuilder(DummyBuilder):
    """``sphinx-build -b terms-export SOURCE OUT``: the termbase for other tools."""

    name = "terms-export"
    epilog = "The exported termbase is in %(outdir)s."

    def write_documents(self, _docnames: AbstractSet[str]) -> None:
        """Write no documents: the terms are in the environment."""

    def finish(self) -> None:
        """Write the files."""
        from .exchange import completed, write_all

        termbase = completed(self._app)
        if not len(termbase):
            logger.warning(
                "there is no term to export; declare terms in a {glossary} directive",
                type="termbase",
                subtype="export",
            )
        for path in write_all(termbase, self.outdir):
            logger.info("%s", path.name)


class ReportBuilder(DummyBuilder):
    """``sphinx-build -b terms-report SOURCE OUT``: ``index.html`` and ``report.json``."""

    name = "terms-report"
    epilog = "The report is in %(outdir)s/index.html and report.json."

    def write_documents(self, _docnames: AbstractSet[str]) -> None:
        """Write no documents: the passages are in the environment."""

    def finish(self) -> None:
        """Write the two forms of the report."""
        from .report import make_report

        report = make_report(self._app)
        (self.outdir / "index.html").write_text(report.to_html(), encoding="utf-8")
        (self.outdir / "report.json").write_text(report.to_json(), encoding="utf-8")
        logger.info(
            "%d terms, %d never used, %d spellings to settle",
            len(report.usages),
            len(report.unused),
            len(report.variations),
        )


def connect(app: Sphinx) -> None:
    """Register the builders with Sphinx.

    ``termbase_report_pages``: the address of the HTML edition, such as
    ``../html/ja``, to which the report links the definitions; empty for
    definitions in the report itself.
    """
    app.add_config_value("termbase_report_pages", "", "", frozenset({str}))
    app.add_builder(ExportBuilder)
    app.add_builder(ReportBuilder)
