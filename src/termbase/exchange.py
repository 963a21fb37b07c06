"""The termbase for other tools: TBX, Weblate, OmegaT, textlint (prh), Vale, JSON.

Each format is a pure function from the termbase to the text of a file;
:func:`write_all` writes them side by side, and the builder ``terms-export``
calls it with the terms of a project.

Other tools know less than this package does, and what they cannot express is
left out rather than approximated: prh and Vale get the forms as declared,
without inflection, and phrases in which a form is allowed as look-arounds.  Such
phrases are no synonyms, so they are no terms in TBX.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from .terms import Status, Termbase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from lxml import etree
    from sphinx.application import Sphinx

    from .terms import Term

_ORIGIN = "Exported from the glossary by termbase; edit the glossary instead of this file."
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_STATUS = {
    # ISO 30042 values of the data category administrativeStatus.
    Status.PREFERRED: "preferredTerm-admn-sts",
    Status.DEPRECATED: "deprecatedTerm-admn-sts",
}


def source_language(termbase: Termbase) -> str:
    """Return the language in which the terms are written, ``ja`` for an empty termbase."""
    return next((term.language for term in termbase), "ja")


def target_languages(termbase: Termbase) -> tuple[str, ...]:
    """Return the other languages of the termbase, sorted."""
    languages = {language for term in termbase for language in term.equivalents}
    languages |= {variant.language for term in termbase for variant in term.variants}
    return tuple(sorted(languages - {source_language(termbase)}))


def identifier(term: Term, taken: AbstractSet[str] = frozenset()) -> str:
    """Return an ASCII name for the term: its declared id, else one made from its form."""
    name = term.identifier
    if not name:
        folded = unicodedata.normalize("NFKC", term.surface).casefold()
        name = re.sub(r"[^a-z0-9]+", "-", folded).strip("-") if folded.isascii() else ""
        name = name or "u" + "-".join(f"{ord(char):04x}" for char in folded)
    while name in taken:
        name += "-x"
    return name


# --- TBX --------------------------------------------------------------------------------------


def to_tbx(termbase: Termbase) -> str:
    """Return the termbase as TBX-Basic (ISO 30042), in the style that CAT tools read.

    The element names are those of the 2008 edition (``martif``, ``termEntry``,
    ``langSet``, ``tig``): translate-toolkit, Weblate and OmegaT read no others.
    """
    from lxml import etree

    source = source_language(termbase)
    root = etree.Element("martif", {"type": "TBX-Basic", _XML_LANG: source})
    header = etree.SubElement(root, "martifHeader")
    description = etree.SubElement(header, "fileDesc")
    origin = etree.SubElement(etree.SubElement(description, "sourceDesc"), "p")
    origin.text = _ORIGIN
    encoding = etree.SubElement(header, "encodingDesc")
    etree.SubElement(encoding, "p", {"type": "XCSURI"}).text = "TBXBasicXCSV02.xcs"
    body = etree.SubElement(etree.SubElement(root, "text"), "body")
    taken: set[str] = set()
    for term in termbase:
        name = identifier(term, taken)
        taken.add(name)
        entry = etree.SubElement(body, "termEntry", id=f"term-{name}")
        for language in (source, *target_languages(termbase)):
            _tbx_language(entry, term, language)
    etree.indent(root)
    text = etree.tostring(
        root,
        encoding="unicode",
        doctype='<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">',
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _tbx_language(entry: etree._Element, term: Term, language: str) -> None:
    from lxml import etree

    preferred = term.surface if language == term.language else term.equivalents.get(language)
    deprecated = term.forms(Status.DEPRECATED, language)
    if not preferred and not deprecated:
        return
    section = etree.SubElement(entry, "langSet", {_XML_LANG: language})
    if language == term.language and term.definition:
        etree.SubElement(section, "descrip", type="definition").text = term.definition
    if preferred:
        note = f"よみ: {term.reading}" if term.reading and language == term.language else ""
        _tbx_term(section, preferred, Status.PREFERRED, note)
    for variant in term.forms(Status.PREFERRED, language):
        _tbx_term(section, variant.surface, Status.PREFERRED, "")
    for variant in deprecated:
        _tbx_term(section, variant.surface, Status.DEPRECATED, term.why)


def _tbx_term(section: etree._Element, surface: str, status: Status, note: str) -> None:
    from lxml import etree

    group = etree.SubElement(section, "tig")
    etree.SubElement(group, "term").text = surface
    etree.SubElement(group, "termNote", type="administrativeStatus").text = _STATUS[status]
    if note:
        etree.SubElement(group, "note").text = note


# --- translators' tools -----------------------------------------------------------------------


def _comment(term: Term, language: str) -> str:
    """Return what a translator should know, on one line."""
    parts = [term.definition] if term.definition else []
    if term.reading:
        parts.append(f"よみ: {term.reading}")
    avoided = [variant.surface for variant in term.forms(Status.DEPRECATED, language)]
    if avoided:
        parts.append(f"Avoid: {', '.join(avoided)}")
    return " / ".join(" ".join(part.split()) for part in parts)


def to_weblate(termbase: Termbase, language: str) -> str:
    """Return a CSV glossary for Weblate, in the columns that translate-toolkit names."""
    out = io.StringIO()
    columns = ["context", "location", "source", "target", "developer_comments"]
    writer = csv.DictWriter(out, columns, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    for term in termbase:
        writer.writerow(
            {
                "context": term.identifier,
                "location": str(term.place),
                "source": term.surface,
                "target": term.equivalents.get(language, ""),
                "developer_comments": _comment(term, language),
            }
        )
    return out.getvalue()


def to_omegat(termbase: Termbase, language: str) -> str:
    """Return a glossary for OmegaT: source, target and comment between tabs."""
    lines = [f"# {_ORIGIN}"]
    for term in termbase:
        target = term.equivalents.get(language)
        if target:
            fields = (term.surface, target, _comment(term, language))
            lines.append("\t".join(" ".join(text.split()) for text in fields))
    return "\n".join(lines) + "\n"


# --- linters ----------------------------------------------------------------------------------

_SYNTAX = re.compile(r"([\\^$.*+?()\[\]{}|/])")
_ASCII_WORD = "[0-9A-Za-z_]"


def _literal(text: str) -> str:
    """Return ``text`` as a pattern for Python, JavaScript (flag u) and Go's regexp2 alike."""
    return _SYNTAX.sub(r"\\\1", text)


