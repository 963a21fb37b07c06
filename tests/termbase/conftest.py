"""The real textlint, for the exported rules and for the comparison with ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[1] / "textlint"


@dataclass(frozen=True)
class Textlint:
    """An installed textlint with textlint-rule-prh."""

    folder: Path

    def lint(self, folder: Path, rules: str, text: str) -> subprocess.CompletedProcess[str]:
        return self.run(folder, rules, text, "--format", "json")

    def fix(self, folder: Path, rules: str, text: str) -> str:
        self.run(folder, rules, text, "--fix")
        return (folder / "page.md").read_text(encoding="utf-8")

    def run(
        self, folder: Path, rules: str, text: str, *options: str
    ) -> subprocess.CompletedProcess[str]:
        (folder / "prh.yml").write_text(rules, encoding="utf-8")
        page, config = folder / "page.md", folder / ".textlintrc.json"
        page.write_text(text, encoding="utf-8")
        settings = {"rules": {"prh": {"rulePaths": [str(folder / "prh.yml")]}}}
        config.write_text(json.dumps(settings), encoding="utf-8")
        modules = self.folder / "node_modules"
        # textlint looks for its rules beside itself.
        command = [modules / ".bin" / "textlint", "--rules-base-directory", modules]
        return subprocess.run(
            [*command, "--config", config, *options, page],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="session")
def textlint(tmp_path_factory: pytest.TempPathFactory) -> Textlint:
    """Install textlint from the lock beside the tests."""
    folder = tmp_path_factory.mktemp("textlint")
    for file in LOCK.iterdir():
        shutil.copy(file, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Textlint(folder)
