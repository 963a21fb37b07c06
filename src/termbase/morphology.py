"""What only a dictionary can decide: where words end and which verb this is.

SudachiPy is loaded at the first question, so that a book whose terms never
need it does not pay for it.  Two readings of a text are kept: the *words*
(mode C: 取り消す is one word) decide which verb stands there, the *parts*
(mode A: ファイル + サーバ) decide where a term may begin and end in a compound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .normal import script

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: A kana that cannot begin a word: what stands before it is not a word's end.
CANNOT_BEGIN = frozenset("ーァィゥェォッャュョヮンぁぃぅぇぉっゃゅょゎんゝゞヽヾ々")

#: Ends of katakana words that turn a noun into another one.
_DERIVATIONS = frozenset(
    [
        "リング",
        "イング",
        "ティング",
        "ディング",
        "ライズ",
        "ライザ",
        "ライザー",
        "ナイズ",
        "イズム",
        "イスト",
        "リスト",
        "リティ",
        "ビリティ",
        "ネス",
        "ズ",
        "ド",
        "ー",
    ]
)

#: Potential forms that are verbs in their own right (立つ/立てる, 開く/開ける):
#: their dictionary form says nothing about the shorter verb.
_OTHER_VERBS = frozenset(
    [
        "付ける",
        "着ける",
        "就ける",
        "立てる",
        "建てる",
        "開ける",
        "空ける",
        "明ける",
        "進める",
        "続ける",
        "向ける",
        "届ける",
        "退ける",
        "並べる",
        "浮かべる",
        "育てる",
        "整える",
        "揃える",
        "従える",
        "叶える",
        "違える",
        "込める",
        "痛める",
        "傷める",
        "緩める",
        "休める",
        "縮める",
        "沈める",
        "弱める",
        "止める",
        "染める",
        "抜ける",
        "焼ける",
        "割れる",
        "切れる",
        "取れる",
        "折れる",
        "売れる",
        "知れる",
        "解ける",
        "溶ける",
        "砕ける",
        "裂ける",
        "剥げる",
        "脱げる",
        "破れる",
        "釣れる",
        "触れる",
        "分かれる",
        "入れる",
        "欠ける",
        "傾ける",
        "片付ける",
        "近付ける",
        "名付ける",
        "結び付ける",
        "組み立てる",
        "打ち立てる",
        "つける",
        "たてる",
        "あける",
        "すすめる",
        "つづける",
        "むける",
        "とどける",
        "ならべる",
        "ぬける",
        "きれる",
        "とける",
        "いれる",
        "ふれる",
        "わかれる",
        "とれる",
    ]
)

_E_ROW = dict(zip("うくすつぬふむるぐぶ", "えけせてねへめれげべ", strict=True))
_I_ROW = dict(zip("うくすつぬふむるぐぶ", "いきしちにひみりぎび", strict=True))


_LONGEST_CHUNK = 8000


class MorphologyMissingError(ImportError):
    """SudachiPy or its dictionary cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a part of one: its extent, and what the dictionary knows of it."""

    start: int
    end: int
    surface: str
    lemma: str
    kind: str
    conjugation: str
    form: str
    known: bool


@lru_cache(maxsize=1)
def _tokenizer() -> tuple[Any, Any, Any]:
    try:
        from sudachipy import (  # type: ignore[import-untyped, unused-ignore]
            Dictionary,
            SplitMode,
        )

        dictionary = Dictionary()
        create = getattr(dictionary, "tokenizer", None) or dictionary.create
        return create(), SplitMode.A, SplitMode.C
    except Exception as error:
        raise MorphologyMissingError(
            "termbase needs SudachiPy and its dictionary to read Japanese "
            f"(install sudachipy and sudachidict-core): {error}"
        ) from error


def _tokens(
    text: str,
    tokenizer: Any,  # noqa: ANN401 - SudachiPy has no types
    mode: Any,  # noqa: ANN401 - likewise
) -> tuple[Token, ...]:
    tokens = []
    for offset, chunk in _chunks(text):
        for morpheme in tokenizer.tokenize(chunk, mode):
            part = morpheme.part_of_speech()
            tokens.append(
                Token(
                    offset + morpheme.begin(),
                    offset + morpheme.end(),
                    morpheme.surface(),
                    morpheme.dictionary_form(),
                    part[0],
                    part[4],
                    part[5],
                    not morpheme.is_oov(),
                )
            )
    return tuple(tokens)


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Yield *text* in pieces that SudachiPy accepts (it refuses 48 KB), cut after sentences."""
    start = 0
    while len(text) - start > _LONGEST_CHUNK:
        end = text.rfind("。", start, start + _LONGEST_CHUNK) + 1
        if end <= start:
            end = start + _LONGEST_CHUNK
        yield start, text[start:end]
        start = end
    yield start, text[start:]


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Token, ...]:
    """Return the words of *text* (SudachiPy's longest units)."""
    tokenizer, _, longest = _tokenizer()
    return _tokens(text, tokenizer, longest)


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Token, ...]:
    """Return the parts of *text* (SudachiPy's shortest units)."""
    tokenizer, shortest, _ = _tokenizer()
    return _tokens(text, tokenizer, shortest)