def pattern(termbase: Termbase, surface: str, language: str) -> str:
    """Return a regular expression for a deprecated form.

    ASCII forms end at ASCII letters, katakana ones never before a long mark,
    and a form is left alone inside every longer preferred or allowed form.

    Bad: サーバー in サーバーを.  Good: ホスト in ホスト名 where that is allowed.
    """
    before = rf"(?<!{_ASCII_WORD})" if re.match(_ASCII_WORD, surface) else ""
    after = rf"(?!{_ASCII_WORD})" if re.search(rf"{_ASCII_WORD}$", surface) else ""
    if re.search("[ァ-ヺ]$", surface):
        after = "(?!ー)"
    guards = []
    for longer in _longer_forms(termbase, surface, language):
        start = longer.find(surface)
        while start >= 0:
            prefix, rest = longer[:start], longer[start:]
            behind = f"(?<={_literal(prefix)})" if prefix else ""
            guards.append(f"(?!{behind}{_literal(rest)})")
            start = longer.find(surface, start + 1)
    return f"{before}{''.join(guards)}{_literal(surface)}{after}"


def _longer_forms(termbase: Termbase, surface: str, language: str) -> list[str]:
    found = set()
    for term in termbase:
        preferred = term.surface if term.language == language else term.equivalents.get(language)
        forms = [variant.surface for variant in term.variants if variant.language == language]
        found |= {form for form in (preferred, *forms) if form and surface in form}
    return sorted(found - {surface})


def _rivals(termbase: Termbase, language: str) -> set[str]:
    """Return the forms that several terms deprecate: what to write is for a person to say."""
    seen: set[str] = set()
    rivals: set[str] = set()
    for term in termbase:
        for variant in term.forms(Status.DEPRECATED, language):
            (rivals if variant.surface in seen else seen).add(variant.surface)
    return rivals


def to_prh(termbase: Termbase) -> str:
    """Return ``prh.yml`` for textlint-rule-prh.

    The examples of a term become prh's ``specs``, which prh runs when it loads
    the file.  An example that prh cannot get right (an inflected form, a width
    variant) is left out: it would stop textlint from starting.
    """
    language = source_language(termbase)
    rivals = _rivals(termbase, language)
    rules = []
    for term in termbase:
        surfaces = [
            variant.surface
            for variant in term.forms(Status.DEPRECATED, language)
            if variant.surface not in rivals
        ]
        if not surfaces:
            continue
        patterns = [pattern(termbase, surface, language) for surface in surfaces]
        rule: dict[str, Any] = {
            "expected": term.surface,
            "patterns": [f"/{each}/" for each in patterns],
        }
        if term.why:
            rule["prh"] = term.why
        specs = list(_specs(term, patterns))
        if specs:
            rule["specs"] = specs
        rules.append(rule)
    return _to_yaml({"version": 1, "rules": rules})


