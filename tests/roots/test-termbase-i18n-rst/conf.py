extensions = ["termbase.locale_references"]
exclude_patterns = ["_build"]
language = "en"
locale_dirs = ["locale"]
gettext_compact = False
rst_epilog = ".. |edition| replace:: 第 1 版"
