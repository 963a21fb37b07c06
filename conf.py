"""The book as data: what it is called, what it is made of, how it looks.

Sphinx executes this file.  The language is Sphinx's own ``language`` setting
(``-D language=en``), so that ``make``, Read the Docs and editors agree.
"""

import gc
import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

import lab  # noqa: E402 - found beside this file
from translating import editions  # noqa: E402 - likewise

# A build keeps nearly all it makes, so that looking for garbage often costs a fifth of
# the time of `make live` and finds nothing.
gc.set_threshold(200_000, 50, 100)

# --- What the book is ---------------------------------------------------------

PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BASELINE = "9.2"
AUTHOR = "The Proxmox VE Lab Book contributors"
# The date of the last commit in every build of it; the Makefile sets it.
BUILT = datetime.fromtimestamp(
    int(os.environ.get("SOURCE_DATE_EPOCH") or datetime.now(UTC).timestamp()), UTC
)


def _commit() -> str:
    """Return the commit that is built, or what stands for it outside a clone."""
    if given := os.environ.get("BOOK_COMMIT"):
        return given
    asked = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"],  # noqa: S607 - the user's git
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


# Version, date and commit are the same in every format of every edition.
COMMIT = _commit()

# One row per language, in editions.toml.
EDITIONS = editions.table()

project = EDITIONS["ja"]["title"]
author = AUTHOR
copyright = f"2026 {AUTHOR}"  # noqa: A001 - Sphinx's name
release = PROJECT["version"]
version = release

# --- Sources and languages ----------------------------------------------------

root_doc = "index"
source_suffix = {".md": "markdown"}
language = "ja"
locale_dirs = [str(HERE / "locale")]
gettext_compact = False
gettext_additional_targets = ["index"]
templates_path = [str(HERE / "_templates")]
nitpicky = True
numfig = True
numfig_secnum_depth = 1
today_fmt = "%Y-%m-%d"

extensions = [
    "typography",
    "termbase",
    "figures",
    "anchors",
    "apparatus",
    "chapter_shape",
    "claims",
    "epub_edition",
    "print_edition",
    "removed_documents",
    "spine",
    "translatable",
    "translating",
    "standing_problems",
    "web_edition",
]

myst_enable_extensions = [
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "fieldlist",
    "substitution",
]
myst_substitutions = {
    "edition_version": release,
    "edition_date": f"{BUILT:%Y-%m-%d}",
    "edition_commit": COMMIT,
    "pve_baseline": f"Proxmox VE {BASELINE}",
}

# Chapter 0 prepares the lab.
spine_first_chapter = 0

# What is wrong with the data of the lab is told by `claims`, with the line.
claims_lab = "lab/lab.yaml"
apparatus_machines = lab.names(HERE / "source" / claims_lab)

# The tables of the command line lie beside the project; PVE_TABLES names another place.
claims_tables = str(HERE.parent / "shared" / "pve")

# Chapter 1 is about the decision: nothing is typed, so it has no lab steps.
chapter_shape_without = {"part1/ch01-overview": ["lab"]}

# Japanese that a translated edition shows on purpose: the label that chapter 4 warns
# of, and a comment that is typed into a file of the lab, which is one for all editions.
translating_allowed = ["中止", "'Ceph クラスタ'"]

# Every published address, so that none is lost; `make anchors` adds new ones.
anchors_ledger = str(HERE / "source" / "anchors.txt")

# Every rule of the termbase proves itself, every term has a lasting address.
termbase_require_examples = True
termbase_require_id = True
termbase_require_reading = True

# Every drawing under it is checked by `make check`; house.css lies there.
figures_folder = "diagrams"

# --- Links --------------------------------------------------------------------

# `make linkcheck` asks the sites; what is of the lab or of an example is nowhere.
linkcheck_ignore = [
    r"https?://(localhost|10\.10\.\d+\.\d+)(?![\w.])",
    r"https?://(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+(?![\w.])",
    r"https?://\[2001:db8:",
    r"https?://([\w-]+\.)*example(\.(com|net|org))?(?![\w.-])",
]
# A site that does not answer is asked again before its link counts as broken.
linkcheck_retries = 3
linkcheck_workers = 4

# --- HTML ---------------------------------------------------------------------

# Where the site is published, without a slash at the end.  Empty: no address
# that begins there (canonical, sitemap, cards) is written anywhere.
SITE_ADDRESS = os.environ.get("BOOK_ADDRESS", "").rstrip("/")
# Where the sources are public.  Empty: no page offers to be edited.
web_repository = os.environ.get("BOOK_REPOSITORY", "")
web_baseline = f"Proxmox VE {BASELINE}"
html_theme = "web"
html_theme_path = [str(HERE / "_templates")]
html_static_path = [str(HERE / "_templates" / "static")]
html_favicon = str(HERE / "_templates" / "static" / "favicon.svg")
html_context = {"default_mode": "auto"}
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False
html_permalinks_icon = "#"