def _specs(term: Term, patterns: list[str]) -> Iterator[dict[str, str]]:
    combined = re.compile("|".join(f"(?:{each})" for each in patterns))
    for example in term.examples:
        result = combined.sub(lambda _match: term.surface, example.text)
        if example.bad is (result != example.text):
            yield {"from": example.text, "to": result}


def to_vale(termbase: Termbase, language: str) -> str:
    """Return a substitution rule for Vale (``styles/<Style>/Terms.yml``)."""
    japanese = language == source_language(termbase) and not language.startswith("en")
    rivals = _rivals(termbase, language)
    swap = {}
    for term in termbase:
        preferred = term.surface if term.language == language else term.equivalents.get(language)
        for variant in term.forms(Status.DEPRECATED, language):
            if preferred and variant.surface not in rivals:
                swap[pattern(termbase, variant.surface, language)] = preferred
                if language.startswith("en"):
                    plural = pattern(termbase, _plural(variant.surface), language)
                    swap[plural] = _plural(preferred)
    rule = {
        "extends": "substitution",
        "message": "Use '%s' instead of '%s'.",
        "level": "error",
        "ignorecase": not japanese,
        # The patterns bring their own edges; Japanese has no word boundary.
        "nonword": True,
        "action": {"name": "replace"},
        "swap": swap,
    }
    return _to_yaml(rule)


def _to_yaml(data: dict[str, Any]) -> str:
    import yaml

    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)
    return f"# {_ORIGIN}\n{text}"


def _plural(noun: str) -> str:
    """Return the regular English plural."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else f"{noun}s"


# --- JSON -------------------------------------------------------------------------------------


def to_json(termbase: Termbase) -> str:
    """Return everything that the termbase holds, as JSON."""
    terms = [
        {
            "term": term.surface,
            "id": term.identifier,
            "language": term.language,
            "reading": term.reading,
            "definition": term.definition,
            "why": term.why,
            "equivalents": dict(sorted(term.equivalents.items())),
            "variants": [
                {
                    "form": variant.surface,
                    "status": str(variant.status),
                    "language": variant.language,
                }
                for variant in term.variants
            ],
            "examples": [{"text": each.text, "bad": each.bad} for each in term.examples],
            "declared": {"file": term.place.path, "line": term.place.line},
        }
        for term in termbase
    ]
    document = {"language": source_language(termbase), "terms": terms}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


# --- files ------------------------------------------------------------------------------------


def write_all(termbase: Termbase, outdir: Path) -> list[Path]:
    """Write every format into ``outdir`` and return the files, in order.

    ``terms.tbx``, ``terms.json``, ``prh.yml``, ``vale-<language>.yml``, and for each
    target language ``weblate-<language>.csv`` and ``omegat-<language>.utf8`` (the
    ending by which OmegaT knows a tab-separated glossary in UTF-8).
    """
    source = source_language(termbase)
    files = {
        "terms.tbx": to_tbx(termbase),
        "terms.json": to_json(termbase),
        "prh.yml": to_prh(termbase),
        f"vale-{source}.yml": to_vale(termbase, source),
    }
    for language in target_languages(termbase):
        files[f"weblate-{language}.csv"] = to_weblate(termbase, language)
        files[f"omegat-{language}.utf8"] = to_omegat(termbase, language)
        files[f"vale-{language}.yml"] = to_vale(termbase, language)
    outdir.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        path = outdir / name
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def completed(app: Sphinx) -> Termbase:
    """Return the termbase of the project with equivalents and definitions filled in.

    Equivalents come from the catalogs of the glossary, definitions from its page.
    """
    from .glossary import termbase
    from .linking import definitions, equivalents, plain

    found: dict[str, dict[str, str]] = {}
    for (surface, language), text in sorted(equivalents(app).items()):
        found.setdefault(surface, {})[language] = text
    texts = definitions(app)
    return Termbase(
        term._replace(
            definition=plain(term.definition) or texts.get(term.surface, ""),
            equivalents={
                language: text
                for language, text in found.get(term.surface, {}).items()
                if language != term.language
            },
        )
        for term in termbase(app.env)
    )
