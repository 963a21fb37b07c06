extensions = ["myst_parser", "termbase.locale_references"]
exclude_patterns = ["_build"]
language = "en"
locale_dirs = ["locale"]
gettext_compact = False
myst_enable_extensions = ["colon_fence", "substitution"]
myst_substitutions = {"release": "9"}
