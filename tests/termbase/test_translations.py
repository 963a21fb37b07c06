"""What translations make of the terms: in the builder of findings and in an edition."""

from __future__ import annotations

import json

import pytest

CATALOG = "locale/en/LC_MESSAGES/index.po"

# What is wrong, the kind of the finding, its surface, and what the message names.
WRONG = [
    ("Go to two nodes.", "Go to two machines.", "equivalent", "node"),
    ("Go to two nodes.", "Go from a host machine to two nodes.", "variant", "host machine"),
    ("Go to two nodes.", "Go to two<br>nodes.", "unsafe", "<br>"),
    ("Go to two nodes.", "Go to two `nodes`.", "code", "nodes"),
    ("Go to two nodes.", "Go to two nodes, see {ref}`x`.", "unsafe", "ref"),
]


@pytest.mark.parametrize("builder", ["terminology", "html"])
def test_a_correct_translation_is_silent(tiny_book, builder) -> None:
    book = tiny_book("termbase-translations")
    options = ["-D", "language=en"] if builder == "html" else []
    run = book.build(builder, "-W", *options)
    assert run.status == 0, run.output


@pytest.mark.parametrize(("good", "bad", "kind", "named"), WRONG)
def test_the_builder_of_findings_checks_every_catalog(tiny_book, good, bad, kind, named) -> None:
    book = tiny_book("termbase-translations")
    book.edit(CATALOG, good, bad)
    for _ in range(2):
        run = book.build("terminology", "-W")
        assert run.status == 1
        lines = (run.folder / "output.json").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        assert kind in {each["kind"] for each in found}
        for each in found:
            assert each["filename"] == CATALOG
            assert each["lineno"] in {16, 17}
        assert any(named in each["message"] for each in found)


@pytest.mark.parametrize(("good", "bad", "kind", "named"), WRONG)
def test_a_translated_edition_checks_its_catalogs(tiny_book, good, bad, kind, named) -> None:
    book = tiny_book("termbase-translations")
    book.edit(CATALOG, good, bad)
    for _ in range(2):
        run = book.build("html", "-W", "--keep-going", "-D", "language=en")
        assert run.status == 1
        found = [line for line in run.warnings() if f"[termbase.{kind}]" in line]
        assert len(found) == 1, run.output
        assert named in found[0]
        assert f"{CATALOG}:1" in found[0]


def test_the_original_edition_does_not_mind_its_translations(tiny_book) -> None:
    book = tiny_book("termbase-translations")
    book.edit(CATALOG, "two nodes", "two machines")
    assert book.build("html", "-W").status == 0


#: Says in the output of a build whenever a message is judged.
TELLTALE = """
import termbase.catalogs

_judge = termbase.catalogs.equivalents
termbase.catalogs.equivalents = lambda *given: print("JUDGED") or _judge(*given)
"""


@pytest.mark.parametrize("builder", ["terminology", "html"])
def test_a_catalog_is_judged_again_only_when_it_or_the_glossary_changes(
    tiny_book, builder
) -> None:
    book = tiny_book("termbase-translations")
    conf = book.source / "conf.py"
    conf.write_text(conf.read_text(encoding="utf-8") + TELLTALE, encoding="utf-8")
    book.edit(CATALOG, "Go to two nodes.", "Go from a host machine to two machines.")
    options = ["-D", "language=en"] if builder == "html" else []

    def build() -> tuple[bool, list[str]]:
        run = book.build(builder, *options)
        found = [line for line in run.warnings() if "[termbase." in line]
        return "JUDGED" in run.output, found

    judged, found = build()
    assert judged
    assert len(found) == 2, found
    assert build() == (False, found)

    book.edit(CATALOG, "from a host machine to", "to")
    judged, found = build()
    assert judged
    assert len(found) == 1, found

    book.edit("index.md", ":avoid-en: host machine", ":avoid-en: machine")
    judged, found = build()
    assert judged
    clean = book.build(builder, "-E", *options).warnings()
    assert len(found) == 3, found
    assert found == [line for line in clean if "[termbase." in line]
