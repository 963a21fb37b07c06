"""Emphasis and line breaks of Japanese, as markdown-it and as Sphinx have them."""

from __future__ import annotations

import re

import polib
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from figures.drawing import parse, shut_out
from translating.writing import letters_of
from typography.characters import JAPANESE as LETTERS
from typography.characters import KANA, is_cjk, joins_lines
from typography.emphasis import emphasis_plugin
from typography.linebreaks import join_lines, linebreaks_plugin
from web_edition.translation import language_of, mark_links

JAPANESE = MarkdownIt("commonmark").use(emphasis_plugin).use(linebreaks_plugin)
STOCK = MarkdownIt("commonmark")

# Markdown, and the HTML inside the paragraph.
EMPHASIS = [
    ("**「強調」**される", "<strong>「強調」</strong>される"),
    ("これは**「重要」**です", "これは<strong>「重要」</strong>です"),
    ("次は**注意。**続く", "次は<strong>注意。</strong>続く"),
    (
        "これは**「重要」**です。次は**注意。**続く",
        "これは<strong>「重要」</strong>です。次は<strong>注意。</strong>続く",
    ),
    ("*「斜体」*も", "<em>「斜体」</em>も"),
    ("***「両方」***も", "<em><strong>「両方」</strong></em>も"),
    ("前**（括弧）**後", "前<strong>（括弧）</strong>後"),
    ("**A、**B", "<strong>A、</strong>B"),
    ("A**、B**", "A<strong>、B</strong>"),
    ("**`qm`**を使う", "<strong><code>qm</code></strong>を使う"),
    ("**[図](a)**の", '<strong><a href="a">図</a></strong>の'),
    ("は**[図](a)**", 'は<strong><a href="a">図</a></strong>'),
    ("値は**-1**です", "値は<strong>-1</strong>です"),
    ("値は**50%**です", "値は<strong>50%</strong>です"),
    ("**100 %**まで", "<strong>100 %</strong>まで"),
    ("**“引用”**です", "<strong>“引用”</strong>です"),
    ("葛󠄀**(括弧)**城", "葛󠄀<strong>(括弧)</strong>城"),
    ("한국어**(괄호)**를", "한국어<strong>(괄호)</strong>를"),
    ("中文**“引号”**和", "中文<strong>“引号”</strong>和"),
    # What is not emphasis stays none.
    ("2 ** 3 です", "2 ** 3 です"),
    ("snake_case_名前_です", "snake_case_名前_です"),
    ("「a_b_c」", "「a_b_c」"),
    (r"\*\*「x」\*\*", "**「x」**"),
    ("`**「x」**`", "<code>**「x」**</code>"),
    # CommonMark's own judgement where no Japanese stands beside the marks.
    ('a**"b"**c', "a**&quot;b&quot;**c"),
    ("a *b* c", "a <em>b</em> c"),
]

LINES = [
    ("一行目です。\n二行目です。", "一行目です。二行目です。"),
    ("漢字\n漢字", "漢字漢字"),
    ("カナ\nかな", "カナかな"),
    ("終わり。\nProxmox VE", "終わり。Proxmox VE"),
    ("Proxmox VE\n「引用」", "Proxmox VE「引用」"),
    ("は\nProxmox VE", "は\nProxmox VE"),
    ("Proxmox VE\nは", "Proxmox VE\nは"),
    ("one\ntwo", "one\ntwo"),
    ("한국어\n문장", "한국어\n문장"),
    ("**強い**\nです", "**強い**です"),
    ("です\n**強い**", "です**強い**"),
    ("[図](a.md)\nの", "[図](a.md)の"),
    ("[図][a]\nの", "[図][a]の"),
    ("の\n[図](a.md)", "の[図](a.md)"),
    ("{term}`ノード`\nを", "{term}`ノード`を"),
    ("を\n{term}`ノード`", "を{term}`ノード`"),
    ("`qm`\nを", "`qm`\nを"),
    ("を\n`qm`", "を\n`qm`"),
    ("です。\n`qm`", "です。`qm`"),
    ("改行  \n次", "改行  \n次"),
    ("改行\\\n次", "改行\\\n次"),
    ("一\n二\n三", "一二三"),
    ("ｶﾅ\nｶﾅ", "ｶﾅｶﾅ"),
    ("𠮷\n野", "𠮷野"),
]


@pytest.mark.parametrize(("markdown", "expected"), EMPHASIS)
def test_emphasis_beside_japanese(markdown: str, expected: str) -> None:
    assert JAPANESE.render(markdown) == f"<p>{expected}</p>\n"


@pytest.mark.parametrize(("source", "expected"), LINES)
def test_lines_are_joined_where_japanese_goes_on(source: str, expected: str) -> None:
    assert join_lines(source) == expected


