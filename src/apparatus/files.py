"""The directives ``labfile`` and ``labarchive``: real files, shown and handed out."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docutils import nodes
from sphinx import addnodes
from sphinx.directives.code import LiteralInclude
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .words import word

if TYPE_CHECKING:
    from docutils.nodes import Node

logger = logging.getLogger(__name__)

LANGUAGES = {
    ".cfg": "ini",
    ".j2": "jinja",
    ".py": "python",
    ".sh": "bash",
    ".sources": "debcontrol",
    ".toml": "toml",
    ".xml": "xml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
"""Languages of files by suffix; any other file is shown without colours."""

ZIP_BEGINS = (1980, 1, 1, 0, 0, 0)


class LabFile(LiteralInclude):
    """A file of the lab: ``{labfile} gw1/etc/nftables.conf``.

    The first part of the path is the machine, the rest the place of the file
    on it.  The options are those of ``literalinclude``.
    """

    def run(self) -> list[Node]:
        """Show the file under a caption that names machine and path, with a link."""
        path = PurePosixPath(self.arguments[0])
        target = f"/{self.config.apparatus_files}/{path}"
        self.arguments[0] = target
        language = self.config.language
        machine, *rest = path.parts
        place = word(language, machine) if machine in {"outer", "workstation"} else machine
        own_caption = "caption" not in self.options
        self.options.setdefault(
            "caption", word(language, "file").format(place, f"/{'/'.join(rest)}")
        )
        self.options.setdefault("language", LANGUAGES.get(path.suffix, "text"))
        whole = nodes.container("", *super().run(), classes=["labfile"])
        for caption in whole.findall(nodes.caption):
            if own_caption:  # without a source, so that it is not extracted for translation
                caption.source = None
        self.set_source_info(whole)
        whole += download(target, word(language, "download"))
        return [whole]


class LabArchive(SphinxDirective):
    """All files of the lab in one archive, the same bytes from the same files."""

    def run(self) -> list[Node]:
        """Write the archive and link to it."""
        folder = Path(self.env.srcdir, self.config.apparatus_files)
        archive = Path(self.env.doctreedir, "lab-files.zip")
        archive.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(archive, "w", ZIP_DEFLATED) as packed:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                self.env.note_dependency(file)
                entry = ZipInfo(f"lab-files/{file.relative_to(folder).as_posix()}", ZIP_BEGINS)
                entry.compress_type = ZIP_DEFLATED
                entry.external_attr = (0o755 if os.access(file, os.X_OK) else 0o644) << 16
                packed.writestr(entry, file.read_bytes())
        here = Path(self.env.doc2path(self.env.docname)).parent
        target = os.path.relpath(archive, here)
        return [download(target, word(self.config.language, "archive"))]


def download(target: str, text: str) -> nodes.container:
    """Return a line with a link to a file that the HTML edition carries."""
    link = addnodes.download_reference("", "", reftarget=target)
    link += nodes.inline("", text)
    return nodes.container("", nodes.paragraph("", "", link), classes=["labfile-download"])


class WithoutDownloads(SphinxPostTransform):
    """Take the download links out of editions that carry no files."""

    default_priority = 100

    def run(self, **_kwargs: Any) -> None:  # noqa: ANN401 - docutils' signature
        """Remove the links of this document."""
        if getattr(self.app.builder, "download_support", False):
            return
        for container in list(self.document.findall(nodes.container)):
            if "labfile-download" in container["classes"]:
                container.parent.remove(container)
