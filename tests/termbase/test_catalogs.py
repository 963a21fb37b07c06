"""Reading catalogs with exact places, whole catalogs, and terms in translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from termbase.catalogs import (
    CatalogError,
    check,
    equivalents,
    equivalents_from,
    main,
    parse_catalog,
    read_catalog,
)
from termbase.inflection import inflected
from termbase.matching import Matcher
from termbase.terms import Place, Status, Term, Termbase, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from termbase.matching import Finding, Passage

HEADER = 'msgid ""\nmsgstr "Language: en\\nContent-Type: text/plain; charset=UTF-8\\n"\n\n'


# --- reading ------------------------------------------------------------------------------


def test_every_character_has_its_place() -> None:
    catalog = parse_catalog(
        '#: index.md:3\nmsgid "甲\\n乙"\nmsgstr ""\n"a\\tb"\n  "c\\"d"\n', "x.po"
    )
    (entry,) = catalog.entries
    assert (entry.msgid, entry.msgstr) == ("甲\n乙", 'a\tbc"d')
    assert (entry.line, entry.translation.line) == (2, 3)
    assert entry.source.places == ((2, 8), (2, 9), (2, 11))
    assert entry.translation.places == ((4, 2), (4, 3), (4, 5), (5, 4), (5, 5), (5, 7))
    assert entry.place(2) == Place("x.po", 4, 5)
    assert entry.locations == ("index.md:3",)


def test_what_a_build_does_not_use_is_not_checked() -> None:
    catalog = parse_catalog(
        HEADER
        + '#, fuzzy\n#| msgid "old"\nmsgid "a"\nmsgstr "A"\n\n'
        + 'msgid "b"\nmsgstr ""\n\n'
        + 'msgctxt "x"\nmsgid "a"\nmsgstr "C"\n\n'
        + '#~ msgid "d"\n#~ msgstr "D"\n',
        "x.po",
    )
    assert [(e.msgid, e.msgstr) for e in catalog.entries] == [("a", "A"), ("b", ""), ("a", "C")]
    assert [(e.context, e.msgid) for e in catalog.used] == [("x", "a")]
    assert catalog.language == "en"


def test_plural_forms_are_entries_of_their_own() -> None:
    catalog = parse_catalog(
        'msgid "one"\nmsgid_plural "many"\nmsgstr[0] "eins"\nmsgstr[1] "viele"\n', "x.po"
    )
    assert [(e.msgid, e.msgstr) for e in catalog.entries] == [("one", "eins"), ("many", "viele")]


def test_windows_line_ends_change_nothing() -> None:
    catalog = parse_catalog('msgid "a"\r\nmsgstr ""\r\n"b"\r\n"c"\r\n', "x.po")
    assert catalog.entries[0].msgstr == "bc"
    assert catalog.entries[0].translation.places == ((3, 2), (4, 2))


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ('msgid "a"\nmsgstr "b\n', 2, "not closed"),
        ('msgid "a"\nmsgstr "b" c\n', 2, "closing quote"),
        ('msgid "a\nmsgstr "b"\n', 1, "not closed"),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', 4, "line 1"),
        ('msgid "a"\n\nmsgid "b"\nmsgstr "c"\n', 3, "second msgid"),
        ('msgstr "b"\n', 1, "without a msgid"),
        ('"b"\n', 1, "without msgid"),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"\n', 3, "second msgstr"),
        ('msgid "a"\nmsgstr "\\q"\n', 2, "escape"),
        ('msgid "a"\nmsgstr "\\xe3"\n', 2, "escape"),
        ('msgid "a"\nmsgstr "\\b"\n', 2, "escape"),
        ('msgid "a"\nmsgstr "b\\"\n', 2, "not closed"),
        ("hello\n", 1, "syntax"),
        ('msgid a"\n', 1, "syntax"),
        ('<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n', 1, "syntax"),
        ('\n\nmsgid "a"\n', 3, "without msgstr"),
        ('msgctxt "a"\nmsgstr "b"\n', 2, "without a msgid"),
    ],
)
def test_broken_catalogs_name_line_and_reason(content: str, line: int, words: str) -> None:
    with pytest.raises(CatalogError) as caught:
        parse_catalog(content, "x.po")
    assert caught.value.place.line == line
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b'msgid "a"\nmsgstr "\xff"\n', 2, "not UTF-8"),
        (b'msgid "a"\n\nmsgstr "\xe3\x81"\n', 3, "not UTF-8"),
        (b'msgid "a"\nmsgstr "\xed\xa0\x80"\n', 2, "not UTF-8"),
        (b'\xef\xbb\xbfmsgid "a"\nmsgstr "b"\n', 1, "byte order mark"),
        (b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=EUC-JP\\n"\n', 3, "EUC-JP"),
    ],
)
def test_unreadable_bytes_are_one_finding(
    tmp_path: Path, data: bytes, line: int, words: str
) -> None:
    path = tmp_path / "x.po"
    path.write_bytes(data)
    (finding,) = check(path, name="locale/en/LC_MESSAGES/x.po")
    assert (finding.kind, finding.place.line) == ("catalog", line)
    assert str(finding.place).startswith("locale/en/LC_MESSAGES/x.po:")
    assert words in finding.message


def test_a_missing_file_is_one_finding(tmp_path: Path) -> None:
    (finding,) = check(tmp_path / "none.po")
    assert finding.kind == "catalog"
    assert "cannot be read" in finding.message


@given(st.text(max_size=200))
def test_no_text_at_all_raises_anything_else(text: str) -> None:
    error = failure(text)
    assert error is None or 1 <= error.place.line <= text.count("\n") + 1


def failure(text: str) -> CatalogError | None:
    try:
        parse_catalog(text, "x.po")
    except CatalogError as error:
        return error
    return None


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
    min_size=1,
    max_size=120,
)


@given(st.dictionaries(texts, texts, max_size=5))
def test_what_polib_writes_is_read_back(pairs: dict[str, str]) -> None:
    file = polib.POFile(wrapwidth=40)
    file.extend(polib.POEntry(msgid=msgid, msgstr=text) for msgid, text in pairs.items())
    content = str(file)
    lines = content.split("\n")
    catalog = parse_catalog(content, "x.po")
    assert {entry.msgid: entry.msgstr for entry in catalog.entries} == pairs
    for entry in catalog.entries:
        for character, (line, column) in zip(entry.msgstr, entry.translation.places, strict=True):
            written = lines[line - 1][column - 1]
            assert written == character or (written == "\\" and character in '\\"\n\t')


# --- terms -----------------------------------------------------------------------------------


class PlainMatcher:
    """Finds terms as substrings: what is tested here is not the matching."""

    def __init__(self, termbase: Termbase) -> None:
        self.termbase = termbase

    def findings(self, passage: Passage) -> Iterator[Finding]:
        del passage
        yield from ()

    def uses(self, passage: Passage) -> Iterator[Use]:
        for term in self.termbase:
            for start in range(len(passage.text)):
                if passage.text.startswith(term.surface, start):
                    yield Use(term, start, start + len(term.surface))


class Use:
    """One use of a term."""

    def __init__(self, term: Term, start: int, end: int) -> None:
        self.term, self.start, self.end = term, start, end


def term(surface: str, english: str, *avoid: str, line: int, allow: tuple[str, ...] = ()) -> Term:
    place = Place("glossary.md", line)
    variants = tuple(Variant(form, Status.DEPRECATED, "en", place) for form in avoid)
    variants += tuple(Variant(form, Status.ADMITTED, "en", place) for form in allow)
    return Term(surface, place, variants=variants, equivalents={"en": english})


TERMS = Termbase(
    [
        term("ノード", "node", "host machine", "host", line=3, allow=("host name",)),
        term("仮想マシン", "virtual machine (VM)", line=9),
        term("移行する", "migrate", line=15),
        term("書き込む", "write", line=16),
        term("高可用性", "high availability", line=17),
        term("復旧する", "fail over", "fail-over", line=18),
        term("索引", "index", line=19),
        term("構成", "settings", line=20),
        term("QEMU", "QEMU", "Qemu", line=21),
    ]
)


def found(msgid: str, msgstr: str) -> list[tuple[str, str]]:
    catalog = parse_catalog(f'msgid "{msgid}"\nmsgstr "{msgstr}"\n', "x.po")
    matcher = PlainMatcher(TERMS)
    return [
        (finding.kind, finding.surface)
        for finding in equivalents(catalog.entries[0], TERMS, "en", matcher)
    ]


@pytest.mark.parametrize(
    ("msgid", "msgstr"),
    [
        ("ノードです。", "A node."),
        ("ノードです。", "Nodes."),
        ("ノードです。", "The node's name."),
        ("ノードです。", "The nodes’ names."),
        ("ノードとノードとノードです。", "A node, another and one more."),
        ("{term}`ノード`です。", "A {term}`Node`."),
        ("ノードです。", "A **node**."),
        ("ノードです。", "See [the node](#x)."),
        ("ノード名です。", "The node-name."),
        ("仮想マシンです。", "VMs."),
        ("仮想マシンです。", "A virtual\\nmachine."),
        ("仮想マシンです。", "Virtual machines."),
        ("移行する。", "It is migrating."),
        ("移行する。", "It was migrated."),
        ("書き込む。", "It was written."),
        ("書き込む。", "It wrote."),
        ("高可用性です。", "A high-availability cluster."),
        ("復旧する。", "The guest failed over."),
        ("復旧する。", "The guest fails over."),
        ("索引です。", "Two indices."),
        ("索引です。", "Two indexes."),
        ("構成です。", "This setting."),
        ("`ノード`です。", "It is `ノード`."),
        ("以上です。", "That is the host name."),
    ],
)
def test_equivalents_in_any_inflection(msgid: str, msgstr: str) -> None:
    assert found(msgid, msgstr) == []


@pytest.mark.parametrize(
    ("msgid", "msgstr", "expected"),
    [
        ("ノードです。", "A machine.", [("equivalent", "ノード")]),
        ("ノードとノードです。", "Two machines.", [("equivalent", "ノード")]),
        ("ノードです。", "An anode.", [("equivalent", "ノード")]),
        ("ノードです。", "It is `node`.", [("equivalent", "ノード")]),
        ("ノードです。", "A [machine](node.md).", [("equivalent", "ノード")]),
        ("仮想マシンです。", "A virtual computer.", [("equivalent", "仮想マシン")]),
        ("ノードです。", "A node, the host machine.", [("variant", "host machine")]),
        ("以上です。", "Some Host Machines.", [("variant", "Host Machines")]),
        ("以上です。", "Two hosts.", [("variant", "hosts")]),
        ("以上です。", "The hostname and `host`.", []),
        ("以上です。", "Qemu is not QEMU.", [("variant", "Qemu")]),
        ("以上です。", "A host and a host.", [("variant", "host"), ("variant", "host")]),
        ("復旧する。", "It fails over by fail-over.", [("variant", "fail-over")]),
    ],
)
def test_other_words_are_reported(
    msgid: str, msgstr: str, expected: list[tuple[str, str]]
) -> None:
    assert found(msgid, msgstr) == expected


def test_a_finding_says_what_where_and_declared_where() -> None:
    content = HEADER + 'msgid "ノードです。"\nmsgstr ""\n"A node on "\n"the hosts."\n'
    (finding,) = [
        finding
        for entry in parse_catalog(content, "x.po").used
        for finding in equivalents(entry, TERMS, "en", PlainMatcher(TERMS))
    ]
    assert finding.place == Place("x.po", 7, 6)
    assert finding.replacement == "node"
    assert finding.message == "use 'node' instead of 'hosts'; declared at glossary.md:3"


def test_equivalents_come_from_the_catalog_of_the_glossary() -> None:
    catalog = parse_catalog(
        'msgid "ノード"\nmsgstr "node"\n\nmsgid "他"\nmsgstr "other"\n\n'
        '#, fuzzy\nmsgid "索引"\nmsgstr "index"\n',
        "glossary.po",
    )
    assert equivalents_from(catalog, TERMS) == {"ノード": "node"}


def test_the_cost_of_avoided_forms_is_by_word() -> None:
    terms = [term(f"語{i}", f"word{i}", f"wrong{i} thing", line=i + 1) for i in range(3000)]
    termbase = Termbase(terms)
    catalog = parse_catalog('msgid "以上"\nmsgstr "The Wrong2999 things."\n', "x.po")
    (finding,) = equivalents(catalog.entries[0], termbase, "en", PlainMatcher(Termbase([])))
    assert finding.surface == "Wrong2999 things"


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("policy", "policies", True),
        ("status", "statuses", True),
        ("bus", "bu", False),
        ("run", "running", True),
        ("overwrite", "overwritten", True),
        ("rebuild", "rebuilt", True),
        ("copy", "copied", True),
        ("VM", "VMs", True),
        ("VM", "VMware", False),
        ("back up", "backs up", True),
        ("back up", "backup", False),
        ("mouse", "mice", True),
        ("analysis", "analyses", True),
        ("node", "nod", False),
        ("tie", "tying", True),
        ("sync", "synced", True),
        ("live migration", "live migrations", True),
    ],
)
def test_inflections(form: str, text: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert bool(inflected(form, "en").fullmatch(text)) is fits


def test_other_languages_are_compared_as_written() -> None:
    assert inflected("節點", "zh_TW").search("新增節點。")
    assert not inflected("nodo", "es").search("nodos")


# --- whole catalogs ----------------------------------------------------------------------------


def test_one_mistake_is_one_finding_and_unsafe_wins(tmp_path: Path) -> None:
    path = tmp_path / "x.po"
    path.write_text(
        HEADER
        + 'msgid "[公式](https://a.example/)です。"\nmsgstr "[x](https://b.example/)."\n\n'
        + 'msgid "`a`です。"\nmsgstr "`b`."\n\n'
        + 'msgid "{ref}`a`です。"\nmsgstr "None."\n',
        encoding="utf-8",
    )
    findings = check(path, name="x.po")
    assert [(f.kind, str(f.place)) for f in findings] == [
        ("unsafe", "x.po:5"),
        ("code", "x.po:8"),
        ("reference", "x.po:11"),
    ]


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    glossary = tmp_path / "glossary.po"
    glossary.write_text(HEADER + 'msgid "ノード"\nmsgstr "node"\n', encoding="utf-8")
    page = tmp_path / "page.po"
    page.write_text(HEADER + 'msgid "{term}`ノード`"\nmsgstr "{term}`nodes`"\n', encoding="utf-8")
    assert main([str(tmp_path), "--glossary", str(glossary)]) == 0
    page.write_text(HEADER + 'msgid "{term}`ノード`"\nmsgstr "{term}`host`"\n', encoding="utf-8")
    capsys.readouterr()
    assert main([str(tmp_path), "--glossary", str(glossary)]) == 1
    assert f"{page}:5:9: " in capsys.readouterr().out
    page.write_bytes(b"nonsense")
    assert main([str(page)]) == 1
    assert "[termbase.catalog]" in capsys.readouterr().out


def test_read_catalog_names_the_path_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.po"
    path.write_text(HEADER + 'msgid "a"\nmsgstr "b"\n', encoding="utf-8")
    assert read_catalog(path).path == str(path)
    assert read_catalog(path, "locale/x.po").entries[0].place().path == "locale/x.po"


def test_the_matcher_of_the_sources_finds_the_terms() -> None:
    content = (
        HEADER + 'msgid "{term}`ノード`と**仮想マ**シンと`構成`です。"\nmsgstr "A machine."\n'
    )
    (entry,) = parse_catalog(content, "x.po").entries
    found = [finding.surface for finding in equivalents(entry, TERMS, "en", Matcher(TERMS))]
    assert found == ["ノード", "仮想マシン"]
