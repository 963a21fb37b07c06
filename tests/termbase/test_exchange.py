"""Every exported format, read back by the tool it is for."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from sphinx.cmd.build import build_main
from translate.storage import factory
from translate.storage.csvl10n import csvfile
from translate.storage.tbx import tbxfile

from termbase.exchange import (
    identifier,
    pattern,
    target_languages,
    to_json,
    to_omegat,
    to_prh,
    to_tbx,
    to_vale,
    to_weblate,
    write_all,
)
from termbase.terms import Example, Place, Status, Term, Termbase, Variant

if TYPE_CHECKING:
    from .conftest import Textlint

HERE = Place("glossary.md", 1)
ROOT = Path(__file__).parents[1] / "roots" / "test-termbase-linking"


def variants(status: Status, language: str, *surfaces: str) -> tuple[Variant, ...]:
    return tuple(Variant(surface, status, language, HERE) for surface in surfaces)


TERMBASE = Termbase(
    [
        Term(
            "ノード",
            Place("glossary.md", 7),
            reading="のーど",
            identifier="node",
            why="ネスト構成では物理ではないため",
            definition='Proxmox VE が動作している "サーバ" です & <終わり>。',
            variants=(
                *variants(Status.DEPRECATED, "ja", "ホスト", "物理ホスト"),
                *variants(Status.ADMITTED, "ja", "ホスト名", "自ホスト"),
                *variants(Status.DEPRECATED, "en", "host machine"),
            ),
            examples=(
                Example("物理ホストを追加する", bad=True, place=HERE),
                Example("ホストのホスト名", bad=True, place=HERE),
                Example("ホスト名を決める", bad=False, place=HERE),
                Example("自ホストを見る", bad=False, place=HERE),
            ),
            equivalents={"en": "node"},
        ),
        Term(
            "データセンター",
            Place("glossary.md", 20),
            identifier="datacenter",
            variants=variants(Status.DEPRECATED, "ja", "データセンタ"),
            examples=(
                Example("データセンタを選ぶ", bad=True, place=HERE),
                Example("データセンターを選ぶ", bad=False, place=HERE),
            ),
            equivalents={"en": "datacenter"},
        ),
        Term(
            "できる",
            Place("glossary.md", 30),
            variants=variants(Status.DEPRECATED, "ja", "出来る"),
            # prh knows no inflection: this example must not become one of its specs.
            examples=(Example("出来ました", bad=True, place=HERE),),
        ),
        Term(
            "VM (仮想)",
            Place("glossary.md", 40),
            variants=variants(Status.DEPRECATED, "ja", "V.M", "Vm"),
            examples=(
                Example("このVmは", bad=True, place=HERE),
                Example("aVmb V-M", bad=False, place=HERE),
            ),
        ),
        Term("甲", HERE, variants=variants(Status.DEPRECATED, "ja", "丙")),
        Term("乙", HERE, variants=variants(Status.DEPRECATED, "ja", "丙", "丁")),
    ]
)


def test_languages() -> None:
    assert target_languages(TERMBASE) == ("en",)


def test_tbx_is_read_back_by_translate_toolkit() -> None:
    store = tbxfile.parsestring(
        to_tbx(TERMBASE).encode(), sourcelanguage="ja", targetlanguage="en"
    )
    assert len(store.units) == len(TERMBASE)
    node = store.units[0]
    assert (node.source, node.target) == ("ノード", "node")
    source = node.get_source_terms()
    assert [(term.text, term.deprecated) for term in source] == [
        ("ノード", False),
        ("ホスト", True),
        ("物理ホスト", True),
    ]
    assert [(t.text, t.deprecated) for t in node.get_target_terms("en")] == [
        ("node", False),
        ("host machine", True),
    ]
    notes = [note.text for note in node.get_common_notes(source=True)]
    assert notes == ['Proxmox VE が動作している "サーバ" です & <終わり>。']
    assert [note.text for note in source[0].notes if note.origin is None] == ["よみ: のーど"]
    # An allowed phrase is no synonym.
    assert "ホスト名" not in to_tbx(TERMBASE)


def test_tbx_file_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "terms.tbx"
    path.write_text(to_tbx(TERMBASE), encoding="utf-8")
    assert isinstance(factory.getobject(str(path)), tbxfile)


def test_tbx_identifiers_are_unique() -> None:
    ids = re.findall(r'<termEntry id="([^"]+)"', to_tbx(TERMBASE))
    assert len(set(ids)) == len(TERMBASE)
    assert ids[:2] == ["term-node", "term-datacenter"]
    assert all(re.fullmatch(r"[A-Za-z][\w-]*", each, re.ASCII) for each in ids)
    assert identifier(Term("QDevice", HERE)) == "qdevice"


def test_weblate_csv_is_read_back() -> None:
    text = to_weblate(TERMBASE, "en")
    store = csvfile.parsestring(text.encode())
    units = {unit.source: unit for unit in store.units if not unit.isheader()}
    assert units["ノード"].target == "node"
    assert units["ノード"].getcontext() == "node"
    assert "Avoid: host machine" in units["ノード"].getnotes("developer")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["source"] for row in rows] == [term.surface for term in TERMBASE]


def test_omegat_has_three_fields_a_line() -> None:
    lines = to_omegat(TERMBASE, "en").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert [row[:2] for row in rows] == [["ノード", "node"], ["データセンター", "datacenter"]]
    assert all(len(row) == 3 for row in rows)


@pytest.mark.parametrize(
    ("surface", "text", "found"),
    [
        ("ホスト", "ホストとホスト名と自ホストと物理ホスト", [0]),
        ("物理ホスト", "物理ホスト", [0]),
        ("データセンタ", "データセンターとデータセンタ", [8]),
        ("Vm", "このVmはaVmやVmbとVm", [2, 13]),
        ("V.M", "V.M VxM", [0]),
    ],
)
def test_pattern(surface: str, text: str, found: list[int]) -> None:
    compiled = re.compile(pattern(TERMBASE, surface, "ja"))
    assert [match.start() for match in compiled.finditer(text)] == found


def test_prh_keeps_only_examples_that_prh_can_pass() -> None:
    rules = {rule["expected"]: rule for rule in yaml.safe_load(to_prh(TERMBASE))["rules"]}
    assert rules["ノード"]["specs"] == [
        {"from": "物理ホストを追加する", "to": "ノードを追加する"},
        {"from": "ホストのホスト名", "to": "ノードのホスト名"},
        {"from": "ホスト名を決める", "to": "ホスト名を決める"},
        {"from": "自ホストを見る", "to": "自ホストを見る"},
    ]
    assert "specs" not in rules["できる"]
    assert rules["ノード"]["prh"] == "ネスト構成では物理ではないため"
    # Two terms avoid 丙: no tool can say which is meant.
    assert "甲" not in rules
    assert rules["乙"]["patterns"] == ["/丁/"]


def test_vale() -> None:
    japanese = yaml.safe_load(to_vale(TERMBASE, "ja"))
    assert japanese["extends"] == "substitution"
    assert japanese["nonword"] is True
    assert set(japanese["swap"].values()) >= {"ノード", "データセンター"}
    english = yaml.safe_load(to_vale(TERMBASE, "en"))
    one, many = english["swap"].items()
    assert (one[1], many[1]) == ("node", "nodes")
    assert re.search(one[0], "a host machine here")
    assert not re.search(one[0], "some host machines here")
    assert re.search(many[0], "some host machines here")
    assert english["ignorecase"] is True


def test_json_is_complete() -> None:
    document = json.loads(to_json(TERMBASE))
    node = document["terms"][0]
    assert node["reading"] == "のーど"
    assert node["equivalents"] == {"en": "node"}
    assert {"form": "ホスト名", "status": "admitted", "language": "ja"} in node["variants"]
    assert len(node["examples"]) == 4
    assert node["declared"] == {"file": "glossary.md", "line": 7}


def test_empty_termbase_gives_well_formed_files(tmp_path: Path) -> None:
    names = [path.name for path in write_all(Termbase(), tmp_path)]
    assert names == ["terms.tbx", "terms.json", "prh.yml", "vale-ja.yml"]
    assert yaml.safe_load((tmp_path / "prh.yml").read_text(encoding="utf-8"))["rules"] == []


@pytest.mark.filterwarnings("ignore:'myst_parser:sphinx.deprecation.RemovedInSphinx11Warning")
def test_builder(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(ROOT, source)
    for _run in range(2):  # the second run reads nothing again and writes the same
        arguments = ["-q", "-W", "-b", "terms-export", str(source), str(tmp_path / "out")]
        assert build_main(arguments) == 0
        names = sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_file())
        assert names == [
            "omegat-en.utf8",
            "prh.yml",
            "terms.json",
            "terms.tbx",
            "vale-en.yml",
            "vale-ja.yml",
            "weblate-en.csv",
        ]
        terms = json.loads((tmp_path / "out" / "terms.json").read_text(encoding="utf-8"))["terms"]
        node = next(term for term in terms if term["term"] == "ノード")
        assert node["equivalents"] == {"en": "node"}
        assert node["definition"].startswith("Proxmox VE が動作しているサーバです。")
        for name in names:
            (tmp_path / "out" / name).unlink()


# --- the real textlint ------------------------------------------------------------------------


def test_prh_yml_is_loaded_by_textlint(textlint: Textlint, tmp_path: Path) -> None:
    text = "物理ホストとホスト名です。\n\nデータセンターのデータセンタです。\n"
    done = textlint.lint(tmp_path, to_prh(TERMBASE), text)
    assert done.returncode == 1, done.stderr
    (result,) = json.loads(done.stdout)
    found = [(each["line"], each["column"], each["message"]) for each in result["messages"]]
    assert [(line, column) for line, column, _message in found] == [(1, 1), (3, 9)]
    assert "物理ホスト => ノード" in found[0][2]
    assert "ネスト構成では物理ではないため" in found[0][2]


def test_textlint_runs_the_specs(textlint: Textlint, tmp_path: Path) -> None:
    # The proof that the specs above are run at all: a wrong one stops textlint.
    wrong = to_prh(TERMBASE).replace("to: ノードを追加する", "to: 何かを追加する")
    assert wrong != to_prh(TERMBASE)
    done = textlint.lint(tmp_path, wrong, "文です。\n")
    assert done.returncode != 0
    assert "spec failed" in done.stdout + done.stderr


def test_prh_yml_of_the_book_passes_its_own_specs(textlint: Textlint, tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    out = tmp_path / "out"
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-b", "terms-export", str(project), str(out)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    rules = (out / "prh.yml").read_text(encoding="utf-8")
    assert rules.count("\n  - from: ") > 100
    done = textlint.lint(tmp_path, rules, "クラスターを作ります。\n")
    assert done.returncode == 1, done.stderr
    assert "クラスター => クラスタ" in done.stdout
