"""A tiny book with catalogs, brought up to date by the verbs of the Makefile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polib

from translating.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import TinyBook

ENGLISH = {
    "小さな本": "A small book",
    "ノードを 3 台つないで、クラスタを組みます。": "Join 3 nodes to a cluster.",
    "電源を入れる前に、LAN の線を確かめます。": "Before you switch on, check the LAN cables.",
    "同じ文です。": "The same sentence.",
    "二つ目の章": "The second chapter",
    "ここでは `qm list` で一覧を見ます。一覧には名前が並びます。": (
        "Here you look at the list of `qm list`. It shows names."
    ),
}


class Workshop:
    """The book and its catalogs; the current folder is that of the book."""

    def __init__(self, book: TinyBook) -> None:
        self.book = book
        self.locale = book.source / "locale"

    def run(self, verb: str = "update", language: str = "en") -> int:
        templates = self.book.folder / "gettext"
        shutil.rmtree(templates, ignore_errors=True)  # as make pot does
        assert self.book.build("gettext", "-W").status == 0
        return main([verb, str(templates), "locale", language])

    def path(self, name: str, language: str = "en") -> Path:
        return self.locale / language / "LC_MESSAGES" / f"{name}.po"

    def catalog(self, name: str, language: str = "en") -> polib.POFile:
        return polib.pofile(str(self.path(name, language)))

    def state(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.locale).as_posix(): path.read_bytes()
            for path in self.locale.rglob("*.po")
        }

    def translate(self, messages: dict[str, str]) -> None:
        for path in self.locale.rglob("*.po"):
            text = path.read_text(encoding="utf-8")
            for msgid, msgstr in messages.items():
                text = text.replace(
                    f'msgid "{msgid}"\nmsgstr ""', f'msgid "{msgid}"\nmsgstr "{msgstr}"'
                )
            path.write_text(text, encoding="utf-8")
