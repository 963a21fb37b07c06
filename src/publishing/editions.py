"""Move finished builds to where readers find them, and typeset the PDF.

Every build works in a stage folder.  What readers see is replaced only by a
build that succeeded, in one step, so that a broken run leaves the last good
edition where it was.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
STAMP = ".edition"
"""File beside a published edition that says of which version of the book it is."""

_TEX_ERROR = re.compile(r"\S+\.(?:tex|sty|cls|ind|toc|aux):\d+: ")
LATEXMK = shutil.which("latexmk") or "latexmk"
CHROOT = shutil.which("chroot") or "chroot"
UNTAGGED = "the PDF is not tagged"
"""What ``book-metadata.tex`` writes into the log where LaTeX is too old."""

LEFT_BY_TEX = ("aux", "toc", "out", "idx", "ind", "ilg", "lof", "lot", "log", "fls", "fdb_latexmk")
"""Suffixes of the files by which one run of TeX tells the next."""

TEX_CONTEXT = 12
"""Lines of the TeX log shown from the first error on."""


class PublishingError(Exception):
    """Something that keeps an edition from being published, in one sentence."""


def publish_tree(source: Path, target: Path) -> None:
    """Put a copy of a folder in the place of another one.

    The copy is made beside the target first, so the target is missing for no
    longer than a rename takes.
    """
    if not source.is_dir():
        raise PublishingError(f"nothing was built at {source}")
    fresh, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, fresh, ignore=shutil.ignore_patterns(".buildinfo*", ".doctrees"))
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def publish_file(source: Path, folder: Path) -> None:
    """Put a copy of a file into a folder, whole or not at all."""
    if not source.is_file():
        raise PublishingError(f"nothing was built at {source}")
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{source.name}.new"
    shutil.copyfile(source, fresh)
    fresh.replace(folder / source.name)


def book_version() -> str:
    """Return the version of the book, as it is declared in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def stamp(folder: Path) -> None:
    """Note which version of the book lies in a published folder."""
    _stamp_of(folder).write_text(f"{book_version()}\n", encoding="utf-8")


def stamped(folder: Path) -> str:
    """Return which version of the book lies in a folder, empty where nobody noted it."""
    file = _stamp_of(folder)
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def _stamp_of(folder: Path) -> Path:
    # Beside the folder: what readers get holds nothing that is not for them.
    return folder.with_name(f".{folder.name}{STAMP}")


def typeset(folder: Path, name: str, root: Path | None = None) -> bool:
    """Run TeX over what Sphinx's LaTeX builder left in a folder.

    Args:
        folder: where ``name.tex`` and ``book.latexmkrc`` are.
        name: of the document, without suffix.
        root: of another Debian system whose TeX is to be used
            (``make tex-root``); this needs the rights of root.

    Returns:
        Whether the PDF is tagged; an old LaTeX cannot.

    Raises:
        PublishingError: TeX failed, or its log tells of a defect that a
            reader would see; the message names what and where.
    """
    if root is None:
        return _typeset(folder, name, [LATEXMK])
    if os.geteuid() != 0:
        raise PublishingError(
            f"the TeX in {root} is used through chroot, which only root may; "
            "run make as root, or with TEX_ROOT= for this system's TeX (untagged PDF)"
        )
    root = root.absolute()  # TeX is started from another folder
    # The other system sees the stage folder under the same name.
    inside = root / folder.absolute().relative_to("/")
    shutil.rmtree(inside, ignore_errors=True)
    inside.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder, inside)
    start = 'cd "$1" && shift && exec "$@"'
    try:
        return _typeset(
            inside,
            name,
            [CHROOT, str(root), "sh", "-c", start, "sh", str(folder.absolute()), "latexmk"],
        )
    finally:
        shutil.copytree(inside, folder, dirs_exist_ok=True)
        if not (inside / f"{name}.pdf").exists():
            (folder / f"{name}.pdf").unlink(missing_ok=True)
        shutil.rmtree(inside)


def _typeset(folder: Path, name: str, latexmk: list[str]) -> bool:
    pdf, log = folder / f"{name}.pdf", folder / f"{name}.log"
    leftovers = [folder / f"{name}.{suffix}" for suffix in LEFT_BY_TEX]
    continued = pdf.exists()
    if not continued:
        _remove(leftovers)
    done = _latexmk(folder, name, latexmk)
    if done.returncode != 0 and continued:
        # What an earlier run left may be what this one stumbles over.
        _remove(leftovers)
        done = _latexmk(folder, name, latexmk)
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    defects = [] if done.returncode else log_defects(text)
    if done.returncode == 0 and not defects:
        return UNTAGGED not in text
    pdf.unlink(missing_ok=True)  # so that the next run starts afresh
    if defects:
        listed = "\n".join(f"  {defect}" for defect in defects)
        raise PublishingError(f"the PDF would have these defects ({log}):\n{listed}")
    raise PublishingError(f"TeX failed; its log is {log}\n{_first_error(text) or done.stdout}")


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _latexmk(folder: Path, name: str, latexmk: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*latexmk, "-norc", "-r", "book.latexmkrc", "-silent", f"{name}.tex"],
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _first_error(log: str) -> str:
    lines = log.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("!") or _TEX_ERROR.match(line):
            return "\n".join(lines[number : number + TEX_CONTEXT])
    return ""


def log_defects(log: str) -> list[str]:
    """Return what a TeX log says of missing glyphs, references and full lines.

    Args:
        log: the text of the log; TeX breaks its lines at 79 characters, so
            the settings in ``book.latexmkrc`` must make them longer.
    """
    defects = []
    for line in log.splitlines():
        missing_glyph = line.startswith("Missing character:")
        undefined = "Warning:" in line and "undefined" in line and "ference" in line
        twice = "multiply defined" in line or "multiply-defined" in line
        if missing_glyph or undefined or twice or _overfull_by(line) > 1:
            defects.append(line.strip())
    return list(dict.fromkeys(defects))


def _overfull_by(line: str) -> float:
    """Return by how many points a box is too wide according to a log line."""
    if not line.startswith("Overfull \\hbox ("):
        return 0.0
    return float(line.removeprefix("Overfull \\hbox (").partition("pt")[0])
