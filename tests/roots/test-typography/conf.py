project = "組版"
language = "ja"
extensions = ["typography"]
myst_enable_extensions = ["colon_fence", "deflist"]
html_theme = "basic"
