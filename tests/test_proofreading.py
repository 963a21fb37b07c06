"""Style of the text: what textlint is shown, what it finds, and when it cannot run."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proofreading import prose

from .conftest import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

CHAPTER = """\
(ch)=
# 題

:::{figure} a.svg
:alt: 図の説明です。

図の題
:::

{term}`ノード`は{ref}`ch`の {guilabel}`OK` です。
% comment

採用
: 選びます。

```{command} pve1
# (x)=
```

用語
  :reading: ようご

  定義です。
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("textlint")


def proofread(tools: Path, *sources: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "proofreading", "--tools", tools, *sources],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_textlint_sees_the_prose_and_every_line_keeps_its_number() -> None:
    shown = prose(CHAPTER).split("\n")
    assert len(shown) == len(CHAPTER.split("\n"))
    assert [line for line in shown if line] == [
        "# 題",
        "図の説明です。",
        "ノードは`ch`の `OK` です。",
        "選びます。",
        "```{command} pve1",
        "# (x)=",
        "```",
        "  定義です。",
    ]


def test_a_finding_names_its_line_and_rule(tools, tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "(p)=\n# 題\n\n設定を行うことができます。\n\n必ずしも安全だ。\n", encoding="utf-8"
    )
    done = proofread(tools, tmp_path)
    assert done.returncode == 1, done.stderr
    assert f"{page}:4: " in done.stderr
    assert "(ja-technical-writing/ja-no-redundant-expression)" in done.stderr
    assert "findings of textlint in 1 files" in done.stdout


def test_the_rules_of_the_ai_preset_are_read_too(tools, tmp_path) -> None:
    (tmp_path / "page.md").write_text(
        "# 題\n\n- **注意**: 革命的な仕組みです。\n", encoding="utf-8"
    )
    done = proofread(tools, tmp_path)
    assert done.returncode == 1, done.stderr
    assert "@textlint-ja/ai-writing/" in done.stderr


def test_a_clean_page_passes(tools, tmp_path) -> None:
    (tmp_path / "page.md").write_text("# 題\n\nノードを追加します。\n", encoding="utf-8")
    done = proofread(tools, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_without_node_the_check_says_that_it_has_not_run(tmp_path, ci, status) -> None:
    (tmp_path / "page.md").write_text("# 題\n", encoding="utf-8")
    done = proofread(tmp_path / "none", tmp_path, PATH="/nonexistent", CI=ci)
    assert done.returncode == status
    assert "not run: style of the text (textlint): npm is not installed" in done.stderr
