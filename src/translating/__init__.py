"""The translators' workshop: catalogs, what is checked in them, how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what translated editions need."""
    # Only here: the verbs of the workshop, and the table of editions, need no Sphinx.
    from . import edition

    edition.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
