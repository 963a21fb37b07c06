from pathlib import Path

import web_edition

project = "小さな本"
version = release = "1.2.3"
copyright = "2026 Someone"
# The typography joins the lines of a paragraph, the rest is what a translator meets.
extensions = ["typography", "anchors", "standing_problems", "translatable", "termbase"]
extensions += ["web_edition", "translating"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["locale"]
language = "ja"
locale_dirs = ["locale"]
gettext_compact = False
gettext_additional_targets = ["index"]
html_theme = "web"
html_theme_path = [str(Path(web_edition.__file__).parents[2] / "_templates")]
html_context = {"default_mode": "auto"}
web_summary = "小さい本"
