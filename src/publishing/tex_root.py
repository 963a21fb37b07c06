"""Make a Debian 13 beside this system, with the TeX that writes tagged PDF.

``python3 -m publishing.tex_root FOLDER``.  Debian 12 has LaTeX of 2022, which
cannot; a folder with Debian 13 in it can be used through ``chroot``.  It runs
before the virtual environment exists, so it uses the standard library alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .debian import LIST, say, wanted, watch

RELEASE = "trixie"
DONE = "var/lib/texmf/.book-ready"
"""Written last, so that a root left half-made is made again."""

LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/texlive/texmf-dist/doc/*")


def mirror(indextargets: str) -> str:
    """Return the Debian mirror that this system's apt uses.

    Args:
        indextargets: what ``apt-get indextargets --format '$(REPO_URI)
            $(CODENAME)'`` prints, one target a line.

    Raises:
        LookupError: apt knows no mirror of Debian itself.
    """
    for line in indextargets.splitlines():
        address, _, codename = line.strip().partition(" ")
        if re.fullmatch(r"[a-z]+", codename) and re.search(r"/debian/?$", address):
            return address
    raise LookupError("apt knows no mirror of Debian: its address ends in /debian")


def command(folder: Path, address: str, packages: list[str]) -> list[str]:
    """Return the command that makes the root."""
    apt = ("Apt::Install-Recommends false", "Acquire::Languages none")
    return [
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        *(f'--aptopt={key} "{value}"' for key, _, value in (line.partition(" ") for line in apt)),
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        f"--include={','.join(packages)}",
        RELEASE,
        str(folder),
        address,
    ]


def main(folder: Path) -> int:
    """Make the root unless it is there; return the exit status."""
    if (folder / DONE).exists():
        return 0
    if os.geteuid() != 0:
        say("a Debian root is made and used with the rights of root: sudo make tex-root")
        return 1
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],  # noqa: S607 - Debian's own
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        address = mirror(listed.stdout)
    except LookupError as error:
        say(
            f"{error}. Make a Debian 13 root in {folder} by hand, with the packages of "
            f"group pdf in {LIST.name}"
        )
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    say(f"making {folder}: Debian {RELEASE} with TeX, 1.3 GB, some minutes")
    status = watch(
        command(folder, address, wanted(["pdf"], LIST.read_text(encoding="utf-8"), here=False))
    )
    if status == 0:
        (folder / DONE).touch()
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
