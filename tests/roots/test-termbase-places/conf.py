extensions = ["myst_parser", "termbase"]
myst_enable_extensions = [
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "fieldlist",
    "strikethrough",
    "substitution",
    "tasklist",
]
myst_substitutions = {"k": "置換文字"}
exclude_patterns = ["inc*", "part*"]
