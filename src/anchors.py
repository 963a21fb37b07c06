"""Addresses that last: every heading has an explicit ASCII id, and no other.

Japanese headings get positional ids (``id1``, ``id2`` …) from docutils: a new
heading shifts the rest, and every deep link into the page breaks.  With an
explicit label before each heading the ids are the author's, the same in every
edition; the positional ones are taken out so that nobody links to them.

A ledger (``anchors_ledger``) names every address that has been published.  One
that is gone without a redirect fails the build; ``make anchors`` adds new ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

_POSITIONAL = re.compile(r"(?:id|term-|index-)\d+")
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
        renamed: dict[str, str] = {}
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
            renamed |= {gone: kept[0] for gone in section["ids"] if gone not in kept}
            section["ids"] = kept
        # An index entry right before a heading bore one of them.
        for entries in self.document.findall(addnodes.index):
            entries["entries"] = [
                (kind, value, renamed.get(target, target), main, key)
                for kind, value, target, main, key in entries["entries"]
            ]


@dataclass(frozen=True)
class Line:
    """A line of the ledger.

    Attributes:
        number: of the line in the file, from 1.
        address: ``docname#id`` that has been published.
        target: address to which it has moved, empty while it is there.
    """

    number: int
    address: str
    target: str


HEAD = """\
# Every address of the book that has been published, "docname#id", one a line.
# `make anchors` adds new ones.  An address that is gone fails the build until
# it leads elsewhere: "old-docname#old-id -> docname#id".
"""


def read_ledger(text: str) -> Iterator[Line]:
    r"""Read the lines of a ledger that are neither empty nor a comment.

    >>> [line.target for line in read_ledger("a#x\n# note\na#y -> b#z")]
    ['', 'b#z']
    """
    for number, line in enumerate(text.splitlines(), 1):
        address, _, target = (part.strip() for part in line.partition("->"))
        if address and not address.startswith("#"):
            yield Line(number, address, target)


def gone(lines: Iterable[Line], present: set[str]) -> Iterator[tuple[Line, str]]:
    """Yield the lines whose address leads nowhere, each with what is wrong.

    Good: ``a#new`` in the ledger and in the book; ``a#old -> a#new``.

    Bad: ``a#old`` in the ledger alone; ``a#old -> a#older``.
    """
    for line in lines:
        if line.target and line.target not in present:
            yield (
                line,
                f"the redirect of {line.address} leads to {line.target}, which is not there",
            )
        elif not line.target and line.address not in present:
            cure = f"give the label back, or write '{line.address} -> PAGE#ID' here"
            yield line, f"{line.address} was published and is gone: {cure}"


def addresses(env: BuildEnvironment) -> set[str]:
    """Return the addresses of all labels and terms of the book."""
    std = env.domains.standard_domain
    places = [place[:2] for place in std.anonlabels.values()]
    places += [place for (kind, _), place in std.objects.items() if kind == "term"]
    return {
        f"{docname}#{anchor}"
        for docname, anchor in places
        if docname in env.found_docs and not _POSITIONAL.fullmatch(anchor)
    }


def check_ledger(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Hold the book against the ledger, or update the ledger (env-updated)."""
    if not app.config.anchors_ledger:
        return []
    ledger = Path(app.config.anchors_ledger)
    text = ledger.read_text(encoding="utf-8") if ledger.is_file() else ""
    lines, present = list(read_ledger(text)), addresses(env)
    if app.config.anchors_update:
        known = {line.address: line.target for line in lines}
        kept = {address: known.get(address, "") for address in {*known, *present}}
        written = "".join(
            f"{address} -> {target}\n" if target else f"{address}\n"
            for address, target in sorted(kept.items())
        )
        ledger.write_text(f"{HEAD}{written}", encoding="utf-8")
        lines = list(read_ledger(f"{HEAD}{written}"))
    for line, message in gone(lines, present):
        place = f"{ledger}:{line.number}"
        logger.warning(message, location=place, type="anchors", subtype="gone")
    return []


def redirects(app: Sphinx) -> list[Line]:
    """Return the lines of the ledger that lead from an old address to a new one."""
    ledger = Path(app.config.anchors_ledger or "/nonexistent")
    if not ledger.is_file():
        return []
    return [line for line in read_ledger(ledger.read_text(encoding="utf-8")) if line.target]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform and the check of the ledger."""
    app.add_config_value("anchors_ledger", "", "", str)
    app.add_config_value("anchors_update", default=False, rebuild="", types=bool)
    app.add_transform(LastingHeadingIds)
    app.connect("env-updated", check_ledger)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
