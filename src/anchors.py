"""Addresses that last: every heading has an explicit ASCII id, and no other.

Japanese headings get positional ids (``id1``, ``id2`` …) from docutils: a new
heading shifts the rest, and every deep link into the page breaks.  With an
explicit label before each heading the ids are the author's, the same in every
edition; the positional ones are taken out so that nobody links to them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

_LASTING = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class LastingHeadingIds(SphinxTransform):
    """Keep the explicit id of each section, and report a section without one.

    Bad::

        ## 概要

    Good::

        (ch01-overview)=
        ## 概要
    """

    # After MyST's PrioritiseExplicitIds (262), which puts the explicit id first.
    default_priority = 263

    def apply(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Reduce the ids of every section to its explicit one."""
        # A label that is not ASCII has a name of its own and a positional id.
        explicit = {
            name
            for name, declared in self.document.nametypes.items()
            if declared and self.document.nameids.get(name) == name
        }
        for section in self.document.findall(nodes.section):
            kept = [identifier for identifier in section["ids"] if identifier in explicit]
            title = section.next_node(nodes.title)
            if not any(_LASTING.fullmatch(identifier) for identifier in kept):
                logger.warning(
                    "heading %r has no explicit id: write a label such as '(ch01-overview)=' "
                    "(lower-case ASCII letters, digits and hyphens) on the line before it",
                    title.astext() if title else "",
                    location=title or section,
                    type="anchors",
                    subtype="missing",
                )
                continue
            # Positional ids would come and go with other headings; nobody may link to them.
            section["ids"] = kept


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(LastingHeadingIds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
