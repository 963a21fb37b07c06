"""Labels are measured as Chromium and rsvg-convert paint them, and wrong ones are named."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from PIL import Image

from figures import __main__ as command
from figures import checking, colours, fonts, geometry, house, rendering
from figures.book import Book
from figures.drawing import SVG, parse

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROJECT = Path(__file__).resolve().parents[1]
SHEET = (PROJECT / "diagrams" / house.SHEET).read_text(encoding="utf-8")
BOOK = Book(PROJECT / "diagrams", PROJECT / "source", [PROJECT / "locale"])
MASTERS = {str(path.relative_to(BOOK.diagrams)): path for path in BOOK.masters}

LENGTH_TOLERANCE = 0.7
"""Units between our length of a line and Chromium's, which kerns no pair with a space."""

BOX_TOLERANCE = 1.6
"""Units between our box and getBBox, which takes in the ink, rounded out to whole pixels:
a bold f at the end reaches out of its advance by 0.5."""

BOXES = """() => Object.fromEntries([...document.querySelectorAll('svg text')].map(text => {
    const box = text.getBBox();
    return [text.id, [box.x, box.x + box.width, text.getComputedTextLength()]] }))"""

RSVG_TOLERANCE = 0.6
"""Units between our ink and that of rsvg-convert, painted at 4 px a unit."""

GOOD = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" xml:lang="ja" width="540" height="200" viewBox="0 0 540 200" role="img" aria-labelledby="a-title a-desc" font-family="'Noto Sans CJK JP', sans-serif">
  <title id="a-title">題</title>
  <desc id="a-desc">説明。</desc>
  <style>{" ".join(SHEET.split(chr(10)))}</style>
  <rect class="card" width="540" height="200" rx="14"/>
  <g>
    <rect class="plain" x="18" y="20" width="150" height="40"/>
    <text id="a-one" class="label" x="30" y="46">仮想マシン</text>
  </g>
  <g>
    <rect class="vm" x="200" y="20" width="150" height="40"/>
    <text id="a-two" class="label mid" x="275" y="46">コンテナ</text>
  </g>
  <text id="a-three" class="label" x="30" y="150">単独</text>
  <path class="flow" d="M30 180H400"/>
