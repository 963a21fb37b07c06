project = "翻訳"
language = "ja"
extensions = ["myst_parser", "termbase"]
myst_enable_extensions = ["colon_fence"]
locale_dirs = ["locale"]
gettext_compact = False
html_theme = "basic"