def may_inflect(form: str) -> bool:
    """Tell by its spelling whether *form* may be a verb or adjective.

    The answer decides only whether the dictionary is asked; it must never be
    wrongly negative.
    """
    return len(form) > 1 and form[-1] in "うくすつぬむるぐぶい" and script(form[-2]) != ""


def stem(form: str) -> str:
    """Return the beginning that every inflection of *form* shares."""
    if form.endswith("する") and len(form) > 2:  # noqa: PLR2004 - the length of する
        return form[:-2]
    if form.endswith("くる") and len(form) > 2:  # noqa: PLR2004
        return form[:-2]
    return form[:-1]


@dataclass(frozen=True, slots=True)
class Inflecting:
    """An inflecting form: what stands before its last word, and that word.

    ``lemmas`` are the dictionary forms that count as it (with the potential),
    ``nominal`` is its 連用形 where that may stand as a noun, ``conditional``
    the form in ば where the dictionary may hold that as an adverb.
    """

    prefix: str
    lemmas: frozenset[str]
    nominal: str
    conditional: str


@lru_cache(maxsize=65536)
def inflecting(form: str) -> Inflecting | None:
    """Return *form* as an inflecting one, or None where it does not inflect.

    The last word must be a verb or an adjective in its dictionary form; 下さい
    is an imperative and therefore a plain form.
    """
    last = words(form)[-1]
    if last.conjugation == "*" or last.lemma != last.surface:
        return None
    # A lone dictionary form may be read as attributive (連体形): the same word.
    if not last.form.startswith(("終止形", "連体形")):
        return None
    if last.kind not in {"動詞", "形容詞", "助動詞", "接尾辞"}:
        return None
    lemmas = {last.surface}
    nominal = conditional = ""
    if last.conjugation.startswith("五段"):
        potential = last.surface[:-1] + _E_ROW[last.surface[-1]] + "る"
        if potential not in _OTHER_VERBS:
            lemmas.add(potential)
    elif last.surface == "する":
        lemmas |= {"できる", "出来る"}
    elif "一段" in last.conjugation:
        conditional = last.surface[:-1] + "れば"
        if script(last.surface[-2]) == "hiragana":
            nominal = last.surface[:-1]
    if last.conjugation.startswith("五段") and last.kind == "動詞":
        nominal = last.surface[:-1] + _I_ROW[last.surface[-1]]
        conditional = last.surface[:-1] + _E_ROW[last.surface[-1]] + "ば"
    return Inflecting(form[: last.start], frozenset(lemmas), nominal, conditional)


def inflected_at(form: str, text: str, start: int) -> int | None:
    """Return where the inflected *form* that begins at *start* ends, or None.

    立ち上げる is found in 立ち上げて and 立ち上げられる, not in 立ち上がる; 消す
    not in 取り消す, 消費 or 消える: the dictionary form of the word that begins
    here decides.  The 連用形 with okurigana counts in noun use too (立ち上げ時):
    it is the same word, and who avoids the verb avoids it.
    """
    pattern = inflecting(form)
    if pattern is None or not text.startswith(pattern.prefix, start):
        return None
    before, sentence = _sentence(text, start, start + 1)
    end = _inflected_in(form, pattern, sentence, start - before)
    return None if end is None else before + end


def _sentence(text: str, start: int, end: int) -> tuple[int, str]:
    """Return the sentence around an extent and its offset: all that needs analysis."""
    first = text.rfind("。", 0, start) + 1
    last = text.find("。", end)
    return first, text[first : last + 1 if last >= 0 else len(text)]


