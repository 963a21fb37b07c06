"""The way of a label through Sphinx: into the catalog, and back into a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util._pathlib import _StrPath

from .checking import MASTER
from .drawing import labels, write_if_changed
from .enforcement import warn
from .rendering import rendered, wraps
from .safety import unsafe

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)


class diagram_label(  # noqa: N801 - docutils names nodes so
    nodes.Invisible, nodes.Element, addnodes.translatable
):
    """A text of a drawing, child of the image that shows it; never rendered."""

    def preserve_original_messages(self) -> None:
        """Do nothing: the original is an attribute from the beginning."""

    def apply_translated_message(self, original_message: str, translated_message: str) -> None:
        """Take the translation from the catalog."""
        if original_message == self["original"]:
            self["translation"] = translated_message

    def extract_original_messages(self) -> Sequence[str]:
        """Return the text for the catalog."""
        return [self["original"]]


def skip_label(_translator: nodes.NodeVisitor, _node: nodes.Element) -> None:
    """Render nothing."""
    raise nodes.SkipNode


class CollectLabels(SphinxTransform):
    """Hang the labels of every SVG on its image, where translation finds them."""

    # Before Sphinx keeps the originals (10) and applies the catalogs (20).
    default_priority = 5

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Read the drawings of this document."""
        for image in self.document.findall(nodes.image):
            uri = image["uri"]
            if not uri.endswith(".svg") or "://" in uri:
                continue
            relative, absolute = self.env.relfn2path(uri, self.env.docname)
            path = Path(absolute)
            if not path.is_file():
                continue  # Sphinx reports the missing file, with the place of the image
            self.env.note_dependency(relative)
            data = path.read_bytes()
            refused = [f for f in unsafe(absolute, data) if f.kind in {"unsafe", "broken"}]
            for finding in refused:
                warn(finding)
            if refused:
                continue
            if not image.get("alt"):
                logger.warning(
                    "the figure %s has no alternative text: add ':alt:' with what it shows",
                    path.name,
                    location=image,
                    type="figures",
                    subtype="alt",
                )
            for label in labels(data):
                node = diagram_label(original=label.text)
                node.source, node.line = absolute, label.line
                image.append(node)


class TranslateDrawings(SphinxPostTransform):
    """Show the drawing of this edition's language in the place of the master."""

    # Before image converters (200), which turn SVG into PDF for LaTeX.
    default_priority = 150
    formats = ("html", "latex")

    def run(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Write the translated drawings of this document and point to them."""
        for image in list(self.document.findall(nodes.image)):
            found = [child for child in image.children if isinstance(child, diagram_label)]
            messages = {
                label["original"]: label["translation"]
                for label in found
                if "translation" in label
            }
            image.children = [child for child in image.children if child not in found]
            if found:
                self._show(image, messages)

    def _show(self, image: nodes.image, messages: dict[str, str]) -> None:
        language = self.config.language
        candidates = image["candidates"]
        kind = "image/svg+xml" if "image/svg+xml" in candidates else "*"
        master = Path(self.env.srcdir, candidates[kind])
        data = master.read_bytes()
        if not messages and not wraps(data):
            return  # the master is the drawing of this edition
        spoken = language if messages else MASTER
        drawing = rendered(data, spoken.replace("_", "-"), messages)
        # The folders of the master keep two figures of one name apart.
        inner = Path(*(part for part in Path(candidates[kind]).parts if part != ".."))
        target = self.env.doctreedir / "figures" / inner.with_suffix(f".{language}.svg")
        write_if_changed(target, drawing)
        candidates[kind] = str(target)
        image["uri"] = str(target)
        self.env.original_image_uri[_StrPath(target)] = str(master)
        self.env.images.add_file(self.env.current_document.docname, str(target))
