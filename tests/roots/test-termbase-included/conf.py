extensions = ["myst_parser", "termbase"]
exclude_patterns = ["shared"]
suppress_warnings = ["image.not_readable"]
