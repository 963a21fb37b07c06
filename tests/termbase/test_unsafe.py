"""What a translation may bring into the pages, and what is refused at its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from termbase.catalogs import Entry, Message, check_entry, unsafe

HERE = Path(__file__).parent
KNOWN = {
    "ノード": "node", "クラスタ": "cluster", "仮想マシン": "virtual machine (VM)",
    "クォーラム": "quorum",
}


def cases(name: str) -> list[dict[str, str]]:
    return yaml.safe_load((HERE / "catalogs" / name).read_text(encoding="utf-8"))


def entry_of(case: dict[str, str]) -> Entry:
    msgstr = case["msgstr"] * int(case.get("repeat", 1))
    location = "index.rst:1" if case.get("markup") == "rst" else "index.md:1"
    msgid = case.get("msgid", "ノードを追加します。")
    return Entry(
        "x.po",
        Message(msgid, 1, tuple((1, 8 + i) for i in range(len(msgid)))),
        Message(msgstr, 2, tuple((2, 9 + i) for i in range(len(msgstr)))),
        locations=(location,),
    )


HOSTILE, HARMLESS = cases("hostile.yaml"), cases("harmless.yaml")


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["name"])
def test_hostile_is_refused_at_its_place(case: dict[str, str]) -> None:
    entry = entry_of(case)
    findings = list(unsafe(entry))
    assert findings
    assert {finding.kind for finding in findings} == {"unsafe"}
    if "surface" in case:
        assert findings[0].surface == case["surface"]
        at = entry.msgstr.index(case["surface"])
        assert (findings[0].place.line, findings[0].place.column) == (2, 9 + at)


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case["name"])
def test_harmless_is_left_alone(case: dict[str, str]) -> None:
    findings = [finding.message for finding in check_entry(entry_of(case), known=KNOWN)]
    assert findings == []


def test_the_corpus_is_as_large_as_it_says() -> None:
    for corpus, least in ((HOSTILE, 80), (HARMLESS, 60)):
        names = [case["name"] for case in corpus]
        assert len(set(names)) == len(names) >= least
