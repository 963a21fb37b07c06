project = "索引"
author = "termbase"
version = release = "1"
copyright = "2026"
language = "ja"
extensions = ["myst_parser", "termbase"]
myst_enable_extensions = ["colon_fence"]
locale_dirs = ["locale"]
gettext_compact = False
latex_engine = "lualatex"
termbase_readings = {"逆引きレコード": "ぎゃくひきれこーど"}
epub_basename = "index-test"
epub_publisher = "termbase"
latex_docclass = {"manual": "ltjsbook"}
latex_elements = {"polyglossia": "", "babel": "", "fontpkg": ""}
latex_documents = [("index", "book.tex", "索引", "termbase", "manual")]
epub_scheme = "UUID"
epub_identifier = epub_uid = "uuid-00000000-0000-4000-8000-000000000000"
