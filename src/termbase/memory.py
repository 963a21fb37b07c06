"""Work during which Python need not look for garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of cycles from running meanwhile.

    For work that makes many small objects and no garbage: the collector would
    walk the trees of the whole book again and again, in vain, and that takes
    longer than the work.  Objects without cycles are freed as ever.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