</svg>
"""  # noqa: E501 - an SVG file
GOOD = GOOD.replace(f"<style>{' '.join(SHEET.split(chr(10)))}</style>", "<style></style>")
GOOD = house.dressed(GOOD.encode(), SHEET).decode()


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def judged(text: str, translations: dict[str, dict[str, str]] | None = None) -> list[str]:
    return [
        str(finding)
        for finding in checking.findings("a.svg", text.encode(), SHEET, translations or {})
    ]


def test_a_good_figure_has_no_findings() -> None:
    assert judged(GOOD) == []


ALONE = 'class="label" x="30" y="150"'
VM_GROUP = '<g>\n    <rect class="vm"'

# Each: what is put in the place of what, the text on whose line it is found, what is said.
WRONG = {
    "kept from the catalogs": (
        '<text id="a-three"',
        '<text translate="no" id="a-three"',
        "a-three",
        r"'単独' is Japanese and marked translate=.*figures.untranslatable",
    ),
    "too wide": (
        ">仮想マシン<",
        ">とても長い仮想マシンの名<",
        "a-one",
        r"on the right.*figures.fit",
    ),
    "too low": ('y="46">仮想', 'y="56">仮想', "a-one", r"padding.*at the bottom"),
    "too high": ('y="46">仮想', 'y="34">仮想', "a-one", r"by [\d.]+ units at the top"),
    "out of the canvas": ('x="30" y="150"', 'x="520" y="150"', "a-three", "leaves the canvas by"),
    "in the margin": ('x="30" y="150"', 'x="10" y="150"', "a-three", "margin of 18 by 8.0 units"),
    "one over the other": (
        'x="30" y="150">単独',
        'x="30" y="44">単独',
        "a-three",
        r"lies over '仮想マシン' of line \d+ by [\d.]+ × [\d.]+ units",
    ),
    "anchored at the end": ('mid" x="275"', 'end" x="260"', "a-two", "on the left"),
    "moved by a tspan": (
        ">コンテナ<",
        '><tspan x="340">コン</tspan><tspan dx="9">テナ</tspan><',
        "a-two",
        "on the right",
    ),
    "moved by a group": (
        VM_GROUP,
        '<g transform="translate(170 0)">\n    <rect class="vm"',
        "a-two",
        None,
    ),
    "group out of the canvas": (
        VM_GROUP,
        '<g transform="translate(260 0)">\n    <rect class="vm"',
        'class="vm" x',
        "a shape leaves the canvas by 70.0 units on the right",
    ),
    "turned": (
        ALONE,
        'class="label" transform="rotate(90 30 150)" x="30" y="150"',
        "a-three",
        "is turned",
    ),
    "too small by a transform": (
        ALONE,
        'class="label" transform="scale(0.9)" x="30" y="150"',
        "a-three",
        r"is 14.4 units: 9.4 pt on a B5 page, 9.1 px on a phone; at least 10 pt and 10 px",
    ),
    "white on white": (
        ALONE,
        'class="label reversed" x="30" y="150"',
        "a-three",
        "contrast of 1.00 in the light look; at least 4.5",
    ),
    "white on white in the dark": (
        ALONE,
        'class="label reversed" x="30" y="150"',
        "a-three",
        "contrast of 1.00 in the dark look",
    ),
    "under a shape": (
        "</svg>",
        '  <rect class="solid" x="100" y="30" width="9" height="20"/>\n</svg>',
        "a-one",
        r"lies under the <rect> of line",
    ),
    "crossed by an arrow": (
        "M30 180H400",
        "M30 145H400",
        "a-three",
        "is crossed by a line of the <path>",
    ),
    "no glyph": (">単独<", ">単独😀<", "a-three", "'😀', for which Noto Sans CJK JP has no glyph"),
    "not a number": ('x="30" y="150"', 'x="3em" y="150"', "a-three", "no plain number of units"),
    "a path that is none": ("M30 180H400", "M30 180Q", "<path", "cannot be read"),
    "another style block": (".label ", ".labels ", "<style>", "the style block is not that of"),
    "a class that is not there": (
        '"label mid"',
        '"label middle"',
        "a-two",
        "'middle' is not in house.css",
    ),
    "another width": ('viewBox="0 0 540 200"', 'viewBox="0 0 600 200"', "<svg", 'not "0 0 540 …"'),
    "too tall": (
        '200" viewBox="0 0 540 200',
        '900" viewBox="0 0 540 900',
        "<svg",
        "900 units tall, more than 740",
    ),
    "another size": (
        'height="200" viewBox',
        'height="100" viewBox',
        "<svg",
        "do not repeat those of the viewBox",
    ),
    "another family": (
        "'Noto Sans CJK JP', sans-serif",
        "sans-serif",
        "<svg",
        "not 'Noto Sans CJK JP'",
    ),
    "no role": (' role="img"', "", "<svg", 'no role="img"'),
    "no language": (' xml:lang="ja"', "", "<svg", 'no xml:lang="ja"'),
    "no description": ('  <desc id="a-desc">説明。</desc>\n', "", "<svg", "there is no <desc>"),
    "empty title": (">題<", "> <", "<svg", "there is no <title>"),
    "title not named": ("a-title a-desc", "a-desc", "<title", "does not name the <title>"),
    "a label without id": (' id="a-three"', "", ">単独<", "<text> has no id like 'a-label'"),
    "an id that begins otherwise": (
        'id="a-three"',
        'id="b-three"',
        "b-three",
        "'b-three' is not 'a-…'",
    ),
    "an id that is not ASCII": ('id="a-three"', 'id="a-三"', "a-三", "is not 'a-…'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_line(name: str) -> None:
    old, new, place, said = WRONG[name]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = judged(text)
    if said is None:
        assert found == []
        return
    assert any(
        one.startswith(f"a.svg:{line_of(text, place)}: ") and re.search(said, one) for one in found
    ), found


def test_a_translation_that_spills_names_language_and_excess() -> None:
    english = {"仮想マシン": "Virtual machine, running"}
    [finding] = judged(GOOD, {"en": english, "de": {"仮想マシン": "VM"}})
    line = line_of(GOOD, "a-one")
    assert finding.startswith(
        f"a.svg:{line}: label 'Virtual machine, running' (en) leaves its box"
    )
    width = fonts.extent("Virtual machine, running").advance * 16
    assert f"by {30 + width - 160:.1f} units on the right" in finding


def test_a_card_hides_the_line_under_a_label() -> None:
    card = '  <rect class="card" x="28" y="130" width="60" height="28"/>\n'
    label = '  <text id="a-three"'
    backed = GOOD.replace("M30 180H400", "M30 145H400").replace(label, card + label)
    line = '  <path class="flow" d="M30 145H400"/>\n'
    moved = backed.replace(line, "").replace(card, line + card)
    assert judged(moved) == []
    assert judged(backed) != []


def test_a_hatched_ground_counts_with_its_darkest_colour() -> None:
    hatch = (
        '<defs><pattern id="a-hatch" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect class="card" width="8" height="8"/><path class="hatch" d="M4 0V8"/>'
        "</pattern></defs>\n"
    )
    text = GOOD.replace("  <rect class", hatch + "  <rect class", 1).replace(
        '<rect class="vm"', '<rect fill="url(#a-hatch)"'
    )
    assert any("contrast of 1.71" in one for one in judged(text)), judged(text)


def test_no_line_of_a_wrapped_label_begins_or_ends_with_a_blank() -> None:
    lines = rendering.broken(["IP の上の", " UDP の", "トンネル"], 8, bold=False)
    assert lines == ["IP の上の", "UDP のトンネル"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_widths_are_those_of_chromium(browser: Browser, language: str) -> None:
    page = browser.new_page()
    compared = 0
    for path in BOOK.masters:
        messages = BOOK.translations(path).get(language, {})
        root = rendering.draw(parse(path.read_bytes()), language, messages)
        _, labels = geometry.painted(root, house.Sheet.parse(house.style_of(root)))
        page.set_content(f"<!doctype html><body>{etree.tostring(root, encoding='unicode')}")
        boxes = page.evaluate(BOXES)
        for identifier, (left, right, length) in boxes.items():
            lines = [label.box for label in labels if label.element.get("id") == identifier]
            assert sum(box.width for box in lines) == pytest.approx(length, abs=LENGTH_TOLERANCE)
            assert min(box.left for box in lines) == pytest.approx(left, abs=BOX_TOLERANCE)
            assert max(box.right for box in lines) == pytest.approx(right, abs=BOX_TOLERANCE)
            compared += 1
    page.close()
    assert compared > 30


LABELS = [
    "仮想マシン",
    "AVATAR To Wi",
    "（PBS、NFS など）",
    "qm migrate 101 pve2",
    "年月：最初",
    "gjpqy",
]


@pytest.mark.parametrize("text", LABELS)
@pytest.mark.parametrize("looks", ["label", "label strong", "label head mid", "label end"])
def test_the_ink_is_where_rsvg_paints_it(text: str, looks: str) -> None:
    drawing = GOOD.replace('id="a-three" class="label" x="30" y="150">単独', f'id="a-three" class="{looks}" x="270" y="150">l{text}l')  # noqa: E501 # fmt: skip
    root = parse(drawing.encode())
    for element in list(root):
        if element.tag != f"{SVG}style" and element.get("id") != "a-three":
            root.remove(element)
    _, [label] = geometry.painted(root, house.Sheet.parse(SHEET))
    png = subprocess.run(
        ["rsvg-convert", "--zoom", "4"],
        input=etree.tostring(root),
        capture_output=True,
        check=True,
    ).stdout
    left, top, right, bottom = (
        edge / 4 for edge in Image.open(io.BytesIO(png)).getchannel("A").getbbox() or ()
    )
    assert top == pytest.approx(label.box.top, abs=RSVG_TOLERANCE)
    assert bottom == pytest.approx(label.box.bottom, abs=RSVG_TOLERANCE)
    # The letter l at both ends keeps less than a tenth of an em free on its sides.
    bearing = label.size / 10
    assert label.box.left - RSVG_TOLERANCE <= left <= label.box.left + bearing + RSVG_TOLERANCE
    assert label.box.right - bearing - RSVG_TOLERANCE <= right <= label.box.right + RSVG_TOLERANCE


def test_outlines_are_those_of_chromium(browser: Browser) -> None:
    page = browser.new_page()
    for path in BOOK.masters:
        root = parse(path.read_bytes())
        shapes, _ = geometry.painted(root, house.Sheet.parse(house.style_of(root)))
        for number, shape in enumerate(shapes):
            shape.element.set("data-n", str(number))
        page.set_content(f"<!doctype html><body>{etree.tostring(root, encoding='unicode')}")
        boxes = page.evaluate(
            "() => [...document.querySelectorAll('[data-n]')].map(shape => {"
            "  const box = shape.getBBox();"
            "  return [box.x, box.y, box.x + box.width, box.y + box.height] })"
        )
        for shape, box in zip(shapes, boxes, strict=True):
            if not any(link.get("transform") for link in shape.element.iterancestors()):
                ours = [shape.box.left, shape.box.top, shape.box.right, shape.box.bottom]
                assert ours == pytest.approx(box, abs=0.5)
    page.close()


def test_without_the_font_it_is_said_that_nothing_was_measured(monkeypatch, capsys) -> None:
    monkeypatch.setattr(fonts, "_files", lambda _weight: iter([Path("/nowhere.ttc")]))
    monkeypatch.chdir(PROJECT)
    fonts._font.cache_clear()
    fonts.extent.cache_clear()
    try:
        assert command.main(["check"]) == 1
    finally:
        fonts._font.cache_clear()
        fonts.extent.cache_clear()
    said = capsys.readouterr().err
    assert "no label was measured" in said
    assert "fonts-noto-cjk" in said


WRAPPING = GOOD.replace(
    '<rect class="plain" x="18" y="20" width="150" height="40"/>',
    '<rect class="plain" x="18" y="20" width="150" height="70"/>',
).replace(
    '<text id="a-one" class="label" x="30" y="46">仮想マシン<',
    '<text id="a-one" class="label mid" x="93" y="60" data-wrap="box">'
    "仮想マシンを別のノードへ移す<",
)


def lines_of(text: str, language: str, messages: dict[str, str]) -> list[str]:
    root = rendering.draw(parse(text.encode()), language, messages)
    [label] = root.xpath("//*[@id='a-one']")
    return [span.text for span in label] or [label.text]


def test_a_wrapping_label_breaks_at_phrases_and_fits() -> None:
    assert lines_of(WRAPPING, "ja", {}) == ["仮想マシンを別の", "ノードへ移す"]
    english = {"仮想マシンを別のノードへ移す": "moves a virtual machine away"}
    assert lines_of(WRAPPING, "en", english) == ["moves a virtual", "machine away"]
    assert judged(WRAPPING, {"en": english}) == []


def test_a_short_wrapping_label_stays_as_it_is() -> None:
    assert lines_of(WRAPPING, "en", {"仮想マシンを別のノードへ移す": "moves"}) == ["moves"]


def test_a_wrapping_label_with_too_many_lines_is_named() -> None:
    english = {"仮想マシンを別のノードへ移す": "moves a virtual machine to another node " * 2}
    [finding, *_] = judged(WRAPPING, {"en": english})
    assert "(en) leaves" in finding


def test_lines_go_down_or_about_the_middle() -> None:
    for way, expected in (("box", [48.5, 71.5]), ("down", [60, 83])):
        text = WRAPPING.replace('data-wrap="box"', f'data-wrap="{way}"')
        root = rendering.draw(parse(text.encode()), "ja", {})
        assert [float(y) for y in root.xpath("//*[@id='a-one']/*/@y")] == expected


def test_nominal_widths_are_near_the_real_ones() -> None:
    for text in ("Virtual machine on pve1", "ライブマイグレーション（停止なし）", "192.0.2.11/24"):
        for bold in (False, True):
            real = fonts.extent(text, bold=bold).advance
            assert rendering.nominal_width(text, bold=bold) == pytest.approx(real, rel=0.05)


def test_the_house_stylesheet_is_in_every_master_and_holds_only_classes() -> None:
    assert "label" in house.Sheet.parse(SHEET).classes
    for path in BOOK.masters:
        assert house.dressed(path.read_bytes(), SHEET) == path.read_bytes(), path


@pytest.mark.parametrize("css", ["@import 'x';", "a { fill: red; }", ".a .b { fill: red; }"])
def test_a_stylesheet_with_more_than_classes_is_refused(css: str) -> None:
    with pytest.raises(house.SheetError, match="line 1"):
        house.Sheet.parse(css)


def test_contrast_is_that_of_wcag() -> None:
    black, white = colours.colour("#000"), colours.colour("#ffffff")
    assert colours.contrast(black, white) == pytest.approx(21)
    assert colours.contrast(colours.colour("#767676"), white) == pytest.approx(4.54, abs=0.01)
    with pytest.raises(ValueError, match="is not a colour"):
        colours.colour("red")
