"""The directives ``command`` and ``output``: code that says where it belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import container_wrapper
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .placeholders import code_word, words
from .session import PROMPTS, parse
from .session import Command as Typed
from .words import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils.nodes import Node

logger = logging.getLogger(__name__)

ROLES = ("node", "guest", "outer", "workstation")
"""Places that are no machine of the lab's list."""

FROM = ("source", "docs", "debian", "run")
"""What an expected output may stem from."""


class PlacedCode(SphinxDirective):
    """Code on a named machine; what both directives share."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    head: ClassVar[str]
    language: ClassVar[str]
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "caption": directives.unchanged_required,
        "name": directives.unchanged_required,
    }

    def warn(self, subtype: str, message: str, *arguments: object) -> None:
        """Report a mistake of the author at the place of the directive."""
        logger.warning(
            message, *arguments, location=self.get_location(), type="apparatus", subtype=subtype
        )

    def word(self, key: str) -> str:
        """Return a word of the apparatus in the language of the edition."""
        return word(self.config.language, key)

    def places(self) -> list[str]:
        """Return the names of the places as a reader sees them; report unknown ones."""
        names = [name.strip() for name in re.split(r"[,、]", self.arguments[0])]
        known = [*self.config.apparatus_machines, *ROLES]
        for name in names:
            if name not in known:
                self.warn(
                    "place",
                    "unknown place %r: write a machine of the lab or a role (%s)",
                    name,
                    ", ".join(known),
                )
        return [self.word(name) if name in ROLES else name for name in names]

    def code(self) -> nodes.Element:
        """Return the code, with its caption where it has one."""
        text = "\n".join(self.content)
        block = nodes.literal_block(text, text, language=self.language)
        self.set_source_info(block)
        wrapped: nodes.Element = block
        if caption := self.options.get("caption"):
            wrapped = container_wrapper(self, block, caption)
        self.add_name(wrapped)
        return wrapped

    def code_words(self, found: list[str], *, code: bool) -> list[code_word]:
        """Return the words that a translated edition says otherwise."""
        result = [code_word(original=text, code=code) for text in found]
        for word_ in result:
            self.set_source_info(word_)
        return result

    def titled(self) -> nodes.container:
        """Return the container with the line that names the places."""
        kind = self.name
        whole = nodes.container(classes=[kind])
        self.set_source_info(whole)
        places = self.word("separator").join(self.places())
        whole += _line(f"{kind}-place", self.word(self.head).format(places))
        return whole


def _line(kind: str, text: str) -> nodes.container:
    """Return a line of the apparatus; without a source, so it is not extracted."""
    return nodes.container("", nodes.paragraph("", text), classes=[kind])


class Command(PlacedCode):
    r"""What is typed, and where.

    Good::

        ```{command} pve1
        :risk: sdb の中身がすべて消えます
        # zpool create -o ashift=12 tank /dev/sdb
        ```

    Bad: an unknown place; a body in which no line begins with ``# `` or ``$ ``.
    """

    head = "place"
    language = "session"
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        **(PlacedCode.option_spec or {}),
        "risk": directives.unchanged_required,
    }

    def run(self) -> list[Node]:
        """Build the block."""
        if not any(isinstance(part, Typed) for part in parse(list(self.content))):
            self.warn(
                "prompt",
                "the block has no command: begin each command with %r (root) or %r (user), "
                "or write an {output} block",
                *PROMPTS,
            )
        whole = self.titled()
        if risk := self.options.get("risk"):
            whole["classes"].append("command-danger")
            text, messages = self.parse_inline(risk, lineno=self.lineno)
            paragraph = nodes.paragraph(risk, "", *text)
            self.set_source_info(paragraph)
            whole += nodes.container("", paragraph, *messages, classes=["command-risk"])
        whole += self.code()
        whole += self.code_words(words("\n".join(self.content)), code=True)
        return [whole]


class Output(PlacedCode):
    """What should be seen, and what that is derived from.

    Good::

        ```{output} pve1
        :from: source: qemu-server src/PVE/CLI/qm.pm
        VMID NAME …
        ```

    Bad: no ``:from:``, or one that does not begin with a kind of :data:`FROM`.
    """

    head = "expected"
    language = "text"
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        **(PlacedCode.option_spec or {}),
        "from": directives.unchanged_required,
    }

    def run(self) -> list[Node]:
        """Build the block."""
        whole = self.titled()
        whole += self.code()
        whole += self.code_words(words("\n".join(self.content)), code=True)
        kind, _, rest = self.options.get("from", "").partition(":")
        if kind in FROM and rest.strip():
            whole["from"] = kind
            whole += _line("output-from", self.word(kind).format(rest.strip()))
            if not rest.isascii():
                whole += self.code_words([rest.strip()], code=False)
        else:
            self.warn(
                "from",
                "say what this output stems from: ':from:' and one of %s, a colon, and the "
                "repository and file, the document or the tool with its version",
                ", ".join(FROM),
            )
        return [whole]
