"""The words of the web edition's own buttons and notes, in the page's language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FALLBACK = "en"


@cache
def all_words() -> dict[str, dict[str, str]]:
    """Return the words of every language that has some."""
    table = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return {language: dict(words) for language, words in table.items()}


def words_of(language: str) -> dict[str, str]:
    """Return the words of a language, English ones for a language without."""
    return all_words().get(language, all_words()[FALLBACK])
