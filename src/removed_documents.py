"""A chapter that is gone from the sources is gone from the edition.

Sphinx forgets a removed document but leaves the page it wrote before; readers
and search engines would go on finding it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders.html import StandaloneHTMLBuilder

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def remove_pages(
    app: Sphinx,
    _env: BuildEnvironment,
    _added: set[str],
    _changed: set[str],
    removed: set[str],
) -> list[str]:
    """Delete the pages of removed documents (env-get-outdated); outdate nothing."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        for docname in removed:
            Path(app.builder.get_output_path(docname)).unlink(missing_ok=True)
    return []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the listener."""
    app.connect("env-get-outdated", remove_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
