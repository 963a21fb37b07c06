"""The few words that the apparatus itself puts on a page, per language."""

from __future__ import annotations

WORDS = {
    "ja": {
        "place": "実行する場所: {}",
        "expected": "期待する出力: {}",
        "separator": "、",
        "risk": "注意: ",
        "node": "任意のノード",
        "guest": "ゲスト",
        "outer": "母艦",
        "workstation": "手元の端末",
        "source": "書式の出典（ソースコード）: {}",
        "docs": "書式の出典（公式文書）: {}",
        "debian": "書式の出典（Debian の道具）: {}",
        "run": "実際に動かした出力: {}",
        "answer": "解答の例",
        "file": "{}: {}",
        "download": "このファイルをダウンロード",
        "archive": "ラボのファイル一式（ZIP）",
    },
    "en": {
        "place": "Run on: {}",
        "expected": "Expected output: {}",
        "separator": ", ",
        "risk": "Caution: ",
        "node": "any node",
        "guest": "a guest",
        "outer": "the lab machine",
        "workstation": "your workstation",
        "source": "Format derived from the source code: {}",
        "docs": "Format derived from the documentation: {}",
        "debian": "Format of the Debian tool: {}",
        "run": "Output of an actual run: {}",
        "answer": "Sample answer",
        "file": "{}: {}",
        "download": "Download this file",
        "archive": "All files of the lab (ZIP)",
    },
}
"""A language without a row borrows the English one."""


def word(language: str, key: str) -> str:
    """Return a word in a language (``ja``, ``en``, ``zh_TW`` …)."""
    return WORDS.get(language, WORDS.get(language.partition("_")[0], WORDS["en"]))[key]
