"""The translators' workshop: catalogs, what is checked in them, how far they are."""