def _inflected_in(  # noqa: PLR0911 - each way out is one rule
    form: str, pattern: Inflecting, text: str, start: int
) -> int | None:
    position = start + len(pattern.prefix)
    tokens = words(text)
    if pattern.prefix and not any(token.start == start for token in tokens):
        return None
    for token in tokens:
        if token.start == position:
            if token.kind in {"名詞", "接尾辞"} and token.conjugation == "*":
                same = token.surface == pattern.nominal and pattern.nominal != ""
                return token.end if same else None
            if token.kind in {"副詞", "接続詞"}:
                # 出来れば, 出来るだけ are adverbs to the dictionary, verbs to the reader.
                if token.surface == pattern.conditional:
                    return token.end
                plain = form[len(pattern.prefix) :]
                return position + len(plain) if token.surface.startswith(plain) else None
            if token.lemma in pattern.lemmas and token.conjugation != "*":
                return token.end
            return None
        if token.start > position:
            return None
    return None


def bounded(  # noqa: C901, PLR0911, PLR0913 - each way out is one rule
    text: str, start: int, end: int, *, left: bool, right: bool, known: frozenset[str]
) -> bool:
    """Tell whether ``text[start:end]`` begins and ends where words do.

    *left* and *right* say which edges are in doubt.  Katakana ends are judged
    by parts (クラスター + サイズ, but クラスタリング is one); a word the
    dictionary does not know is cut only where what remains is a word.  Kanji
    may be cut out of a longer word (管理 in 管理者) but not across one (機械学習 is not
    cut by 仮想機械).  Kana ends follow words (のち is no part of のちょうど).
    """
    if right and text[end] in CANNOT_BEGIN:
        return False
    before, text = _sentence(text, start, end)
    start, end = start - before, end - before
    edges = [edge for edge, wanted in ((start, left), (end, right)) if wanted]
    first, last = script(text[start]), script(text[end - 1])
    if "hiragana" in {first if left else "", last if right else ""}:
        starts = {token.start for token in words(text)} | {len(text)}
        return all(edge in starts for edge in edges)
    for token in words(text):
        crosses_left = token.start < start < token.end < end
        crosses_right = start < token.start < end < token.end
        if (left and crosses_left) or (right and crosses_right):
            return False
    tokens = parts(text)
    for edge in edges:
        katakana = script(text[edge]) == script(text[edge - 1]) == "katakana"
        for token in tokens:
            if token.start < edge < token.end:
                if not katakana or token.known:
                    return False
                rest = text[token.start : edge] if edge == start else text[edge : token.end]
                if not _is_word(rest, known, tail=edge == end):
                    return False
        if katakana and _lone_kana_beside(tokens, edge, outside_left=edge == start):
            return False
    return True


def _lone_kana_beside(tokens: Sequence[Token], edge: int, *, outside_left: bool) -> bool:
    """Tell whether the part beyond an edge is one kana, which is no word (ア + マウント)."""
    return any(
        token.end - token.start == 1
        and (token.end == edge if outside_left else token.start == edge)
        for token in tokens
    )


def _is_word(rest: str, known: frozenset[str], *, tail: bool) -> bool:
    """Tell whether what remains of an unknown katakana word may be a word."""
    if rest in known:
        return True
    if len(rest) < 2 or rest[0] in CANNOT_BEGIN or (tail and rest in _DERIVATIONS):  # noqa: PLR2004
        return False
    return len(rest) > 2 or all(token.known for token in parts(rest))  # noqa: PLR2004


def reinflected(form: str, found: str, preferred: str) -> str | None:
    """Return *preferred* in the inflection in which *form* was *found*, or None.

    Only where both share the class of inflection and its ending: 出来る → できる
    gives 出来た → できた; 立ち上げる → 起動する is left to a person.
    """
    old, new = inflecting(form), inflecting(preferred)
    if old is None or new is None:
        return None
    last, other = words(form)[-1], words(preferred)[-1]
    if last.conjugation != other.conjugation or last.surface == last.lemma[:1]:
        return None
    ending = 0
    while ending < min(len(form), len(preferred)) and form[-1 - ending] == preferred[-1 - ending]:
        ending += 1
    before = form[: len(form) - ending]
    if not ending or not before or not found.startswith(before):
        return None
    return preferred[: len(preferred) - ending] + found[len(before) :]
