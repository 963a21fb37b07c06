"""Japanese typography for MyST: emphasis beside punctuation, lines without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Put the Japanese-aware parser in the place of MyST's."""
    # Only here: who asks which characters are Japanese needs no parser.
    from .parser import JapaneseMystParser

    app.setup_extension("myst_parser")
    app.add_source_parser(JapaneseMystParser, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
