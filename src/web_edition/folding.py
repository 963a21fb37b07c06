"""One way to write a text, for the search index and for what readers type.

``_templates/web/static/search.js`` does the same to a query; a test holds the
two together in a real browser.
"""

from __future__ import annotations

import re
import unicodedata

# A character with the marks that belong to it: half-width kana carry their
# voicing mark as a character of its own.
_CLUSTER = re.compile("[\\s\\S][\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−"}


def fold(text: str) -> str:
    """Return a text without the differences that a reader does not mean.

    Width and composition (NFKC), upper and lower case, katakana and hiragana,
    kinds of dashes, and runs of white space.

    >>> fold("ﾊﾞｯｸｱｯﾌﾟ") == fold("バックアップ") == fold("ばっくあっぷ")
    True
    """
    folded = "".join(fold_cluster(cluster) for cluster in _CLUSTER.findall(text))
    return re.sub(r"\s+", " ", folded)


def fold_cluster(cluster: str) -> str:
    """Return one character with its marks, folded."""
    folded = unicodedata.normalize("NFKC", cluster).lower()
    return folded.translate(_HIRAGANA).translate(_DASHES)
