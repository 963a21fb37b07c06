"""Diagrams that speak the language of the edition.

One SVG master per figure.  Its labels travel in the catalog of the chapter
that shows it, and a translated edition gets a drawing made from the master.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .conversion import CachedConverter
from .enforcement import check
from .translation import CollectLabels, TranslateDrawings, diagram_label, skip_label

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def name_figures(_app: Sphinx, config: Config) -> None:
    """Let the catalogs say of each label which figure it stands in (config-inited)."""
    config.templates_path = [*config.templates_path, str(Path(__file__).with_name("templates"))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the invisible node, the transforms around translation, the converter, the checks.

    ``figures_folder``: the folder of the masters and of ``house.css``, relative
    to ``conf.py``; where it is empty, the figures are not checked together.
    ``figures_checked_by``: the builders that check them; they write no pages.
    """
    app.add_node(
        diagram_label,
        html=(skip_label, None),
        latex=(skip_label, None),
        text=(skip_label, None),
    )
    app.add_transform(CollectLabels)
    app.add_post_transform(TranslateDrawings)
    app.setup_extension("sphinxcontrib.rsvgconverter")
    app.add_post_transform(CachedConverter)
    app.add_config_value("figures_folder", "", "", frozenset({str}))
    app.add_config_value("figures_checked_by", ["terminology", "dummy"], "", frozenset({list}))
    app.connect("config-inited", name_figures)
    app.connect("env-updated", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
