"""Words for the reader inside code, in the language of the edition.

Code is not translated.  A placeholder such as ``<指紋>``, though, is a word that
the reader replaces, and what an output stems from may be said in words.  Such
words travel in the catalog of the chapter and are put into the code of a
translated edition.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PLACEHOLDER = re.compile(r"<[^<>\n]*[^\x00-\x7f][^<>\n]*>")


class code_word(  # noqa: N801 - docutils names nodes so
    nodes.Invisible, nodes.Element, addnodes.translatable
):
    """A word inside the code of its parent; never rendered itself."""

    def preserve_original_messages(self) -> None:
        """Do nothing: the original is an attribute from the beginning."""

    def apply_translated_message(self, original_message: str, translated_message: str) -> None:
        """Take the translation from the catalog."""
        if original_message == self["original"]:
            self["translation"] = translated_message

    def extract_original_messages(self) -> Sequence[str]:
        """Return the word for the catalog."""
        return [self["original"]]


def words(text: str) -> list[str]:
    """Return the placeholders of a text that are words, without brackets, each once."""
    return list(dict.fromkeys(found[0][1:-1] for found in PLACEHOLDER.finditer(text)))


def skip_word(_translator: nodes.NodeVisitor, _node: nodes.Element) -> None:
    """Render nothing."""
    raise nodes.SkipNode


class CollectWords(SphinxTransform):
    """Hang the placeholders of plain blocks of code on them, where translation finds them.

    The blocks of the apparatus bring their own; a file that is shown stays as it is.
    """

    # Before Sphinx keeps the originals (10) and applies the catalogs (20).
    default_priority = 5

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Complete the blocks of this document."""
        for block in list(self.document.findall(nodes.literal_block)):
            around = block.parent.parent if "literal-block-wrapper" in _classes(block) else None
            above = around or block.parent
            own = any(isinstance(child, code_word) for child in above.children)
            if "source" in block or own:
                continue
            for text in words(block.astext()):
                word = code_word(original=text, code=True)
                word.source, word.line = block.source or self.document["source"], block.line
                block.append(word)


def _classes(block: nodes.literal_block) -> list[str]:
    return list(block.parent.get("classes", []))


class TranslateWords(SphinxTransform):
    """Put the translated words into the code."""

    # After Sphinx has applied the catalogs (20).
    default_priority = 25

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Rewrite the blocks of this document."""
        for word in self.document.findall(code_word):
            if "translation" in word:
                for text in _texts(word.parent):
                    old, new = word["original"], word["translation"]
                    said = (
                        text.replace(f"<{old}>", f"<{new}>")
                        if word["code"]
                        else (text.replace(old, new))
                    )
                    _replace(text, said)


def _texts(block: nodes.Element) -> Iterator[nodes.Text]:
    """Yield the texts of the block that no catalog translates."""
    for text in list(block.findall(nodes.Text)):
        if isinstance(text.parent, nodes.literal_block) or text.parent.source is None:
            yield text


def _replace(text: nodes.Text, said: str) -> None:
    if said != text:
        parent = text.parent
        if isinstance(parent, nodes.literal_block):
            parent.rawsource = said  # what the highlighter compares with the text
        parent.replace(text, nodes.Text(said))
