"""What the book claims about the product, held against the product.

Commands, paths of the API, excerpts of configuration files and expected
output are compared with tables made from the documentation of Proxmox VE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import enforcement

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the check."""
    # The folder of the tables; PVE_TABLES in the environment comes first.
    app.add_config_value("claims_tables", "", "", types=frozenset({str}))
    # The folder of the lab's files, relative to the documents.
    app.add_config_value("claims_files", "lab/files", "", types=frozenset({str}))
    # The data of the lab, relative to the documents; empty for a book without a lab.
    app.add_config_value("claims_lab", "", "", types=frozenset({str}))
    # Builders that do not check: the extraction of messages.
    app.add_config_value("claims_not_with", ["gettext"], "", types=frozenset({list}))
    # Before MyST reads its settings.
    app.connect("config-inited", enforcement.substitute, priority=300)
    app.connect("env-updated", enforcement.check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
