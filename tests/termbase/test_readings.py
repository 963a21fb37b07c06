"""Reading → heading and place: the rules one by one, then their laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from termbase.readings import ROWS, Readings, derive, heading, sort_key, to_hiragana

KANA = st.text(
    alphabet="あいかがきくけこさしすせそたちつてとなにはばぱやゆよらわをんー", max_size=8
)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ("あお", "あ"),
        ("ぁ", "あ"),
        ("ヴァ", "あ"),
        ("がく", "か"),
        ("ゕ", "か"),
        ("ざ", "さ"),
        ("っ", "た"),
        ("づ", "た"),
        ("ん", "わ"),
        ("を", "わ"),
        ("ぴ", "は"),
        ("ﾊﾞｯｸ", "は"),
        ("は\u3099", "は"),
        ("ゃ", "や"),
        ("ラ", "ら"),
        ("node", "N"),
        ("Ｖｍ", "V"),
        ("école", "E"),
        ("3", ""),
        ("/etc", ""),
        ("", ""),
    ],
)
def test_heading(reading: str, expected: str) -> None:
    assert heading(reading) == expected


@pytest.mark.parametrize(
    "ordered",
    [
        # JIS X 4061, level by level.
        ["はあ", "はい", "はう"],
        ["はは", "はば", "はぱ", "ばは"],
        ["はん", "はんい"],
        ["ああ", "あい", "いあ"],
        # The long mark stands for the vowel it prolongs and comes before that vowel.
        ["さーば", "さあば", "さい"],
        ["けーき", "けえき"],
        ["のーと", "のーど"],
        # small < plain, iteration < plain
        ["きやつ", "きやづ"],
        ["きゃく", "きやく"],
        ["いすゝめ", "いすすめ"],
        ["かゞみ", "かがみ"],
        # hiragana < katakana
        ["かな", "カナ"],
        # word by word, numbers by value, lower case first
        ["virtual machine", "virtualization"],
        ["Debian 9", "Debian 12"],
        ["ha", "HA"],
    ],
)
def test_order(ordered: list[str]) -> None:
    backwards = ordered[::-1]
    assert sorted(backwards, key=sort_key) == ordered


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("ゲスト", "げすと"),
        ("ｹﾞｽﾄ", "げすと"),
        ("組み合わせ", "くみあわせ"),
        ("高可用性", "こうかようせい"),
        ("QEMU ゲスト", "QEMU げすと"),
        ("仮想マシン (VM)", "かそうましん (VM)"),
        ("クォーラム", "くぉーらむ"),
    ],
)
def test_derive(surface: str, expected: str) -> None:
    assert derive(surface) == expected


def test_declared_reading_decides_within_a_phrase() -> None:
    readings = Readings({"逆引き": "ぎゃくひき"})
    assert readings.of("逆引き") == "ぎゃくひき"
    assert readings.of("逆引きの設定") == "ぎゃくひきのせってい"


def test_surface_in_ascii_is_filed_by_surface_even_with_a_reading() -> None:
    readings = Readings({"QEMU": "きゅーえみゅ", "3 ノード構成": "さんのーどこうせい"})
    arranged = readings.arrange(["QEMU", "ノード", "3 ノード構成", "3 台", "/etc/pve", "あ"])
    assert arranged == [
        ("", ["/etc/pve", "3 台"]),
        ("あ", ["あ"]),
        ("さ", ["3 ノード構成"]),
        ("な", ["ノード"]),
        ("Q", ["QEMU"]),
    ]


def test_english_edition_has_letters_before_leftover_kana() -> None:
    arranged = Readings(kana_first=False).arrange(["node", "ノード", "API", "9 nodes"])
    assert [head for head, _group in arranged] == ["", "A", "N", "な"]


def test_every_kana_has_one_row() -> None:
    rows = "".join(ROWS.values())
    assert len(rows) == len(set(rows)) == 48


@given(st.lists(KANA, unique=True))
def test_headings_come_once_and_in_order(surfaces: list[str]) -> None:
    heads = [head for head, _group in Readings().arrange(surfaces)]
    order = ["", *ROWS]
    known = [head for head in heads if head in order]
    assert known == sorted(set(known), key=order.index)
    assert len(heads) == len(set(heads))


@given(st.lists(st.text(max_size=6), unique=True, max_size=12), st.randoms())
def test_order_does_not_depend_on_the_order_of_input(surfaces: list[str], random: object) -> None:
    shuffled = list(surfaces)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Readings().arrange(surfaces) == Readings().arrange(shuffled)
    heads = [head for head, _group in Readings().arrange(surfaces)]
    assert len(heads) == len(set(heads))


@given(KANA)
def test_katakana_and_hiragana_share_heading_and_base(reading: str) -> None:
    katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in reading)
    assert to_hiragana(katakana) == reading
    assert heading(katakana) == heading(reading)
    assert sort_key(katakana)[:3] == sort_key(reading)[:3]
