import os

# With TERMBASE=off the same book is built as Sphinx does it by itself.
extensions = ["myst_parser"]
if os.environ.get("TERMBASE") != "off":
    extensions += ["termbase.locale_references"]
exclude_patterns = ["_build"]
language = "en"
locale_dirs = ["locale"]
gettext_compact = False
myst_enable_extensions = ["colon_fence", "substitution"]
