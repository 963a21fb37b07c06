project = "使われ方"
language = "ja"
extensions = ["myst_parser", "termbase"]
myst_enable_extensions = ["colon_fence"]
