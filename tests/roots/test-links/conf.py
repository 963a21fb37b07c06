"""A tiny book with links; a test adds the settings of the real one."""

project = "Links"
language = "ja"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "attrs_inline"]
exclude_patterns = ["_build"]
