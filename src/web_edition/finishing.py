"""The last steps of the web edition, over the pages as they are written."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sphinx.util import logging

from . import search
from .pages import DROPPED_SCRIPTS
from .stylesheet import Vocabulary, condense

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

logger = logging.getLogger(__name__)

# In the order in which the theme's pages load them; others follow by priority.
THEME_SHEETS = ("styles/pydata-sphinx-theme.css", "pygments.css", "styles/sphinx-book-theme.css")
OWN_SHEET = "book.css"
BUNDLE = "web.css"
UNUSED = (
    *("scripts", "styles", "vendor", "images", "locales"),
    *("webpack-macros.html", "sbt-webpack-macros.html", "basic.css", "pygments.css", "epub.css"),
    *("searchtools.js", "language_data.js", "file.png", "minus.png", "plus.png", OWN_SHEET),
)
"""What Sphinx and the theme put into ``_static`` and no page loads."""


ADDED_BY_THE_SITE = '<details class="web-menu"><summary><span class="icon icon-download">'
"""What publishing.site puts into the pages after the stylesheet has been condensed."""


def further_pages(_app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the page of the search (html-collect-pages)."""
    yield "search", {}, "search.html"


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Condense the stylesheets and write the search index (build-finished)."""
    if exception is not None:
        return
    out = Path(app.outdir)
    pages = {
        path.relative_to(out).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(out.rglob("*.html"))  # the same order in every build
        if "_static" not in path.parts
    }
    bundle_sheets(cast("StandaloneHTMLBuilder", app.builder), out / "_static", pages)
    search.write(out / "_static" / "search", pages)


def bundle_sheets(builder: StandaloneHTMLBuilder, static: Path, pages: dict[str, str]) -> None:
    """Write the one stylesheet of the edition; remove what no page loads."""
    if not (static / THEME_SHEETS[0]).is_file():
        return  # Nothing was out of date: the bundle of the last build stands.
    further = [
        name
        for sheet in builder._css_files  # noqa: SLF001 - Sphinx has no other list of them
        if (name := str(sheet.filename).removeprefix("_static/").partition("?")[0])
        not in {*THEME_SHEETS, OWN_SHEET}
    ]
    sheets = [static / name for name in (*THEME_SHEETS, *further, OWN_SHEET)]
    scripts = [
        path.read_text(encoding="utf-8")
        for path in sorted(static.glob("*.js"))
        if path.name not in DROPPED_SCRIPTS
    ]
    texts = [path.read_text(encoding="utf-8") for path in sheets if path.is_file()]
    # Widths of columns and figures, see pages.without_inline_styles.
    texts.append("".join(f".w-{percent}{{width:{percent}%}}" for percent in range(1, 101)))
    vocabulary = Vocabulary.of([*pages.values(), ADDED_BY_THE_SITE], scripts)
    bundle = condense(texts, vocabulary)
    (static / BUNDLE).write_text(bundle, encoding="utf-8")
    for name in (*UNUSED, *DROPPED_SCRIPTS, *further):
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
