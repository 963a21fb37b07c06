"""``python -m translating``: the verbs of the workshop that the Makefile calls."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import TextIO

from . import editions
from .pages import catalogs
from .updating import Update, WorkshopError, clear, languages, update

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; return the exit status."""
    parser = argparse.ArgumentParser(prog="translating", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, purpose in (
        ("update", "bring the catalogs up to the templates"),
        ("clear", "remove what the book does not have any more"),
    ):
        verb = verbs.add_parser(name, help=purpose)
        verb.add_argument("templates", type=Path, help="folder of the .pot files")
        verb.add_argument("locale", type=Path, help="folder of the languages")
        verb.add_argument("language", help="its code; that of the master means all the others")
    verb = verbs.add_parser("check", help="what can be said of the translations")
    verb.add_argument("locale", type=Path, help="folder of the languages")
    verb.add_argument("language", help="its code; that of the master means all the others")
    verb.add_argument(
        "--findings", type=Path, help="output.json of the terminology builder, to be told too"
    )
    verb = verbs.add_parser("pseudo", help="write the catalogs of the pseudo-locale qps")
    verb.add_argument("templates", type=Path, help="folder of the .pot files")
    verb.add_argument("locale", type=Path, help="folder that gets them")
    verb = verbs.add_parser("report", help="how far each page is, and what has changed")
    verb.add_argument("locale", type=Path, help="folder of the languages")
    verb.add_argument("language", help="its code; that of the master means all the others")
    verb.add_argument("out", type=Path, help="folder of the reports")
    verb.add_argument("--since", default="", help="commit to compare with; empty for none")
    given = parser.parse_args(arguments)
    try:
        if given.verb == "pseudo":
            from . import pseudo

            _say(f"{pseudo.CODE}: {pseudo.write(given.templates, given.locale)} messages")
            return 0
        if given.verb == "report":
            return _report(given.locale, _wanted(given), given.out, given.since)
        if given.verb == "check":
            return _check(given.locale, _wanted(given), given.findings)
        return _for_each_language(given)
    except WorkshopError as error:
        _say(f"error: {error}", sys.stderr)
        return 1


def _wanted(given: argparse.Namespace) -> list[str]:
    return languages(given.locale) if given.language == "ja" else [given.language]


def _report(locale: Path, wanted: list[str], out: Path, since: str) -> int:
    from .reporting import as_html, as_text, pages, table

    out.mkdir(parents=True, exist_ok=True)
    for language in wanted:
        found = pages(locale, language, since)
        if not found:
            raise WorkshopError(f"{language} has no catalogs: make po EDITION={language}")
        files = out / f"{language}.txt", out / f"{language}.html"
        files[0].write_text(as_text(found), encoding="utf-8")
        page = as_html(found, language, since, editions.threshold())
        files[1].write_text(page, encoding="utf-8")
        _say(f"{language}\n{table(found)}\n{files[0]} and {files[1]} say what has changed")
    return 0


def _check(locale: Path, wanted: list[str], findings: Path | None) -> int:
    from .checking import check
    from .sections import check_sections

    # path, line, column, kind, message
    found: set[tuple[str, int, int, str, str]] = set()
    count = 0
    for language in wanted:
        paths = list(catalogs(locale, language).values())
        count += len(paths)
        findings_here = [one for path in paths for one in check(path, path.as_posix(), language)]
        for one in [*findings_here, *check_sections(paths)]:
            found.add((*one.place, f"translation.{one.kind}", one.message))
    if findings is not None:
        found |= _of_terms(findings, [f"{locale.as_posix()}/{language}/" for language in wanted])
    for path_name, line, column, kind, message in sorted(found):
        _say(f"{path_name}:{line}:{column}: {message} [{kind}]")
    _say(f"{count} catalogs, {len(found)} findings", sys.stderr)
    return 1 if found else 0


def _of_terms(path: Path, folders: list[str]) -> set[tuple[str, int, int, str, str]]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if any(record["kind"] in {"glossary", "morphology"} for record in records):
        raise WorkshopError("the glossary has errors, so terms are not checked: run make check")
    return {
        (
            record["filename"],
            record["lineno"],
            record["column"],
            f"termbase.{record['kind']}",
            record["message"],
        )
        for record in records
        if record["filename"].startswith(tuple(folders))
    }


def _for_each_language(given: argparse.Namespace) -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    holder = project["authors"][0]["name"]
    for language in _wanted(given):
        match given.verb:
            case "update":
                done = update(given.templates, given.locale, language, Path.cwd(), holder)
            case _:
                done = clear(given.templates, given.locale, language)
        _tell(language, done)
    return 0


def _tell(language: str, done: list[Update]) -> None:
    for one in done:
        waiting = [
            f"{count} {what}"
            for count, what in (
                (one.missing, "missing"),
                (one.fuzzy, "fuzzy"),
                (one.obsolete, "obsolete (make po-clear removes them)"),
            )
            if count
        ]
        if one.change == "orphaned":
            _say(f"{one.path}: no page has this name; make po-clear removes the catalog")
        elif one.change != "same" or waiting:
            _say(f"{one.path}: {', '.join([one.change, *waiting])}")
    changed = sum(one.change not in {"same", "orphaned"} for one in done)
    _say(f"{language}: {len(done)} catalogs, {changed} changed")


def _say(message: str, stream: TextIO | None = None) -> None:
    print(message, file=stream)


if __name__ == "__main__":
    sys.exit(main())
