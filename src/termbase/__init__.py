"""The glossary that enforces itself: terminology checks for Sphinx."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, the domain, the checks, the builder and the settings."""
    from . import (
        builders,
        enforcement,
        glossary,
        linking,
        locale_references,
        prose,
        readings,
        translations,
    )

    # The language of the source text: whose rules ``avoid`` and ``allow`` are.
    app.add_config_value("termbase_language", "ja", "env", frozenset({str}))
    # A term with ``avoid`` must have ``bad`` and ``good`` examples.
    app.add_config_value(
        "termbase_require_examples", default=False, rebuild="", types=frozenset({bool})
    )
    # A term must have an explicit ``id``.
    app.add_config_value("termbase_require_id", default=False, rebuild="", types=frozenset({bool}))
    # A term without ``reading`` is a finding.
    app.add_config_value(
        "termbase_require_reading", default=False, rebuild="", types=frozenset({bool})
    )
    # A term that no document uses is a finding.
    app.add_config_value("termbase_unused", default=False, rebuild="", types=frozenset({bool}))

    app.add_domain(glossary.TermbaseDomain)
    app.add_directive_to_domain("std", "glossary", glossary.TermGlossary, override=True)
    app.add_role("sic", enforcement.sic_role)
    app.add_transform(prose.CollectProse)
    app.add_builder(enforcement.TerminologyBuilder)
    # env-updated also fires when nothing was read again: a failure stays one.
    app.connect("env-updated", enforcement.check)
    # After the check of the source, whose findings come first.
    app.connect("env-updated", enforcement.where_sound(translations.check), priority=600)

    # Each of these registers its own settings, builders and events.
    locale_references.setup(app)
    readings.connect(app)
    linking.connect(app)
    builders.connect(app)

    return {
        "version": "0.1.0",
        # Changes with what is kept for each document.
        "env_version": 5,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
