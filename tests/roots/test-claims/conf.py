"""A book that names a few commands."""

import os

extensions = ["myst_parser", "apparatus", "claims"]
language = "ja"
myst_enable_extensions = ["colon_fence", "substitution"]
apparatus_machines = ["pve1"]
claims_tables = os.environ["TINY_TABLES"]
