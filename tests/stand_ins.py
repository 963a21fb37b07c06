"""Programs that stand in for those of a node, and scripts that are run with them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, name: str, text: str) -> None:
    """Put the program *name* where :func:`run` finds it first; *text* has its ``#!`` line."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    (tools / name).write_text(text, encoding="utf-8")
    (tools / name).chmod(0o755)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in *folder*, the stand-ins before the programs of Debian."""
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
