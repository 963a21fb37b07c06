project = "電子書籍"
author = "著者"
copyright = "2026 著者"
version = release = "1"
language = "ja"
extensions = ["myst_parser", "epub_edition"]
epub_publisher = "発行者"
epub_identifier = "urn:uuid:8d6f1a54-2f2b-4d43-9d5a-0f4f0a8f6c11"
epub_accessibility_summary = "文章だけで読み通せます。"
epub_basename = "book"
epub_cover_lines = ["電子", "書籍", "副題"]
