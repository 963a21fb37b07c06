"""What every page of the web edition is told, and what is taken out of it.

The pages obey a Content-Security-Policy without exceptions: no script, no
style and no handler stands in the page itself, and nothing comes from another
host.  What Sphinx and the theme write inline is replaced here.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from docutils import nodes
from lxml import etree

from .moved import lead_on
from .translation import language_of, mark_links
from .words import words_of

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.application import Sphinx

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    # Icons are drawings in the stylesheet.
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'self'",
}
"""Directives of the Content-Security-Policy, as far as a page can state them."""

# Scripts of Sphinx and the theme whose work is done by static/web.js, or not needed.
DROPPED_SCRIPTS = frozenset(
    {
        "documentation_options.js",
        "doctools.js",
        "sphinx_highlight.js",
        "translations.js",
        "scripts/sphinx-book-theme.js",
    }
)
SUMMARY_LENGTH = 160  # characters; what search engines and cards show

_STYLED_TAG = re.compile(r'<\w[^>]* style="[^"]*"[^>]*>')
_STYLE = re.compile(r' style="([^"]*)"')
_PERMALINK = re.compile(r'(<a class="headerlink" href="[^"]*") title="[^"]*"')
_IMAGE = re.compile(r'<img(?= )[^>]* src="([^"]*)"[^>]*>')
_HEAD_CELL = re.compile(r'<th class="([^"]*)"(?![^>]*scope=)[^>]*>')
_WIDTH = re.compile(r"width:\s*(\d+(?:\.\d+)?)%")


def policy() -> str:
    """Return the Content-Security-Policy of a page."""
    return "; ".join(f"{directive} {sources}" for directive, sources in POLICY.items())


def without_inline_styles(body: str) -> str:
    """Return HTML whose widths are classes (``w-25``) and which has no other style.

    Widths of columns and figures are the only styles that docutils writes into
    a page; the policy would ignore them there.
    """

    def to_class(match: re.Match[str]) -> str:
        tag = match.group()
        style = _STYLE.search(tag)
        width = _WIDTH.search(style.group(1)) if style else None
        tag = _STYLE.sub("", tag)
        if not width:
            return tag
        name = f"w-{round(float(width.group(1)))}"
        if ' class="' in tag:
            return tag.replace(' class="', f' class="{name} ', 1)
        return re.sub(r"^<\w+", rf'\g<0> class="{name}"', tag)

    return _STYLED_TAG.sub(to_class, body)


def polished(body: str, permalink: str) -> str:
    """Return the text of a page as this edition writes it.

    Args:
        body: HTML of the article.
        permalink: what the sign beside a heading does, in the page's language;
            Sphinx has no translation of it.
    """
    body = without_inline_styles(body)
    body = _PERMALINK.sub(rf'\1 title="{permalink}" aria-label="{permalink}"', body)
    return _HEAD_CELL.sub(_scoped, body)


def sized(body: str, sizes: dict[str, tuple[int, int]]) -> str:
    """Return HTML whose pictures keep their place while they load.

    Args:
        body: HTML of the article.
        sizes: width and height in pixels of the pictures by their file names.
    """

    def with_size(match: re.Match[str]) -> str:
        size = sizes.get(match.group(1).rpartition("/")[2])
        if not size or " width=" in match.group():
            return match.group()
        width, height = size
        return f'<img width="{width}" height="{height}" loading="lazy"{match.group()[4:]}'

    return _IMAGE.sub(with_size, body)


def _sizes(app: Sphinx) -> dict[str, tuple[int, int]]:
    """Return the sizes of the drawings that the pages written so far show."""
    images: dict[str, str] = getattr(app.builder, "images", {})
    return {
        unquote(name): size
        for source, name in images.items()
        if (size := _size_of(app.srcdir / source))
    }


@cache
def _size_of(drawing: Path) -> tuple[int, int] | None:
    """Return the size of an SVG, as its viewBox or its width and height say."""
    if drawing.suffix != ".svg" or not drawing.is_file():
        return None
    root = etree.parse(drawing).getroot()
    box = (root.get("viewBox") or "").replace(",", " ").split()
    width, height = (
        box[2:4] if len(box) == len("xywh") else (root.get("width"), root.get("height"))
    )
    try:
        return round(float(width or "")), round(float(height or ""))
    except ValueError:
        return None


def _scoped(match: re.Match[str]) -> str:
    scope = "row" if "stub" in match.group(1) else "col"
    return f'{match.group()[:-1]} scope="{scope}">'


def summary(doctree: nodes.document | None) -> str:
    """Return the first words of a page, for search engines and cards."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            if len(text) > SUMMARY_LENGTH:
                text = text[: SUMMARY_LENGTH - 1] + "…"
            return text
    return ""


