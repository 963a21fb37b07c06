"""Findings as warnings of Sphinx, in every build of the source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

from . import checking, manuscript
from .tables import Tables, TablesError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .findings import Finding

logger = logging.getLogger(__name__)

NOT_CHECKED = (
    "NOT CHECKED: the commands, API paths and excerpts of configuration files, because the "
    "tables of Proxmox VE are missing (%s). Set PVE_TABLES to their folder or make them with "
    "`make pve-tables FROM=...`"
)


def tables_folder(setting: str) -> Path:
    """Return the folder of the tables: the environment's PVE_TABLES, else the setting."""
    return Path(os.environ.get("PVE_TABLES") or setting)


def load(app: Sphinx) -> Tables | None:
    """Return the tables, or None where they are missing, which is said once.

    Continuous integration (CI in the environment) fails without them.
    """
    try:
        return Tables.load(tables_folder(app.config.claims_tables))
    except TablesError as error:
        if os.environ.get("CI"):
            logger.warning(NOT_CHECKED, error, type="claims", subtype="tables")
        else:
            logger.info(NOT_CHECKED, error)
        return None


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check the manuscript and the lab's files (env-updated); no document changes by it.

    It reads the sources, not the doctrees: what is claimed is the same in
    every edition, and a failing build fails again when nothing was read.
    """
    if app.builder.name in app.config.claims_not_with:
        return []
    tables = load(app)
    if tables is not None:
        for finding in findings(app, env, tables):
            warn(finding)
    return []


def findings(app: Sphinx, env: BuildEnvironment, tables: Tables) -> Iterator[Finding]:
    """Yield the findings of all documents and of the lab's scripts."""
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        if path.suffix != ".md":
            continue
        read = manuscript.read(
            path, path.read_text(encoding="utf-8"), app.config.myst_enable_extensions
        )
        yield from checking.check_manuscript(read, tables)
    for path in sorted(Path(env.srcdir, app.config.claims_files).rglob("*.sh")):
        yield from checking.check_script(path, path.read_text(encoding="utf-8"), tables)


def warn(finding: Finding) -> None:
    """Report one finding."""
    logger.warning(
        "%s",
        finding.message,
        location=f"{finding.path}:{finding.line}",
        type="claims",
        subtype=finding.kind,
    )
