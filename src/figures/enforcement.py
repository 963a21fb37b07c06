"""The checks of all figures in a build that writes no pages (``make check``).

They run at ``env-updated``, which fires also when no document was read again,
so that a failure stays one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging

from .book import Book, BookError
from .fonts import FontMissingError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .findings import Finding

logger = logging.getLogger(__name__)


def warn(finding: Finding) -> None:
    """Report a finding as a warning of the type ``figures``."""
    logger.warning(
        "%s",
        finding.message,
        location=f"{finding.path}:{finding.line}",
        type="figures",
        subtype=finding.kind,
    )


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check every figure in every language; no document changes by it (env-updated)."""
    if not app.config.figures_folder or app.builder.name not in app.config.figures_checked_by:
        return []
    shown = defaultdict(set)
    for uri, (docnames, _) in env.images.items():
        shown[Path(os.path.normpath(Path(env.srcdir, uri)))].update(docnames)
    book = Book(
        Path(os.path.normpath(Path(app.confdir, app.config.figures_folder))),
        Path(env.srcdir),
        [Path(env.srcdir, folder) for folder in app.config.locale_dirs],
        shown,
    )
    try:
        for finding in sorted(book.findings()):
            warn(finding)
    except (BookError, FontMissingError) as error:
        logger.warning("%s", error, type="figures", subtype="font")
    return []