def prepare(
    app: Sphinx,
    pagename: str,
    _templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Tell a page what it needs (html-page-context).

    Runs before the theme's listeners: they render some templates to see
    whether they are empty.
    """
    config = app.config
    context["words"] = words_of(config.language)
    context["policy"] = policy()
    context["page_summary"] = summary(doctree) or config.web_summary
    context["baseline"] = config.web_baseline
    context["built"] = config.today
    context["translation"] = doctree.get("web_translation") if doctree else None
    context["mark_links"] = lambda links: mark_links(str(links), config.language)
    context["language_of"] = lambda text: language_of(text, config.language)
    context["edition_address"] = lambda code: _edition_address(context, code)
    context["card"] = _card(context, pagename) if doctree else None
    if "body" in context:
        body = polished(context["body"], context["words"]["permalink"])
        body = mark_links(sized(body, _sizes(app)), config.language)
        context["body"] = lead_on(app, pagename, body)
    source = f"{pagename}{context.get('page_source_suffix') or ''}"
    context["edit_address"], context["report_address"] = (
        repository_addresses(config.web_repository, source) if doctree else ("", "")
    )


def repository_addresses(repository: str, source: str) -> tuple[str, str]:
    """Return where a page is edited and where its errors are reported.

    Args:
        repository: address of the public repository on GitHub, GitLab or a
            host that works like one of them; empty for none.
        source: of the page, a path below ``source/``.
    """
    if not repository:
        return "", ""
    repository = repository.rstrip("/")
    title = quote(source, safe="")
    if "gitlab" in repository:
        return (
            f"{repository}/-/edit/main/source/{source}",
            f"{repository}/-/issues/new?issue%5Btitle%5D={title}",
        )
    return f"{repository}/edit/main/source/{source}", f"{repository}/issues/new?title={title}"


def drop_scripts(
    _app: Sphinx,
    _pagename: str,
    _templatename: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Take Sphinx's and the theme's scripts out of a page (html-page-context).

    Runs after everything that adds scripts.
    """
    context["script_files"] = [
        script
        for script in context["script_files"]
        if _name(script) and _name(script) not in DROPPED_SCRIPTS
    ]


def _name(asset: object) -> str:
    """Return a static file's path below ``_static``, empty for an inline script."""
    filename = str(getattr(asset, "filename", asset) or "")
    return filename.removeprefix("_static/").partition("?")[0]


def _edition_address(context: dict[str, Any], code: str) -> str:
    """Return where this page is in another edition.

    With the address of the site known it is the full one, which is what
    search engines ask for; else it is relative, and right from a folder too.
    """
    page = f"{context['pagename']}{context['file_suffix']}"
    if pageurl := context.get("pageurl"):
        language = context["language"]
        root = str(pageurl).removesuffix(f"{language}/{page}")
        return f"{root}{code}/{page}"
    return f"{context['content_root']}../{code}/{page}"


def _card(context: dict[str, Any], pagename: str) -> str:
    """Return the address of the page's card; the site draws it (publishing.cards)."""
    pageurl = context.get("pageurl")
    if not pageurl:
        return ""
    root = str(pageurl).removesuffix(f"{pagename}{context['file_suffix']}")
    return f"{root}_cards/{pagename.replace('/', '-')}.png"
