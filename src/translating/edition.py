"""What a translated edition says of itself, and what must not be left in it.

Paragraphs without a translation stand in Japanese and are marked as such; the
page says how far it is translated, in every format.  Japanese that is not
marked was lost on the way from the catalog to the page: the build fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from web_edition.words import words_of

from .coverage import Coverage, of_catalog
from .writing import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)


class coverage_note(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes so
    """How far the page is translated, to be said by editions other than the web's."""


def of_page(config: Config, srcdir: Path, docname: str) -> Coverage | None:
    """Return the coverage of the catalog of a page, None where it has none."""
    for folder in config.locale_dirs:
        path = Path(srcdir, folder, config.language, "LC_MESSAGES", f"{docname}.po")
        try:
            return of_catalog(path)
        except (OSError, UnicodeDecodeError):
            continue  # termbase reports what cannot be read
    return None


class SayCoverage(SphinxTransform):
    """Put a note under the title of a page that is not translated completely."""

    # After the web edition has counted what the page shows (960).
    default_priority = 965

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Complete the figures of this document."""
        shown = self.document.get("web_translation")
        if shown is None:
            return
        catalog = of_page(self.config, Path(self.env.srcdir), self.env.current_document.docname)
        # A catalog that has not seen the last change of the page counts too few.
        if catalog and catalog.fuzzy + catalog.missing >= shown["total"] - shown["done"]:
            shown = {"done": catalog.translated, "total": catalog.total}
            self.document["web_translation"] = shown
        title = next(iter(self.document.findall(nodes.title)), None)
        if shown["done"] < shown["total"] and title is not None:
            title.parent.insert(title.parent.index(title) + 1, coverage_note(**shown))


class ShowCoverage(SphinxPostTransform):
    """Make the note a paragraph; the template of a web page has its own."""

    default_priority = 100

    def run(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Replace the notes of this document."""
        web = self.env._app.builder.name == "html"  # noqa: SLF001 - .app is deprecated
        for note in list(self.document.findall(coverage_note)):
            if web:
                note.parent.remove(note)
                continue
            done, total = note["done"], note["total"]
            said = words_of(self.config.language)["translation"].format(
                done=done, total=total, percent=Coverage(done, 0, total - done).percent
            )
            paragraph = nodes.paragraph(classes=["coverage"])
            paragraph += nodes.emphasis(said, said)
            note.replace_self(paragraph)


class FindJapanese(SphinxTransform):
    """Warn of Japanese in a page that is translated completely.

    A page with something left to translate says so itself.
    """

    # After everything that translates and counts.
    default_priority = 970

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Look at this document."""
        letters = letters_of(self.config.language)
        shown = self.document.get("web_translation")
        if letters is None or shown is None or shown["done"] < shown["total"]:
            return
        for node, text in _texts(self.document):
            rest = text
            for allowed in self.config.translating_allowed:
                rest = rest.replace(allowed, "")
            if letters.search(rest):
                logger.warning(
                    "Japanese is left in this edition: %r; translate it in the catalog, write it "
                    "so that it reaches the catalog, or allow it (translating_allowed in conf.py)",
                    text.strip()[:60],
                    location=node,
                    type="translating",
                    subtype="japanese",
                )


def _texts(doctree: nodes.document) -> Iterator[tuple[nodes.Element, str]]:
    """Yield what a reader of the document gets to read, with the node that has it."""
    for text in doctree.findall(nodes.Text):
        parent = text.parent
        if parent is not None and not _is_on_purpose(parent):
            yield parent, text.astext()
    for image in doctree.findall(nodes.image):
        if not _is_on_purpose(image):
            yield image, image.get("alt", "")


def _is_on_purpose(node: nodes.Element) -> bool:
    """Say whether something around a node says that it is Japanese, or no reader sees it."""
    above: nodes.Element | None = node
    while above is not None:
        if isinstance(above, (nodes.Invisible, nodes.comment, nodes.raw)):
            return True
        if isinstance(above, nodes.literal_block) and "source" in above:
            return True  # a file of the lab, the same in every edition
        if "language-ja" in above.get("classes", []) or above.get("lang") == "ja":
            return True
        above = above.parent
    return False


def setup(app: Sphinx) -> None:
    """Register the parts."""
    app.add_config_value("translating_allowed", [], "env", list)
    app.add_node(coverage_note)
    app.add_transform(SayCoverage)
    app.add_transform(FindJapanese)
    app.add_post_transform(ShowCoverage)
