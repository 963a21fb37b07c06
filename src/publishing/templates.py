"""The templates of the pages that belong to the site and to no edition."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, select_autoescape

from .editions import ROOT


def render(name: str, **values: object) -> str:
    """Fill in a template of ``_templates/site``."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "_templates" / "site"),
        autoescape=select_autoescape(("html", "xml", "svg")),
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**values)
