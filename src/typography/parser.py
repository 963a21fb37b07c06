"""MyST's parser with the two plugins of this package."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from docutils.frontend import get_default_settings
from myst_parser.config.main import TopmatterReadError, merge_file_level, read_topmatter
from myst_parser.mdit_to_docutils import base
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.parsers.sphinx_ import MystParser
from myst_parser.warnings_ import MystWarnings, create_warning

from .emphasis import emphasis_plugin
from .linebreaks import linebreaks_plugin

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils import SettingsSpec, nodes
    from docutils.frontend import Values
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererProtocol
    from myst_parser.config.main import MdParserConfig


@cache
def _defaults(*components: SettingsSpec) -> Values:
    return get_default_settings(*components)


# With every text it renders, MyST 5.2 makes a document that it needs only when
# it got none (the default of a ``dict.get``), and docutils builds a parser of
# command lines for its settings.  A translated book renders every message: in
# an English edition of 9,600 messages that was a quarter of the build.
base.get_default_settings = (  # type: ignore[attr-defined]
    lambda *components: copy(_defaults(*components))
)


def create_japanese_parser(
    config: MdParserConfig, renderer: Callable[[MarkdownIt], RendererProtocol]
) -> MarkdownIt:
    """Return MyST's markdown-it parser with Japanese emphasis and line breaks.

    Args:
        config: MyST's configuration of the document.
        renderer: the class that turns tokens into docutils nodes.
    """
    parser = create_md_parser(config, renderer)
    return parser.use(emphasis_plugin).use(linebreaks_plugin)


class JapaneseMystParser(MystParser):
    """A MyST parser that reads Japanese as its writer meant it."""

    _at_rest: ClassVar[tuple[MdParserConfig, MarkdownIt] | None] = None
    """The parser of the last text with its configuration, while nobody uses it."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse source text into the document (see ``MystParser.parse``).

        MyST offers no hook for markdown-it plugins (MyST-Parser 5.2), so this
        repeats its method around another factory.
        """
        config = document.settings.env.myst_config
        try:
            topmatter = read_topmatter(inputstring)
        except TopmatterReadError:
            topmatter = None  # the renderer reports it with its line
        if topmatter:

            def warn(kind: MystWarnings, message: str) -> None:
                create_warning(document, message, kind, line=1, append_to=document)

            config = merge_file_level(config, topmatter, warn)
        # To make a parser takes longer than to read the message of a catalog.
        known, parser = self._at_rest or (None, None)
        JapaneseMystParser._at_rest = None
        if parser is None or known is not config:
            parser = create_japanese_parser(config, SphinxRenderer)
        parser.options["document"] = document
        parser.render(inputstring)
        JapaneseMystParser._at_rest = (config, parser)
