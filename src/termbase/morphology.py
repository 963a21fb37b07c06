"""What only a dictionary can decide: where words end and which verb this is.

SudachiPy is loaded at the first question, so that a book whose terms never
need it does not pay for it.  Two readings of a text are kept: the *words*
(mode C: 取り消す is one word) decide which verb stands there, the *parts*
(mode A: ファイル + サーバ) decide where a term may begin and end in a compound.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

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
        "ラー",
        "ッド",
        "テッド",
        "デッド",
        "メント",
        "ラブル",
        "ライザブル",
        "ライゼーション",
        "リゼーション",
        "ナイゼーション",
    ]
)

#: A known word is cut only before a form of this length (マルチ + プロセッサー),
#: after at least so much: in コントロール neither コント nor ロール is meant.
_LONG_HEAD = 5
_LONG_REST = 3

#: Conjunctions that are written like a form of a verb (従う, 及ぶ, 並ぶ, よる, 次ぐ).
_CONJUNCTIONS = frozenset(
    [
        "従って",
        "したがって",
        "及び",
        "並びに",
        "よって",
        "依って",
        "因って",
        "次いで",
    ]
)
#: What stands directly before the verb, not before the conjunction (図に従って, 影響が及び).
_BEFORE_VERB = frozenset(["に", "を", "が", "へ", "も", "の", "と", "まで"])
#: What goes on after the verb, not after the conjunction (従っている, 従ってから, 及びそう).
_AFTER_VERB = frozenset(
    [
        "いる",
        "おる",
        "くださる",
        "下さる",
        "くる",
        "来る",
        "いく",
        "行く",
        "おく",
        "しまう",
        "みる",
        "ほしい",
        "から",
        "も",
        "は",
        "そう",
    ]
)

#: Verbs in あす that are not only the causative of a shorter one (動く, 動かす): in
#: 動かされる the longer verb is meant, in 打たされる the shorter.
_TRANSITIVES = frozenset(
    [
        "動かす",
        "乾かす",
        "沸かす",
        "驚かす",
        "飛ばす",
        "済ます",
        "澄ます",
        "悩ます",
        "膨らます",
        "減らす",
        "散らす",
        "照らす",
        "鳴らす",
        "巡らす",
        "漏らす",
        "湿らす",
        "浮かす",
        "透かす",
        "響かす",
        "迷わす",
        "惑わす",
        "狂わす",
        "匂わす",
        "合わす",
        "知らす",
        "腐らす",
        "曇らす",
        "光らす",
        "降らす",
        "解かす",
        "溶かす",
        "生かす",
        "活かす",
        "輝かす",
        "働かす",
        "揺らす",
        "凝らす",
        "潤わす",
        "表わす",
        "現わす",
        "交わす",
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
_A_ROW = dict(zip("うくすつぬふむるぐぶ", "わかさたなはまらがば", strict=True))
#: Endings that fall together before て and た: つかって is つかう, つかつ or つかる.
_EUPHONIC = {"う": "っ", "つ": "っ", "る": "っ", "ぬ": "ん", "ぶ": "ん", "む": "ん"}


_LONGEST_CHUNK = 8000


class MorphologyMissingError(ImportError):
    """SudachiPy or its dictionary cannot be loaded."""


class _Run(NamedTuple):
    """A run of one script, with the questions one can ask a morpheme of SudachiPy."""

    first: int
    text: str

    def begin(self) -> int:
        return self.first

    def end(self) -> int:
        return self.first + len(self.text)

    def surface(self) -> str:
        return self.text

    def dictionary_form(self) -> str:
        return self.text

    def reading_form(self) -> str:
        return self.text

    def part_of_speech(self) -> tuple[str, ...]:
        return ("名詞", *"*****")

    def is_oov(self) -> bool:
        return True


class _ByScript:
    """Stands in for SudachiPy where it is missing: words end where the script changes."""

    def tokenize(self, text: str, _mode: object = None) -> Iterator[_Run]:
        for _, run in groupby(range(len(text)), key=lambda index: script(text[index])):
            first, *rest = run
            yield _Run(first, text[first : first + 1 + len(rest)])


_SUBSTITUTE: list[_ByScript] = []


def require() -> None:
    """Make sure that there is a dictionary, without loading it.

    Raises:
        MorphologyMissingError: SudachiPy or every dictionary for it is missing.
    """
    names = ("sudachidict_core", "sudachidict_full", "sudachidict_small")
    if find_spec("sudachipy") is None:
        raise MorphologyMissingError(_MISSING.format("there is no module sudachipy"))
    if not any(find_spec(name) for name in names):
        raise MorphologyMissingError(_MISSING.format("there is no dictionary"))
    if _SUBSTITUTE:
        _SUBSTITUTE.clear()
        _tokenizer.cache_clear()


def do_without() -> None:
    """Let a build without a dictionary come to its end, once it is said that it failed."""
    _SUBSTITUTE[:] = [_ByScript()]
    _tokenizer.cache_clear()


_MISSING = (
    "termbase needs SudachiPy and its dictionary to read Japanese: "
    "install sudachipy and sudachidict-core ({})"
)


class Token(NamedTuple):
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
    if _SUBSTITUTE:
        return _SUBSTITUTE[0], None, None
    try:
        from sudachipy import (  # type: ignore[import-untyped, unused-ignore]
            Dictionary,
            SplitMode,
        )

        dictionary = Dictionary()
        create = getattr(dictionary, "tokenizer", None) or dictionary.create
        return create(), SplitMode.A, SplitMode.C
    except Exception as error:
        raise MorphologyMissingError(_MISSING.format(error)) from error


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


class Inflecting(NamedTuple):
    """An inflecting form: what stands before its last word, and that word.

    ``lemmas`` are the dictionary forms that count as it (with the potential),
    ``nominal`` is its 連用形 where that may stand as a noun, ``conditional``
    the form in ば where the dictionary may hold that as an adverb,
    ``causative`` the verb in す whose passive is its own (打たす in 打たされる),
    ``euphonic`` the 音便形 of a verb in kana, which other verbs share.
    """

    prefix: str
    lemmas: frozenset[str]
    nominal: str
    conditional: str
    causative: str = ""
    euphonic: str = ""


@lru_cache(maxsize=65536)
def inflecting(  # noqa: C901 - one branch a class of inflection
    form: str,
) -> Inflecting | None:
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
    nominal = conditional = causative = euphonic = ""
    if last.conjugation.startswith("五段"):
        potential = last.surface[:-1] + _E_ROW[last.surface[-1]] + "る"
        if potential not in _OTHER_VERBS:
            lemmas.add(potential)
    elif last.surface == "する":
        # す is the classical verb of 導入すべき.
        lemmas |= {"できる", "出来る", "す"}
    elif "一段" in last.conjugation:
        conditional = last.surface[:-1] + "れば"
        if script(last.surface[-2]) == "hiragana":
            nominal = last.surface[:-1]
    if last.conjugation.startswith("五段") and last.kind == "動詞":
        nominal = last.surface[:-1] + _I_ROW[last.surface[-1]]
        conditional = last.surface[:-1] + _E_ROW[last.surface[-1]] + "ば"
        causative = last.surface[:-1] + _A_ROW[last.surface[-1]] + "す"
        if causative in _TRANSITIVES:
            causative = ""
        if all(script(character) == "hiragana" for character in form):
            euphonic = last.surface[:-1] + _EUPHONIC.get(last.surface[-1], "")
    return Inflecting(
        form[: last.start], frozenset(lemmas), nominal, conditional, causative, euphonic
    )


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
    for number, token in enumerate(tokens):
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
            if token.conjugation == "*":
                return None
            if token.lemma in pattern.lemmas or _same_verb(pattern, tokens, number):
                return token.end
            return None
        if token.start > position:
            return None
    return None


def _same_verb(pattern: Inflecting, tokens: Sequence[Token], number: int) -> bool:
    """Tell whether a verb that the dictionary calls otherwise is the one meant.

    打たされる is the causative passive of 打つ, not the passive of 打たす.  Kana
    do not tell つかって of つかう from that of つかる; what is done to something
    (道具をつかって) is the verb that the glossary names.
    """
    token = tokens[number]
    if token.lemma == pattern.causative != "":
        following = tokens[number + 1].lemma if number + 1 < len(tokens) else ""
        return following == "れる" and token.surface == pattern.causative[:-1] + "さ"
    return (
        token.surface == pattern.euphonic != ""
        and "便" in token.form
        and number > 0
        and tokens[number - 1].surface == "を"
    )


def is_conjunction(text: str, start: int, end: int) -> bool:
    """Tell whether what stands there is a conjunction, where it may be a verb as well.

    停止した。従って…, A 及び B are conjunctions; 図に従って, 従っている and
    影響が及び are verbs, which another rule may concern.  Other words are what
    they are: the answer is true.
    """
    if text[start:end] not in _CONJUNCTIONS:
        return True
    before, sentence = _sentence(text, start, end)
    start, end = start - before, end - before
    previous = next((token for token in words(sentence) if token.end == start), None)
    if previous is not None and previous.kind == "助詞" and previous.surface in _BEFORE_VERB:
        return False
    following = next((token for token in words(sentence) if token.start == end), None)
    return following is None or not (following.kind == "助動詞" or following.lemma in _AFTER_VERB)


@lru_cache(maxsize=4096)
def readings(text: str) -> dict[tuple[int, int], str]:
    """Return how each word of *text* is read, in katakana, by its extent."""
    tokenizer, _, longest = _tokenizer()
    return {
        (offset + morpheme.begin(), offset + morpheme.end()): morpheme.reading_form()
        for offset, chunk in _chunks(text)
        for morpheme in tokenizer.tokenize(chunk, longest)
    }


def read_otherwise(text: str, start: int, end: int, reading: str) -> bool:
    """Tell whether the word there is another than the one with that *reading*.

    時 is とき by itself and in 起動した時, but ジ in 起動時.  A reading that the
    dictionary does not give to the lone word (等 as など) decides nothing.
    """
    wanted = _katakana(reading)
    form = text[start:end]
    if readings(form).get((0, len(form))) != wanted:
        return False
    before, sentence = _sentence(text, start, end)
    found = readings(sentence).get((start - before, end - before))
    return found is not None and found != wanted


def _katakana(reading: str) -> str:
    return "".join(
        chr(ord(character) + 0x60) if "ぁ" <= character <= "ゖ" else character
        for character in reading
    )


def bounded(  # noqa: C901, PLR0911, PLR0913 - each way out is one rule
    text: str, start: int, end: int, *, left: bool, right: bool, known: frozenset[str]
) -> bool:
    """Tell whether ``text[start:end]`` begins and ends where words do.

    *left* and *right* say which edges are in doubt.  Katakana ends are judged
    by parts (クラスター + サイズ, but クラスタリング is one); a word the
    dictionary does not know is cut only where what remains is a word, and one
    it knows only before a long head (マルチ + プロセッサー).  Kanji
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
        # Which katakana words the dictionary joins says nothing: テストデータ|センタ.
        crosses_left = token.start < start < token.end < end and not _in_katakana(text, start)
        crosses_right = start < token.start < end < token.end and not _in_katakana(text, end)
        if (left and crosses_left) or (right and crosses_right):
            return False
    tokens = parts(text)
    for edge in edges:
        katakana = _in_katakana(text, edge)
        for token in tokens:
            if token.start < edge < token.end:
                if not katakana:
                    return False
                if token.known:
                    head = edge == start and end == token.end
                    if not head or not _is_compound(text, token, edge):
                        return False
                    continue
                rest = text[token.start : edge] if edge == start else text[edge : token.end]
                if not _is_word(rest, known, tail=edge == end):
                    return False
        if katakana and _lone_kana_beside(tokens, edge, outside_left=edge == start):
            return False
    return True


def _in_katakana(text: str, edge: int) -> bool:
    return script(text[edge]) == script(text[edge - 1]) == "katakana"


def _is_compound(text: str, token: Token, edge: int) -> bool:
    """Tell whether a word of the dictionary is another word and a long head."""
    rest = text[token.start : edge]
    if len(rest) < _LONG_REST or token.end - edge < _LONG_HEAD:
        return False
    found = parts(rest)
    return len(found) == 1 and found[0].known


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
    if len(rest) < 2 or rest[0] in CANNOT_BEGIN or (tail and _is_derivation(rest)):  # noqa: PLR2004
        return False
    return len(rest) > 2 or all(token.known for token in parts(rest))  # noqa: PLR2004


def _is_derivation(rest: str) -> bool:
    """Tell whether an ending makes another word: ライズ, and ライズド of it."""
    return rest in _DERIVATIONS or (rest[-1] in "ドズー" and rest[:-1] in _DERIVATIONS)


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
