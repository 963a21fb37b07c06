"""What a translation may bring into the pages, and what is refused at its place."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Parser as RstParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from myst_parser.docutils_ import Parser as MystParser

from termbase.catalogs import Entry, Message, check_entry, references, unsafe

HERE = Path(__file__).parent
KNOWN = {
    "ノード": "node",
    "クラスタ": "cluster",
    "仮想マシン": "virtual machine (VM)",
    "クォーラム": "quorum",
}


def cases(name: str) -> list[dict[str, str]]:
    return yaml.safe_load((HERE / "catalogs" / name).read_text(encoding="utf-8"))


def entry_of(case: dict[str, str]) -> Entry:
    msgstr = case["msgstr"] * int(case.get("repeat", 1))
    location = "index.rst:1" if case.get("markup") == "rst" else "index.md:1"
    msgid = case.get("msgid", "ノードを追加します。")
    return Entry(
        "x.po",
        Message(msgid, 1, tuple((1, 8 + i) for i in range(len(msgid)))),
        Message(msgstr, 2, tuple((2, 9 + i) for i in range(len(msgstr)))),
        locations=(location,),
    )


HOSTILE, HARMLESS = cases("hostile.yaml"), cases("harmless.yaml")


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["name"])
def test_hostile_is_refused_at_its_place(case: dict[str, str]) -> None:
    entry = entry_of(case)
    findings = list(unsafe(entry))
    assert findings
    assert {finding.kind for finding in findings} == {"unsafe"}
    if "surface" in case:
        assert findings[0].surface == case["surface"]
        at = entry.msgstr.index(case["surface"])
        assert (findings[0].place.line, findings[0].place.column) == (2, 9 + at)


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case["name"])
def test_harmless_is_left_alone(case: dict[str, str]) -> None:
    findings = [finding.message for finding in check_entry(entry_of(case), known=KNOWN)]
    assert findings == []


def test_the_corpus_is_as_large_as_it_says() -> None:
    for corpus, least in ((HOSTILE, 80), (HARMLESS, 60)):
        names = [case["name"] for case in corpus]
        assert len(set(names)) == len(names) >= least


# --- what is called safe, seen by the real parsers ---------------------------------------------

MARKUP = [
    "<",
    ">",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "script",
    "onerror=x",
    "`",
    "``",
    "```",
    "~~~",
    "{raw}",
    "{ref}",
    "{a}",
    "{",
    "}",
    "{{",
    "}}",
    "x",
    "node",
    "[",
    "]",
    "(",
    ")",
    "](",
    "[^1]:",
    "![",
    ":",
    "::",
    ":::",
    "$",
    "$$",
    "*",
    "**",
    "_",
    "__",
    "\\",
    "&lt;",
    "&#60;",
    "&amp;",
    "#",
    ">",
    "|",
    "---",
    "===",
    "%",
    "+++",
    "(a)=",
    "javascript:",
    "http://x.y",
    "//x.y",
    "data:text/html,",
    "mailto:a@b.c",
    '"',
    "'",
    "style=",
    ".c",
    "=",
    "~~",
    "@",
    "\\begin{align}",
    "^",
    "<http://a.b>",
    "www.a.com",
    ":raw:",
    ":term:",
    "..",
    "|x|",
    "]_",
    "_a:",
    "-",
    "1.",
    "(1)",
    "a)",
    "A.",
    "/x",
    "--foo",
    "`a_",
    "a_",
    "news:a",
    "file:///x",
    "raw::",
    "image::",
    "html",
    "ノード",
    "。",
]
PARTS = [*MARKUP, " ", "\n", "\n\n", "\t", "    ", "# ", "- ", "* ", "1. ", "> ", ".. ", "   "]
ALLOWED = (
    # What a paragraph of prose may hold, and what the check of references answers for.
    nodes.document,
    nodes.paragraph,
    nodes.emphasis,
    nodes.strong,
    nodes.literal,
    nodes.math,
    nodes.footnote_reference,
    nodes.citation_reference,
    nodes.problematic,
    nodes.system_message,
    nodes.Text,
    nodes.title_reference,
)


def foreign(msgstr: str, parser: type[MystParser | RstParser], **overrides: object) -> list[str]:
    """Return the nodes that the real parser makes of a message and that are not prose."""
    document = publish_doctree(
        msgstr,
        parser=parser(),
        settings_overrides={
            "report_level": 5,
            "halt_level": 6,
            "warning_stream": io.StringIO(),
            "file_insertion_enabled": False,
            "_disable_config": True,
            **overrides,
        },
    )
    for message in list(document.findall(nodes.system_message)):
        message.parent.remove(message)
    return [
        node.pformat()
        for node in document.findall()
        if not isinstance(node, ALLOWED)
        # a backslash at the end of a line
        and not (isinstance(node, nodes.raw) and node.astext() in {"<br />\n", "\\\\\n"})
    ]


@settings(max_examples=40000, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join))
@example(">%\n>")
def test_what_is_safe_makes_nothing_but_prose_in_myst(msgstr: str) -> None:
    if next(unsafe(entry_of({"msgstr": msgstr})), None) is None:
        everything = [
            "amsmath",
            "attrs_block",
            "attrs_inline",
            "colon_fence",
            "deflist",
            "dollarmath",
            "fieldlist",
            "html_admonition",
            "html_image",
            "strikethrough",
            "substitution",
            "tasklist",
        ]
        assert foreign(msgstr, MystParser, myst_enable_extensions=everything) == []
        assert foreign(msgstr, MystParser) == []


@settings(max_examples=40000, deadline=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join))
@example("javascript: javascript:+++")
@example(":raw:\t")
@example("--foo\tx")
def test_what_is_safe_makes_nothing_but_prose_in_rst(msgstr: str) -> None:
    entry = entry_of({"msgstr": msgstr, "markup": "rst"})
    if next(unsafe(entry), None) is None and next(references(entry), None) is None:
        assert foreign(msgstr, RstParser) == []


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
@example("\r\r0")
def test_no_text_is_too_strange_to_be_judged(msgstr: str) -> None:
    for markup in ("myst", "rst"):
        list(check_entry(entry_of({"msgstr": msgstr, "markup": markup}), known=KNOWN))