# --- EPUB ---------------------------------------------------------------------

epub_author = AUTHOR
epub_publisher = AUTHOR
epub_scheme = "UUID"
epub_show_urls = "no"
epub_tocdepth = 2
epub_css_files = ["epub.css"]
epub_use_index = True
epub_exclude_files = [
    "_static/opensearch.xml",
    "_static/doctools.js",
    "_static/jquery.js",
    "_static/searchtools.js",
    "search.html",
    "searchindex.js",
    "objects.inv",
]

# --- PDF ----------------------------------------------------------------------

# lualatex embeds and subsets OpenType fonts without map files, and is the
# engine that can write tagged PDF.  Paper is B5 (JIS), 182 mm by 257 mm.
latex_engine = "lualatex"
latex_use_xindy = False
latex_toplevel_sectioning = "chapter"
latex_show_urls = "footnote"
latex_additional_files = [
    str(path) for path in sorted((HERE / "_templates" / "latex").glob("book*"))
]


def apply_edition(app: Sphinx, config: Config) -> None:
    """Fill in what differs from edition to edition (config-inited)."""
    edition = editions.row(config.language)
    date = edition["date"].format(
        year=BUILT.year, month=BUILT.month, day=BUILT.day, month_name=f"{BUILT:%B}"
    )
    title = edition["title"]
    config.project = title
    config.html_title = title
    config.html_short_title = title
    config.web_summary = edition["description"]
    if SITE_ADDRESS:
        config.html_baseurl = f"{SITE_ADDRESS}/{config.language}/"
    if app.outdir.name == config.language:
        # Built beside its sisters, a page can link to itself in their language.
        config.html_context["editions"] = {
            code: EDITIONS[code]["name"] for code in editions.listed()
        }
    config.epub_title = f"{title} — {edition['subtitle']}"
    config.epub_description = edition["description"]
    config.epub_accessibility_summary = edition["accessibility"]
    config.epub_identifier = f"urn:uuid:{edition['uuid']}"
    config.epub_basename = f"proxmox-ve-lab-{config.language}"
    config.epub_cover_lines = [*edition["cover"].split(r"\\"), edition["subtitle"]]
    config.epub_provenance = f"commit {COMMIT}"
    config.today = date
    config.latex_docclass = {"manual": edition["docclass"]}
    config.latex_documents = [
        (
            root_doc,
            f"proxmox-ve-lab-{config.language}.tex",
            title,
            AUTHOR,
            "manual",
        )
    ]
    imprint = edition["imprint"].format(
        version=release, date=date, commit=COMMIT, baseline=BASELINE
    )
    japanese = "true" if edition["docclass"].startswith("ltj") else "false"
    config.latex_elements = {
        "papersize": "",
        "pointsize": "10pt",
        "extraclassoptions": "openany" if japanese == "false" else "openany,b5paper",
        "babel": "" if japanese == "true" else rf"\usepackage[{edition['babel']}]{{babel}}",
        # LuaTeX-ja knows Japanese; polyglossia would stop at fonts that have none.
        "polyglossia": "",
        "fncychap": "",
        "fontpkg": "",
        "geometry": r"\usepackage[paperwidth=182mm,paperheight=257mm,"
        r"left=24mm,right=22mm,top=25mm,bottom=26mm,headsep=7mm,footskip=11mm]{geometry}",
        "maketitle": r"\bookcover",
        "preamble": "\n".join(
            [
                rf"\newcommand\bookjapanese{{{japanese}}}",
                rf"\newcommand\booktitle{{{title}}}",
                rf"\newcommand\bookcovertitle{{{edition['cover']}}}",
                rf"\newcommand\booksubtitle{{{edition['subtitle']}}}",
                rf"\newcommand\bookbaseline{{Proxmox VE {BASELINE}}}",
                rf"\newcommand\bookimprint{{{imprint}}}",
                r"\usepackage{book-house}",
            ]
        ),
    }


def setup(app: Sphinx) -> None:
    """Let the text live in ``source/`` also for callers who name this folder.

    Read the Docs and editors run ``sphinx-build . …`` beside this file; Sphinx
    has not looked for documents yet when it calls this function.
    """
    if app.srcdir == HERE:
        app.srcdir = HERE / "source"
    # Before Sphinx's own listeners, which derive further settings from these.
    app.connect("config-inited", apply_edition, priority=100)
