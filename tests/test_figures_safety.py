"""Hostile and broken drawings are refused, each with its file and line."""

from __future__ import annotations

import pytest

from figures.safety import LARGEST, unsafe

CLEAN = """\
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xml:lang="ja" width="540" height="60" viewBox="0 0 540 60">
  <title id="a-title">題</title>
  <style>
    .label { fill: #1f2933; font-size: 16px; }
  </style>
  <defs><marker id="a-tip"><path d="M0 0L10 5L0 10Z"/></marker></defs>
  <path class="flow" d="M18 50H90" marker-end="url(#a-tip)"/>
  <text id="a-label" class="label" x="18" y="40">語</text>
</svg>
"""

# Each: what is put in the place of what, the line, a part of the message.
ATTACKS = {
    "script": ("  <path", "  <script>alert(1)</script><path", 8, "<script> is refused"),
    "script elsewhere": (
        "  <path",
        '  <x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script><path',
        8,
        "<script> is refused",
    ),
    "onload": ("<path class", '<path onload="alert(1)" class', 8, "event handler 'onload'"),
    "onclick in capitals": ("<text id", '<text ONCLICK="x()" id', 9, "event handler 'ONCLICK'"),
    "onfocus on the root": ('width="540"', 'onfocus="x()" width="540"', 2, "event handler"),
    "foreignObject": (
        "  <path",
        '  <foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject><path',
        8,
        "<foreignObject> is refused",
    ),
    "link": ("  <path", '  <a href="https://x.example/"><path/></a><path', 8, "<a> is refused"),
    "href": ("<path class", '<path href="#a-tip" class', 8, "reference href"),
    "xlink:href": (
        "<path class",
        '<path xmlns:k="http://www.w3.org/1999/xlink" k:href="file:///etc/passwd" class',
        8,
        "reference href",
    ),
    "xml:base": ('width="540"', 'xml:base="https://x.example/" width="540"', 2, "reference base"),
    "use of another file": ("  <path", '  <use href="b.svg#x"/><path', 8, "<use> is refused"),
    "bitmap": (
        "  <path",
        '  <image href="data:image/png;base64,iVBORw0KGgo="/><path',
        8,
        "<image> is refused",
    ),
    "filter that fetches": (
        "  <path",
        '  <filter id="f"><feImage href="https://x.example/"/></filter><path',
        8,
        "<feImage> is refused",
    ),
    "animation": (
        "  <path",
        '  <path><animate attributeName="d" dur="1s"/></path><path',
        8,
        "<animate> is refused",
    ),
    "set": ("  <path", '  <path><set attributeName="d" to="M0 0"/></path><path', 8, "<set>"),
    "import in the style": (
        "    .label",
        '    @import "https://x.example/a.css";\n    .label',
        4,
        "'@import'",
    ),
    "embedded font": (
        "    .label",
        "    @font-face { font-family: x; src: url(data:font/woff2;base64,AAAA); }\n    .label",
        4,
        "'@font-face'",
    ),
    "url in the style": (
        "fill: #1f2933;",
        "fill: url(https://x.example/a.svg#p);",
        4,
        "the style holds 'url('",
    ),
    "escaped url in the style": (
        "fill: #1f2933;",
        r"fill: \75rl(https://x.example/a.svg#p);",
        4,
        "the style holds",
    ),
    "image-set in the style": (
        "fill: #1f2933;",
        "background: image-set('x.png' 1x);",
        4,
        "'image-set('",
    ),
    "animation in the style": ("fill: #1f2933;", "animation: x 1s;", 4, "'animation'"),
    "url in an attribute": (
        'marker-end="url(#a-tip)"',
        'marker-end="url(https://x.example/a.svg#tip)"',
        8,
        "holds 'url('",
    ),
    "local and outside url": (
        'marker-end="url(#a-tip)"',
        'fill="url(#a-tip) url(b.svg#x)"',
        8,
        "holds 'url('",
    ),
    "reference to nothing": ("url(#a-tip)", "url(#a-tap)", 8, "#a-tap, which the drawing does"),
    "style attribute": (
        '<path class="flow"',
        '<path style="background:url(//x.example/)"',
        8,
        "attribute 'style'",
    ),
    "document type": (
        "<svg ",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x.example/svg.dtd">\n<svg ',
        2,
        "<!DOCTYPE>",
    ),
    "entity of a file": (
        "<svg ",
        '<!DOCTYPE svg [\n<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<svg ',
        2,
        "<!DOCTYPE>",
    ),
    "a billion laughs": (
        "<svg ",
        '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>\n<svg ',
        2,
        "<!DOCTYPE>",
    ),
    "undeclared entity": (">語<", ">&nbsp;<", 9, "not a readable drawing"),
    "stylesheet instruction": (
        "<svg ",
        '<?xml-stylesheet href="https://x.example/a.css"?>\n<svg ',
        2,
        "<?xml-stylesheet?>",
    ),
    "instruction at the end": ("</svg>", "</svg>\n<?php system('x'); ?>", 11, "<?php?>"),
    "twice the same id": ('id="a-label"', 'id="a-tip"', 9, "stands on line 7 already"),
    "element of another language": (
        "  <path",
        '  <i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/><path',
        8,
        "<include> is refused",
    ),
    "unknown attribute": ("<path class", '<path data-x="1" class', 8, "'data-x' is refused"),
    "not closed": ("</text>", "", 10, "not a readable drawing"),
    "too deep": ("  <path", "  " + "<g>" * 12 + "<path/>" + "</g>" * 12 + "<path", 8, "deep"),
    "another encoding": ("UTF-8", "Shift_JIS", 1, "save it as UTF-8"),
    "too large": ("  <path", "  <!-- " + "x" * LARGEST + " --><path", 1, "bytes, more than"),
}


