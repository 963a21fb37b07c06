from pathlib import Path

import web_edition

project = "網"
release = "1.2.3"
language = "ja"
locale_dirs = ["locale"]
gettext_compact = False
# The printed edition is here because it must leave these pages alone.
extensions = [
    "myst_parser",
    "anchors",
    "apparatus",
    "print_edition",
    "termbase",
    "translatable",
    "web_edition",
]
myst_enable_extensions = ["colon_fence", "attrs_inline"]
apparatus_machines = ["pve1"]
anchors_ledger = str(Path(__file__).with_name("anchors.txt"))
html_theme = "web"
html_theme_path = [str(Path(web_edition.__file__).parents[2] / "_templates")]
html_context = {"default_mode": "auto"}
web_summary = "小さい本"
