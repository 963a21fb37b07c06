project = "apparatus"
language = "ja"
extensions = ["myst_parser", "apparatus", "chapter_shape"]
myst_enable_extensions = ["colon_fence"]
apparatus_machines = ["pve1", "gw1"]
exclude_patterns = ["part1"]
