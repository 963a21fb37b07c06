project = "リンク"
author = "termbase"
version = release = "1"
copyright = "2026"
language = "ja"
extensions = ["myst_parser", "termbase"]
myst_enable_extensions = ["colon_fence"]
locale_dirs = ["locale"]
gettext_compact = False
html_theme = "basic"
latex_engine = "lualatex"
latex_docclass = {"manual": "ltjsbook"}
latex_elements = {"polyglossia": "", "babel": "", "fontpkg": ""}
latex_documents = [("index", "book.tex", "リンク", "termbase", "manual")]
epub_basename = "linking"
epub_publisher = "termbase"
epub_scheme = "UUID"
epub_identifier = epub_uid = "uuid-00000000-0000-4000-8000-000000000000"
