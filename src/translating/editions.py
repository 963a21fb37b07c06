"""The editions of the book, as ``editions.toml`` has them.

``python3 -m translating.editions`` prints those that are listed for readers.
The Makefile asks before the virtual environment exists, so the standard
library alone is needed here unless catalogs have to be counted.
"""

from __future__ import annotations

import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from .pages import catalogs

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "editions.toml"
SOURCE = "ja"
"""The language in which the book is written."""

FALLBACK = "en"
"""Says what another language's row does not say."""


@cache
def _file(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def table(path: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the rows by the code of their language, as they are written."""
    found = _file(path or FILE)
    return {code: dict(row) for code, row in found.items() if isinstance(row, dict)}


def threshold(path: Path | None = None) -> int:
    """Return from how many per cent on a page is published."""
    return int(_file(path or FILE)["threshold"])


def row(code: str, path: Path | None = None) -> dict[str, str]:
    """Return the row of a language, filled up from the English one.

    A language without a row has the English one, but an identity of its own.
    """
    rows = table(path)
    fallback = rows[FALLBACK]
    own = rows.get(code, {})
    uuid = str(uuid5(UUID(rows[SOURCE]["uuid"]), code))
    borrowed = {key: value for key, value in fallback.items() if key not in {"uuid", "since"}}
    return {"uuid": uuid, **borrowed, **own}


def behind(code: str, locale: Path | None = None, path: Path | None = None) -> dict[str, int]:
    """Return per cent by page, of the pages that are below the threshold.

    The page ``(none)`` stands for a language without any catalog.
    """
    from .coverage import of_catalog

    found = catalogs(locale or ROOT / "locale", code)
    if not found:
        return {"(none)": 0}
    least = threshold(path)
    percents = {name: of_catalog(file).percent for name, file in found.items()}
    return {name: percent for name, percent in percents.items() if percent < least}


def listed(locale: Path | None = None, path: Path | None = None) -> list[str]:
    """Return the languages that readers are offered, in the order of the file.

    That is the source, what has been published before, and what has reached
    the threshold on every page.
    """
    return [
        code
        for code, one in table(path).items()
        if code == SOURCE or "since" in one or _is_ready(code, locale, path)
    ]


def _is_ready(code: str, locale: Path | None, path: Path | None) -> bool:
    try:
        return not behind(code, locale, path)
    except ImportError:
        return False  # nothing is installed yet, so nothing can be built either


if __name__ == "__main__":
    sys.stdout.write(" ".join(listed()) + "\n")
