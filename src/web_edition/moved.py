"""Old addresses that still lead to what they named.

The ledger of addresses (``anchors``) says what has moved.  Within a page the
old id stands before the new place; on a page that remains, and in place of a
page that is gone, a link leads on, which scripts follow at once.
"""

from __future__ import annotations

import html
import posixpath
from typing import TYPE_CHECKING, Any

from anchors import redirects

from .words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


def address_between(page: str, target: str) -> str:
    """Return the relative address of ``docname#id`` on a page.

    >>> address_between("part1/a", "part2/b#c")
    '../part2/b.html#c'
    """
    docname, _, anchor = target.partition("#")
    return f"{posixpath.relpath(docname, posixpath.dirname(page) or '.')}.html#{anchor}"


def lead_on(app: Sphinx, pagename: str, body: str) -> str:
    """Return the text of a page with the old addresses that led to it."""
    links = []
    for line in redirects(app):
        docname, _, old = line.address.partition("#")
        if docname != pagename:
            continue
        target, _, new = line.target.partition("#")
        mark = f'id="{html.escape(new)}"'
        if target == pagename and mark in body:
            start = body.rindex("<", 0, body.index(mark))
            body = f'{body[:start]}<span id="{html.escape(old)}"></span>{body[start:]}'
        elif target != pagename:
            links.append(_link(app, pagename, old, line.target))
    return body + "".join(links)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each page that is gone and has a redirect (html-collect-pages)."""
    lost: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for line in redirects(app):
        docname, _, old = line.address.partition("#")
        if docname not in app.env.found_docs:
            lost.setdefault(docname, []).append(_link(app, docname, old, line.target))
            first.setdefault(docname, address_between(docname, line.target))
    for docname, links in lost.items():
        title = words_of(app.config.language)["moved"]
        context = {"title": title, "moved_to": first[docname], "moved": "".join(links)}
        yield docname, context, "moved.html"


def _link(app: Sphinx, page: str, old: str, target: str) -> str:
    word = html.escape(words_of(app.config.language)["moved"])
    address = html.escape(address_between(page, target))
    return f'\n<p class="web-moved" id="{html.escape(old)}"><a href="{address}">{word}</a></p>'
