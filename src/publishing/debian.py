"""See that the Debian packages of a group are there, or say what to type.

``python3 -m publishing.debian GROUP…`` reads ``system-packages.txt``.  It
runs before the virtual environment exists, so it uses the standard library
alone.  As root it installs what is missing; another user gets the exact line
to type, and the command stops.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

DPKG_QUERY = shutil.which("dpkg-query") or ""
PROGRESS_EVERY = 50
"""After how many packages a line tells how far the installation is."""

LIST = Path(__file__).resolve().parents[2] / "system-packages.txt"


def wanted(groups: list[str], text: str, *, here: bool = True) -> list[str]:
    """Return the packages of the groups, in the order of the file.

    Args:
        groups: names from the first column.
        text: the file: ``group package[=program] what-for`` a line, ``#``
            comments.  A package whose program is on PATH is left out.
        here: whether this system's programs count; another one lacks them.
    """
    rows = (line.split(maxsplit=2) for line in text.splitlines())
    names = [row[1] for row in rows if row and not row[0].startswith("#") and row[0] in groups]
    pairs = [name.partition("=") for name in names]
    return [
        package
        for package, _, program in pairs
        if not (here and program and shutil.which(program))
    ]


def missing(packages: list[str]) -> list[str]:
    """Return the packages that dpkg does not have installed."""
    query = subprocess.run(
        [DPKG_QUERY, "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    installed = {
        line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")
    }
    return [package for package in packages if package not in installed]


def say(message: str) -> None:
    """Tell the person at the terminal."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - this is a command


def main(groups: list[str]) -> int:
    """Install or ask for the packages of the groups; return the exit status."""
    packages = wanted(groups, LIST.read_text(encoding="utf-8"))
    if not packages:
        return 0
    if not DPKG_QUERY:
        say(f"not a Debian system; what these packages hold must be there: {' '.join(packages)}")
        return 0
    lacking = missing(packages)
    if not lacking:
        return 0
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *lacking]
    if os.geteuid() != 0:
        say(
            f"missing Debian packages. Type this, then run make again:\n  sudo {' '.join(install)}"
        )
        return 1
    say(f"installing {len(lacking)} Debian packages: {' '.join(lacking)}")
    for step in (["apt-get", "update"], install):
        status = watch(step)
        if status != 0:
            say(f"failed: {' '.join(step)}")
            return status
    return 0


def watch(step: list[str]) -> int:
    """Run an apt-get command, tell from time to time how far it is; return its status."""
    total, done, output = "?", 0, []
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with subprocess.Popen(
        step,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            output.append(line)
            if found := re.search(r"(\d+) newly installed", line):
                total = found[1]
            elif line.startswith("Need to get"):
                say(f"  {line.rstrip()}")
            elif line.startswith("Setting up"):
                done += 1
                if done % PROGRESS_EVERY == 0:
                    say(f"  {done} of {total} packages set up")
    if process.returncode != 0:
        say("".join(output))
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
