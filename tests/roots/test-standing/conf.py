project = "問題"
language = "ja"
extensions = ["myst_parser", "standing_problems"]
html_theme = "basic"
