"""The web edition: what sphinx-book-theme lacks for a book in Japanese.

Templates, styles and scripts are a child theme (``_templates/web``).  This
extension tells its pages what they need, condenses the stylesheets of the
theme to what the book uses, and writes the search index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.writers.html5 import HTML5Translator

from . import finishing, moved, pages, translation

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def connect(app: Sphinx) -> None:
    """Listen to the HTML builder alone; EPUB has pages of its own (builder-inited)."""
    if not isinstance(app.builder, StandaloneHTMLBuilder) or app.builder.name != "html":
        return
    # The book brings its own search; Sphinx's index would not be read by anyone.
    app.builder.search = False
    app.add_js_file("web.js", loading_method="defer")
    app.connect("html-page-context", pages.prepare, priority=100)
    app.connect("html-page-context", pages.drop_scripts, priority=900)
    app.connect("html-collect-pages", finishing.further_pages)
    app.connect("html-collect-pages", moved.pages)
    app.connect("build-finished", finishing.finish)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the settings and listeners."""
    app.add_config_value("web_source_language", "ja", "env", str)
    app.add_config_value("web_summary", "", "html", str)
    app.add_config_value("web_baseline", "", "html", str)
    app.add_config_value("web_repository", "", "html", str)
    app.add_transform(translation.MarkUntranslated)
    # The theme extends the registered translators, and Sphinx's own only where
    # none is: another builder's translator would leave the pages without it.
    app.set_translator("html", HTML5Translator)
    app.connect("builder-inited", connect)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
