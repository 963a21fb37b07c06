project = "図"
language = "ja"
extensions = ["myst_parser", "figures", "standing_problems", "translatable"]
myst_enable_extensions = ["colon_fence"]
locale_dirs = ["locale"]
gettext_compact = False
html_theme = "basic"
