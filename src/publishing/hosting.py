"""What a host is told: headers for common static servers, and the page not found.

A page states its own policy as well, so the site is safe on a host whose
headers nobody can set; only a header can forbid frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from web_edition.pages import policy

from .templates import render

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HEADERS", "policy", "write"]

HEADERS = {
    "Content-Security-Policy": f"{policy()}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Nothing has a name that changes with its content: ask, and get "not modified".
    "Cache-Control": "no-cache",
}


def write(site: Path, address: str) -> None:
    """Write the headers files and ``404.html``.

    Args:
        site: the folder that a server shows.
        address: where it is published, empty where that is not known; a page
            not found can be anywhere, so its links begin at the site's root.
    """
    lines = "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())
    (site / "_headers").write_text(f"/*\n{lines}", encoding="utf-8")
    lines = "".join(f'Header always set {name} "{value}"\n' for name, value in HEADERS.items())
    apache = f"<IfModule mod_headers.c>\n{lines}</IfModule>\nErrorDocument 404 {{}}/404.html\n"
    root = urlsplit(address).path.rstrip("/")
    (site / ".htaccess").write_text(apache.format(root), encoding="utf-8")
    hosting = site / "hosting"
    hosting.mkdir()
    lines = "".join(f'add_header {name} "{value}" always;\n' for name, value in HEADERS.items())
    nginx = f"# Include this in the server block that shows the site.\n{lines}"
    nginx += f"error_page 404 {root}/404.html;\n"
    (hosting / "nginx.conf").write_text(nginx, encoding="utf-8")
    page = render("404.html", root=root, policy=policy())
    (site / "404.html").write_text(page, encoding="utf-8")
