"""Answer files of the automated installer against their schema.

The schema (``answer.schema.json``) lies beside the tables; the installer
itself refuses unknown keys, and so does the schema.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from lab.files import line_of

from .findings import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

SCHEMA = "answer.schema.json"


def is_answer(name: str) -> bool:
    """Say whether *name* (machine and path) is that of an answer file."""
    return re.search(r"/answer[^/]*(/[^/]+)?\.toml$", f"/{name}") is not None


def load(folder: Path) -> dict[str, Any] | None:
    """Return the schema of *folder*, None if it has none."""
    try:
        schema = json.loads((folder / SCHEMA).read_text(encoding="utf-8"))
    except OSError:
        return None
    return dict(schema)


def check(text: str, schema: dict[str, Any]) -> Iterator[Trouble]:
    """Yield what the installer would refuse.

    Bad: ``keybord = "jp"``, ``filesystem = "ext3"``.  Text that is no TOML is
    told elsewhere (``lab.files``).
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    for error in Draft202012Validator(schema).iter_errors(data):
        yield from _told(error, text)


def _told(error: ValidationError, text: str) -> Iterator[Trouble]:
    where = [str(each) for each in error.absolute_path]
    title = ".".join(where) or "the file"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = dict(error.schema).get("properties", {})  # type: ignore[arg-type]
        for key in error.instance:
            if key not in known:
                message = f"{title} has no key {key!r}; it has {', '.join(sorted(known))}"
                yield Trouble(line_of(key, text), "key", message)
        return
    line = line_of(where[-1], text) if where else 1
    if error.validator == "required":
        yield Trouble(line, "missing", f"{title}: {error.message}")
    elif error.validator == "oneOf" and isinstance(error.instance, dict):
        alternatives: Any = error.validator_value
        choices = " or ".join(str(each.get("required", ["?"])[0]) for each in alternatives)
        yield Trouble(line, "missing", f"{title}: write exactly one of {choices}")
    else:
        yield Trouble(line, "value", f"{title}: {error.message}")
