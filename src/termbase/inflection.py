"""The inflected forms under which an equivalent counts as used.

English needs few rules for that: a technical noun takes a plural and a
possessive, a verb four endings, and the exceptions fit in a table.  The
libraries at hand do not fit better.  ``inflect`` is well kept, but knows no
past tense and adds typeguard and more-itertools to the lock; ``lemminflect``
knows all, wants numpy and has had no release since 2022; lemmatizers such as
``simplemma`` go the other way and split on unknown words, which most of our
terms are (node, QDevice, vmbr).  A form that no rule makes here is reported
and can be declared as ``allow-en``.

Languages without a rule set are compared as written.
"""

from __future__ import annotations

import re
from functools import lru_cache
from os.path import commonprefix

_IRREGULAR_PLURALS = {
    "child": "children",
    "man": "men",
    "woman": "women",
    "person": "people",
    "foot": "feet",
    "tooth": "teeth",
    "mouse": "mice",
    "index": "indices",
    "matrix": "matrices",
    "vertex": "vertices",
    "appendix": "appendices",
    "datum": "data",
    "medium": "media",
    "criterion": "criteria",
    "phenomenon": "phenomena",
    "half": "halves",
    "life": "lives",
    "leaf": "leaves",
    "shelf": "shelves",
    "knife": "knives",
    "self": "selves",
    "quiz": "quizzes",
    "schema": "schemata",
}
_IRREGULAR_VERBS = {
    "run": "ran run",
    "write": "wrote written",
    "read": "read",
    "set": "set",
    "put": "put",
    "shut": "shut",
    "build": "built",
    "take": "took taken",
    "give": "gave given",
    "keep": "kept",
    "lose": "lost",
    "find": "found",
    "send": "sent",
    "make": "made",
    "get": "got gotten",
    "hold": "held",
    "bind": "bound",
    "split": "split",
    "cut": "cut",
    "let": "let",
    "begin": "began begun",
    "choose": "chose chosen",
    "draw": "drew drawn",
    "drive": "drove driven",
    "grow": "grew grown",
    "hide": "hid hidden",
    "know": "knew known",
    "lead": "led",
    "leave": "left",
    "mean": "meant",
    "meet": "met",
    "pay": "paid",
    "see": "saw seen",
    "sell": "sold",
    "show": "showed shown",
    "spend": "spent",
    "stand": "stood",
    "throw": "threw thrown",
    "go": "went gone",
    "come": "came",
    "bring": "brought",
    "break": "broke broken",
    "speak": "spoke spoken",
    "fall": "fell fallen",
    "feed": "fed",
    "freeze": "froze frozen",
    "wake": "woke woken",
    "rise": "rose risen",
    "spin": "spun",
    "string": "strung",
    "teach": "taught",
    "think": "thought",
    "tell": "told",
}
_PARTICLES = frozenset(["up", "down", "in", "out", "off", "on", "over", "back", "away", "through"])
_PREFIX = re.compile(r"^(?:re|over|under|un|out|up|pre|mis)(?=[a-z]{3})")
_ENDS_IN_SIBILANT = ("s", "x", "z", "ch", "sh")
_SHORT_VOWEL = re.compile(r"(?:^|[^aeiou])[aeiou][^aeiouwxy]$")
_PARENTHESIS = re.compile(r"^(?P<long>.+?)\s*[(（](?P<short>[^()（）]+)[)）]$")
_SPACED = re.compile(r"[\s\-\u2010-\u2014]+")
_SPACE = r"(?:\s+|\s?[-\u2010-\u2014]\s?)"


def accepted_forms(equivalent: str) -> tuple[str, ...]:
    """Return the forms an equivalent allows: ``virtual machine (VM)`` allows either."""
    if found := _PARENTHESIS.match(equivalent.strip()):
        return found["long"].strip(), found["short"].strip()
    return (equivalent.strip(),)


@lru_cache(maxsize=65536)
def inflections(form: str, language: str, *, lenient: bool = True) -> tuple[str, ...]:
    """Return a form and its inflected forms in a language, the form itself first.

    The last word is inflected, or the first where the last is a particle
    (back up, fails over).  ``lenient`` is for a form that is wanted: the
    singular of a plural will do.
    """
    if not form or language.partition("_")[0].partition("-")[0] != "en":
        return (form,)
    words = _SPACED.split(form)
    separators = _SPACED.findall(form)
    at = len(words) - 1
    if at > 0 and words[at].lower() in _PARTICLES:
        at = 0
    forms: dict[str, None] = {form: None}
    for word in _word_forms(words[at], singular=lenient):
        changed = [*words[:at], word, *words[at + 1 :]]
        joined = changed[0]
        for separator, following in zip(separators, changed[1:], strict=True):
            joined += separator + following
        forms[joined] = None
    return tuple(forms)