@given(st.text(alphabet="ab *_`\n.,()[]!\"'-\\", max_size=60))
def test_text_without_japanese_is_parsed_as_commonmark_has_it(markdown: str) -> None:
    assert JAPANESE.render(markdown) == STOCK.render(markdown)


@given(st.text(alphabet="かカ漢、。「」ab *\n", max_size=40))
def test_joining_loses_no_character_but_breaks_and_indents(source: str) -> None:
    assert re.sub(r"\s", "", join_lines(source)) == re.sub(r"\s", "", source)


@given(st.text(alphabet="かカ漢、。「」ab *\n", max_size=40))
def test_joining_twice_changes_nothing(source: str) -> None:
    assume(all(line.strip() for line in source.split("\n")))  # a paragraph has no blank line
    assert join_lines(join_lines(source)) == join_lines(source)


@pytest.mark.parametrize("char", ["あ", "ア", "ｱ", "漢", "。", "「", "！", "한", "𠮷", "㈱"])
def test_characters_of_cjk(char: str) -> None:
    assert is_cjk(char)


@pytest.mark.parametrize("char", ["", "a", "é", "“", "★", "😀", " "])
def test_characters_outside_cjk(char: str) -> None:
    assert not is_cjk(char)


def test_hangul_separates_words_by_spaces() -> None:
    assert not joins_lines("한")


def test_pages_and_messages_have_no_gap_between_japanese(tiny_book) -> None:
    book = tiny_book("typography")
    run = book.build("html", "-W")
    assert run.status == 0, run.output
    text = run.page("index.html").text_content()
    for joined in ("です。二行目", "引用の続き", "項目の続き", "定義の続き", "注記の続き"):
        assert joined in text
    assert "**" not in text
    assert "Proxmox VE は\nLinux の\nqm を" in text
    assert book.build("gettext").status == 0
    messages = [entry.msgid for entry in polib.pofile(str(book.folder / "gettext" / "index.pot"))]
    assert "一行目です。二行目です。" in messages
    assert "Proxmox VE は Linux の `qm` を使います。" in messages


def test_a_document_leaves_nothing_behind_for_the_next(tiny_book) -> None:
    """The parser is kept from one text to the next, what a document sets is not."""
    book = tiny_book("typography")
    own = (
        "---\nmyst:\n  enable_extensions: [strikethrough]\n---\n# 甲\n\n~~消す~~[^a]\n\n[^a]: 注\n"
    )
    (book.source / "a.md").write_text(own, encoding="utf-8")
    (book.source / "b.md").write_text("# 乙\n\n~~残す~~[^a]\n", encoding="utf-8")
    run = book.build("html")
    assert run.page("a.html").xpath("//s | //del | //*[contains(@class, 'strike')]")
    assert "~~残す~~[^a]" in run.page("b.html").text_content()


# One of each kind: with it, an edition in another language has Japanese in it.
LETTERS_OF_JAPANESE = ["ぁ", "ゖ", "ア", "ヺ", "ｱ", "ｦ", "網", "㐂", "々", "〆", "〇", "﨑", "𠮷"]
NO_LETTERS = [
    "a",
    "é",
    "1",
    "、",
    "・",
    "ー",
    "゛",
    "「",
    "（",
    "｡",
    "ﾞ",
    "～",
    "①",
    "★",
    "→",
    "한",
]


@pytest.mark.parametrize("letter", LETTERS_OF_JAPANESE)
def test_japanese_is_the_same_to_catalogs_figures_and_pages(letter) -> None:
    assert LETTERS.fullmatch(letter)
    english = letters_of("en")
    assert english is not None
    assert english.search(letter)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text translate="no">{letter}</text></svg>'
    assert [label.text for label in shut_out(parse(svg.encode()))] == [letter]
    assert language_of(f"A {letter}", "en") == "ja"
    assert mark_links(f'<a href="x">{letter}</a>', "en") == f'<a lang="ja" href="x">{letter}</a>'


@pytest.mark.parametrize("mark", NO_LETTERS)
def test_what_is_no_letter_makes_no_text_japanese(mark) -> None:
    assert not LETTERS.search(mark)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text translate="no">{mark}</text></svg>'
    assert list(shut_out(parse(svg.encode()))) == []
    assert language_of(mark, "en") == "en"
    assert mark_links(f'<a href="x">{mark}</a>', "en") == f'<a href="x">{mark}</a>'


def test_chinese_has_the_kanji_and_no_kana() -> None:
    assert letters_of("ja") is None
    assert letters_of("zh_TW") is KANA
    assert not KANA.search("網路々〇")
    assert KANA.search("網のｱ")
