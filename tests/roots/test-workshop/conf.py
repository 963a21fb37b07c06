project = "小さな本"
extensions = ["typography", "translatable", "termbase"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["locale"]
language = "ja"
locale_dirs = ["locale"]
gettext_compact = False
gettext_additional_targets = ["index"]
