"""``python -m publishing``: the commands that the Makefile calls."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .editions import PublishingError, publish_file, publish_tree, stamp, typeset
from .site import assemble


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="publishing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in (
        ("tree", "replace a published folder by a built one"),
        ("file", "put a built file into a folder"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("source", type=Path)
        command.add_argument("target", type=Path)
    command = commands.add_parser("typeset", help="run TeX in a folder of the LaTeX builder")
    command.add_argument("folder", type=Path)
    command.add_argument("name")
    command.add_argument("--press", action="store_true", help="not tagged on purpose")
    command.add_argument("--root", type=Path, help="of a Debian system whose TeX is used")
    command = commands.add_parser("site", help="assemble the site from all editions")
    command.add_argument("build", type=Path)
    command.add_argument("languages", nargs="+")
    given = parser.parse_args(arguments)
    try:
        match given.command:
            case "tree":
                publish_tree(given.source, given.target)
                stamp(given.target)
            case "file":
                publish_file(given.source, given.target)
                stamp(given.target)
            case "typeset":
                tagged = typeset(given.folder, given.name, given.root)
                if not tagged and not given.press:
                    # A plain statement: nobody shall take this for the released PDF.
                    print(  # noqa: T201 - this is a command
                        f"{given.name}.pdf is not tagged, so it is a draft: "
                        "LaTeX here is older than 2024-11-01 (see README, make tex-root)"
                    )
            case "site":
                assemble(given.build, given.languages)
    except PublishingError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
