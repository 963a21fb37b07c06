project = "背骨"
language = "ja"
extensions = ["myst_parser", "spine"]
latex_engine = "lualatex"