@lru_cache(maxsize=65536)
def inflected(
    form: str, language: str, *, exact: bool = False, lenient: bool = True
) -> re.Pattern[str]:
    """Return a pattern for a form in any inflection and, unless ``exact``, in any case.

    A form that is wanted (``lenient``) may be joined by spaces or hyphens
    alike; for one that is refused it matters, "fail-over" is not "fail over".
    ASCII letters and digits do not border on the match, so "node" is not
    found in "anode".
    """
    alternatives = sorted(inflections(form, language, lenient=lenient), key=len, reverse=True)
    if lenient:
        patterns = [
            _SPACE.join(re.escape(word) for word in _SPACED.split(alternative) if word)
            for alternative in alternatives
        ]
    else:
        patterns = [
            r"\s+".join(
                re.escape(word).replace("\\-", "[-\u2010\u2011]") for word in alternative.split()
            )
            for alternative in alternatives
        ]
    before = r"(?<![A-Za-z0-9_])" if form[:1].isascii() else ""
    after = r"(?![A-Za-z0-9_])" if form[-1:].isascii() else ""
    flags = re.NOFLAG if exact else re.IGNORECASE
    # The common beginning is written once: compiling costs more than searching.
    stem = commonprefix(patterns)  # noqa: RUF071 - no paths: character by character is right
    while stem and not _is_whole(stem):
        stem = stem[:-1]
    endings = "|".join(pattern[len(stem) :] for pattern in patterns)
    return re.compile(f"{before}{stem}(?:{endings}){after}", flags)


def _is_whole(pattern: str) -> bool:
    """Tell whether the beginning of a pattern cuts no group, class or escape."""
    return (
        pattern.count("(") == pattern.count(")")
        and pattern.count("[") == pattern.count("]")
        and not pattern.endswith("\\")
    )


def _word_forms(word: str, *, singular: bool) -> list[str]:
    lower = word.lower()
    if not re.fullmatch(r"[a-z]+", lower):
        return [f"{word}s", f"{word}'s", f"{word}\u2019s", f"{word}s'", f"{word}s\u2019"]
    nouns = [lower, *_plurals(lower)]
    if singular:
        nouns += _singulars(lower)
    forms = nouns + _verbs(lower)
    for noun in nouns:
        forms += [f"{noun}'s", f"{noun}\u2019s"]
        if noun.endswith("s"):
            forms += [f"{noun}'", f"{noun}\u2019"]
    # Keep the spelling of the stem, so that an exact pattern is of any use (VM, VMs).
    return [word + form[len(word) :] if form.startswith(lower) else form for form in forms]


def _plurals(word: str) -> list[str]:
    plurals = [_IRREGULAR_PLURALS[word]] if word in _IRREGULAR_PLURALS else []
    if word.endswith("is"):
        plurals.append(f"{word[:-2]}es")
    if word.endswith(_ENDS_IN_SIBILANT):
        plurals.append(f"{word}es")
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        plurals.append(f"{word[:-1]}ies")
    else:
        plurals.append(f"{word}s")
        if word.endswith("o"):
            plurals.append(f"{word}es")
    return plurals


def _singulars(word: str) -> list[str]:
    singulars = [one for one, many in _IRREGULAR_PLURALS.items() if many == word]
    if word.endswith(("ss", "us", "is")) or not word.endswith("s") or len(word) < 4:  # noqa: PLR2004 - "its", "NFS"
        return singulars
    if word.endswith("ies"):
        return [*singulars, f"{word[:-3]}y"]
    if word.endswith(tuple(f"{end}es" for end in _ENDS_IN_SIBILANT)):
        singulars.append(word[:-2])
    return [*singulars, word[:-1]]


def _verbs(word: str) -> list[str]:
    base = _PREFIX.sub("", word)
    past: list[str] = []
    for stem in dict.fromkeys((word, base)):
        if stem in _IRREGULAR_VERBS:
            prefix = word[: len(word) - len(stem)]
            past = [prefix + form for form in _IRREGULAR_VERBS[stem].split()]
            break
    if word.endswith("ie"):
        return [*past, f"{word}d", f"{word[:-2]}ying"]
    if word.endswith("e"):
        return [*past, f"{word}d", f"{word[:-1]}ing"]
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return [*past, f"{word[:-1]}ied", f"{word}ing"]
    endings = [f"{word}ed", f"{word}ing"]
    if _SHORT_VOWEL.search(word):
        endings += [f"{word}{word[-1]}ed", f"{word}{word[-1]}ing"]
    if word.endswith("c"):
        endings += [f"{word}ked", f"{word}king"]
    return [*past, *endings]
