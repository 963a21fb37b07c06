"""How far a page is translated, and in which language each paragraph stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sphinx.transforms import SphinxTransform
from sphinx.util.nodes import extract_messages

from typography.characters import JAPANESE, JAPANESE_LETTERS

if TYPE_CHECKING:
    from docutils import nodes

_LINK = re.compile(
    r"<(a|span class=\"caption-text\")(?=[ >])(?![^>]* lang=)"
    rf"(?=[^>]*>[^<]*[{JAPANESE_LETTERS}])"
)


def mark_links(navigation: str, language: str) -> str:
    """Return HTML of a list of links, Japanese ones marked in another language's page.

    Args:
        navigation: HTML of links to pages that may not be translated yet.
        language: of the page.
    """
    return navigation if language == "ja" else _LINK.sub(r'<\1 lang="ja"', navigation)


def language_of(text: str, language: str) -> str:
    """Return the language of a title on a page of a language."""
    return "ja" if language != "ja" and JAPANESE.search(text) else language


class MarkUntranslated(SphinxTransform):
    """Say of each untranslated message that it is Japanese, and count them.

    Sphinx notes on every translatable node whether a translation was found.  A
    message without Japanese in it, such as a product's name, needs none.
    """

    # After Sphinx has counted its own (25) and resolved what it translated (20).
    default_priority = 960

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Mark this document."""
        if self.config.language == self.config.web_source_language:
            return
        # A message that stands twice is one message of the catalog.
        done: set[str] = set()
        left: set[str] = set()
        # Sphinx notes nothing in a document that has no catalog at all.
        for node, message in list(extract_messages(self.document)):
            if node.get("translated"):
                done.add(message)
            elif JAPANESE.search(node.astext()):
                self.mark(node)
                left.add(message)
        self.document["web_translation"] = {"done": len(done), "total": len(done) + len(left)}

    def mark(self, node: nodes.Element) -> None:
        """Give a node the class from which docutils makes ``lang``."""
        node["classes"] = [*node.get("classes", []), f"language-{self.config.web_source_language}"]
