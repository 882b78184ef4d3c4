"""A line on the terminal while something takes longer than a person likes to wait without a word."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 1.0
"""Seconds before the line appears, and between two changes of it."""


@contextmanager
def while_busy(what: str, *, silent: bool) -> Iterator[None]:
    """After a second say what is being done, and for how long, on standard error; gone when the block is left.

    Nothing is said where that is not a terminal.
    """
    if silent or not sys.stderr.isatty():
        yield
        return
    done, began = threading.Event(), time.monotonic()

    def tell() -> None:
        shown = False
        while not done.wait(PATIENCE):
            sys.stderr.write(f"\r{what} ... {int(time.monotonic() - began)} s")
            sys.stderr.flush()
            shown = True
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
