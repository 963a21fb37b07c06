project = "問題"
language = "ja"
extensions = ["myst_parser", "standing_problems", "removed_documents"]
html_theme = "basic"
