"""Findings as warnings of Sphinx, in every build of the source."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

from lab import LabError
from lab import load as load_lab

from . import answers, checking, manuscript
from .findings import Finding
from .tables import Tables, TablesError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

    from lab import Lab

logger = logging.getLogger(__name__)

NOT_CHECKED = (
    "NOT CHECKED: the commands, API paths and excerpts of configuration files, because the "
    "tables of Proxmox VE are missing (%s). Set PVE_TABLES to their folder or make them with "
    "`make pve-tables FROM=...`"
)


#: What stands in the colophon where there are no tables, by language.
NO_TABLES = {"ja": "なし（照合していません）", "": "none (nothing was compared)"}


def substitute(_app: Sphinx, config: Config) -> None:
    """Let documents write ``{{ pve_tables }}`` for the version of the tables (config-inited)."""
    try:
        told = Tables.load(tables_folder(config.claims_tables)).source
    except TablesError:
        told = NO_TABLES.get(config.language, NO_TABLES[""])
    config.myst_substitutions = {**config.myst_substitutions, "pve_tables": told}


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
    lab, unsound = _lab(app)
    for finding in unsound:
        warn(finding)
    schema = answers.load(tables_folder(app.config.claims_tables))
    for finding in findings(app, env, checking.Checker(load(app), lab, schema)):
        warn(finding)
    return []


def _lab(app: Sphinx) -> tuple[Lab | None, list[Finding]]:
    """Return the data of the lab, and what is wrong with them."""
    if not app.config.claims_lab:
        return None, []
    path = Path(app.srcdir, app.config.claims_lab)
    try:
        return load_lab(path), []
    except LabError as error:
        return None, [Finding(path, each.line, "lab", each.message) for each in error.problems]


def findings(app: Sphinx, env: BuildEnvironment, checker: checking.Checker) -> Iterator[Finding]:
    """Yield the findings of all documents, files of the lab and figures."""
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        if path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            read = manuscript.read(path, text, app.config.myst_enable_extensions)
            yield from checker.manuscript(read)
    folder = Path(env.srcdir, app.config.claims_files)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            try:
                yield from checker.lab_file(path, path.read_text(encoding="utf-8"), name)
            except UnicodeDecodeError:
                continue  # not text
    for name in sorted(env.images):
        path = Path(env.srcdir, name)
        if path.suffix == ".svg" and path.is_file():
            yield from checker.drawing(path, path.read_bytes())


def warn(finding: Finding) -> None:
    """Report one finding."""
    logger.warning(
        "%s",
        finding.message,
        location=f"{finding.path}:{finding.line}",
        type="claims",
        subtype=finding.kind,
    )
