"""A failure stays a failure until it is mended, and says at the end where.

Sphinx reports a warning when it reads or writes a document.  Run again, the
document is unchanged, is not read, and the same ``-W`` build that returned 1
returns 0.  This extension remembers which documents had problems and has them
read again by every build until one brings none.  A build that fails with
``-W`` closes with a list of the problems and their places.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import TYPE_CHECKING, Any

from sphinx.util import logging as sphinx_logging

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

LISTED_AT_MOST = 50
"""How many problems the closing list shows; more would hide the first ones."""

_CATALOG = re.compile(r"/LC_MESSAGES/(.+)\.[pm]o$")
"""The catalog of a page, by which another build may know the page to read again."""

logger = sphinx_logging.getLogger(__name__)


class StandingProblems(sphinx_logging.WarningStreamHandler):
    """Keeps the problems of this build and the memory of the last one.

    It is a warning stream for Sphinx, which holds such streams back while
    warnings are pending; another handler would hear those twice.
    """

    def __init__(self, app: Sphinx) -> None:
        """Listen to what the build of ``app`` warns of."""
        super().__init__(sphinx_logging.SafeEncodingWriter(sys.stderr))
        self.setLevel(logging.WARNING)
        self.config = app.config
        self.problems: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one warning as (location, message); the location may be empty."""
        kind, subtype = getattr(record, "type", ""), getattr(record, "subtype", "")
        if sphinx_logging.is_suppressed_warning(kind, subtype, self.config.suppress_warnings):
            return
        # Sphinx's own stream, which hears the record first, has made the
        # location a string and put the kind of warning behind the message.
        location = str(getattr(record, "location", None) or "")
        self.problems.append((location, logging.LogRecord.getMessage(record)))

    def read_again(
        self,
        app: Sphinx,
        env: BuildEnvironment,
        _added: set[str],
        _changed: set[str],
        _removed: set[str],
    ) -> Sequence[str]:
        """Return the documents that had problems last time (env-get-outdated)."""
        try:
            remembered = json.loads(_memory(app).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError):
            remembered = None
        # A problem without a document (a setting) may come from any.
        return [docname for docname in remembered or env.found_docs if docname in env.found_docs]

    def remember(self, app: Sphinx, exception: Exception | None) -> None:
        """Note the documents to read again and close with a list (build-finished)."""
        logging.getLogger(sphinx_logging.NAMESPACE).removeHandler(self)
        if not self.problems:
            if exception is None:
                _memory(app).unlink(missing_ok=True)
            return
        documents = _documents(app.env, (location for location, _ in self.problems))
        _memory(app).write_text(json.dumps(documents), encoding="utf-8")
        if app._fail_on_warnings:  # noqa: SLF001 - Sphinx has no public word for -W
            logger.info("%s", closing_list(self.problems, app.confdir))


def _memory(app: Sphinx) -> Path:
    return app.doctreedir / "problems.json"


def _documents(env: BuildEnvironment, locations: Iterable[str]) -> list[str] | None:
    """Return the documents that the locations name, or None if one names none."""
    docnames = set()
    for location in locations:
        path = location.split(":", 1)[0]
        catalog = _CATALOG.search(path)
        docname = catalog[1] if catalog else env.path2doc(path) if path else None
        if docname is None or docname not in env.found_docs:
            return None
        docnames.add(docname)
    return sorted(docnames)


def closing_list(problems: Sequence[tuple[str, str]], root: Path) -> str:
    """Return the text that closes a failed build.

    Args:
        problems: (location, message); the location is empty or ``path:line``.
        root: the folder to which paths are shown relative.
    """
    files = {location.split(":", 1)[0] for location, _ in problems}
    lines = [f"problems: {len(problems)}, files: {len(files)}"]
    for location, message in problems[:LISTED_AT_MOST]:
        first_line = message.partition("\n")[0]
        lines.append(f"  {location.removeprefix(f'{root}/') or '(no file)'}: {first_line}")
    if len(problems) > LISTED_AT_MOST:
        lines.append(f"  … and {len(problems) - LISTED_AT_MOST} more above")
    return "\n".join(lines)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the listener and the two ends of a build."""
    standing = StandingProblems(app)
    logging.getLogger(sphinx_logging.NAMESPACE).addHandler(standing)
    app.connect("env-get-outdated", standing.read_again)
    # Late: whatever else warns at the end of a build is counted too.
    app.connect("build-finished", standing.remember, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
