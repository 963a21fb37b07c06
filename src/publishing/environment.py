"""Make the virtual environment from the hashed lock.

``python3 -m publishing.environment FOLDER LOCK`` runs before anything is
installed, so it uses the standard library alone.  Debian splits what a
virtual environment needs to have pip (ensurepip) off python3: root gets the
package, another user's own pip serves where there is one, and otherwise the
line to type is printed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from . import debian

INSTALL = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
INSTALL += ["--only-binary", ":all:", "--requirement"]


def commands(folder: Path, lock: Path, *, ensurepip: bool, pip: bool) -> list[list[str]] | None:
    """Return the commands that make the environment, None where none can.

    Args:
        folder: of the environment.
        lock: requirements with hashes.
        ensurepip: this Python can put pip into an environment.
        pip: this Python has pip itself.
    """
    python = str(folder / "bin" / "python")
    make = [sys.executable, "-m", "venv", str(folder)]
    if ensurepip:
        return [make, [python, "-m", "pip", *INSTALL, str(lock)]]
    if pip:
        outside = [sys.executable, "-m", "pip", "--python", python]
        return [[*make, "--without-pip"], [*outside, *INSTALL, str(lock)]]
    return None


def has(module: str) -> bool:
    """Say whether a fresh Python of this kind can import a module."""
    return importlib.util.find_spec(module) is not None


def main(folder: Path, lock: Path) -> int:
    """Make the environment; return the exit status."""
    steps = commands(folder, lock, ensurepip=has("ensurepip"), pip=has("pip"))
    if steps is None:
        status = debian.main(["venv"])
        if status != 0:
            return status
        steps = commands(folder, lock, ensurepip=True, pip=False) or []
    debian.say(f"making {folder} from {lock.name}; the first time this takes about a minute")
    for step in steps:
        status = subprocess.run(step, check=False).returncode
        if status != 0:
            debian.say(f"failed: {' '.join(step)}")
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