def test_a_clean_drawing_is_accepted() -> None:
    assert list(unsafe("a.svg", CLEAN.encode())) == []


@pytest.mark.parametrize("name", ATTACKS)
def test_is_refused_with_its_line(name: str) -> None:
    old, new, line, part = ATTACKS[name]
    assert old in CLEAN
    data = CLEAN.replace(old, new, 1)
    encoded = data.encode("shift_jis" if "Shift_JIS" in data else "utf-8")
    found = list(unsafe("a.svg", encoded))
    assert any(
        finding.line == line and part in finding.message and finding.path == "a.svg"
        for finding in found
    ), found
    assert {finding.kind for finding in found} <= {"unsafe", "broken", "style"}


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"GIF89a", b"<html/>", b"\xff\xfe<\x00s\x00"])
def test_what_is_no_drawing_is_refused(data: bytes) -> None:
    [finding] = unsafe("a.svg", data)
    assert finding.kind == "broken"
    assert finding.line == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('class="flow"', 'class="flow" stroke="#123456"'),
        ('class="flow"', 'fill="#123456"'),
        ('class="label"', 'font-size="9"'),
        ('class="flow"', 'opacity="0.1"'),
    ],
)
def test_looks_outside_the_classes_are_a_matter_of_style(old: str, new: str) -> None:
    [finding] = unsafe("a.svg", CLEAN.replace(old, new, 1).encode())
    assert finding.kind == "style"
    assert "house.css" in finding.message


@pytest.mark.parametrize("name", ["script", "document type", "url in the style", "too large"])
@pytest.mark.parametrize("builder", ["html", "dummy"])
def test_no_edition_is_built_with_it(tiny_book, name: str, builder: str) -> None:
    book = tiny_book("figures")
    old, new, line, part = ATTACKS[name]
    (book.source / "a.svg").write_text(CLEAN.replace(old, new, 1), encoding="utf-8")
    for _ in range(2):  # a failure stays one
        run = book.build(builder, "-W")
        assert run.status == 1
        [warning] = [text for text in run.warnings() if "a.svg" in text]
        assert f"a.svg:{line}: WARNING:" in warning
        assert part in warning
        assert "[figures.unsafe]" in warning
        assert "Traceback" not in run.output
