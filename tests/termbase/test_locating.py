"""A block as it is read: the same text with and without the places of its characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from termbase.locating import Piece, joined, reading

KINDS = st.sampled_from(["text", "sic", "mask", "note", "tooltip"])
PIECES = st.lists(
    st.builds(Piece, KINDS, st.text(alphabet="あaー 、\t\n", max_size=6)), max_size=5
)


@given(PIECES)
def test_the_text_is_that_of_the_places(pieces) -> None:
    text, origins = joined(pieces)
    assert reading(pieces) == text
    assert len(origins) == len(text)
    for character, (number, offset) in zip(text, origins, strict=True):
        piece = pieces[number]
        assert piece.kind not in {"note", "tooltip"}
        if piece.kind != "mask" and character != " ":
            assert piece.text[offset] == character


def test_a_line_break_between_japanese_is_no_space() -> None:
    assert reading([Piece("text", "ノー\n ドと node\nof "), Piece("mask", "`x`")]) == (
        "ノードと node of \N{OBJECT REPLACEMENT CHARACTER}"
    )
