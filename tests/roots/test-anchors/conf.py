project = "住所"
language = "ja"
extensions = ["myst_parser", "anchors"]
html_theme = "basic"
