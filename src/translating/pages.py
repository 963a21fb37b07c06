"""Which files belong to which page.

The standard library alone: the Makefile asks for the editions before anything is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def by_page(folder: Path, suffix: str) -> dict[str, Path]:
    """Return catalogs (``.po``) or templates (``.pot``) by the name of their page."""
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for path in sorted(folder.rglob(f"*{suffix}"))
    }


def catalogs(locale: Path, language: str) -> dict[str, Path]:
    """Return the catalogs of a language by the name of their page.

    Args:
        locale: folder of the languages.
        language: its code; one without catalogs has none.
    """
    return by_page(locale / language / "LC_MESSAGES", ".po")
