"""`git-coord`, and `python -m gitcoord`: what holds until the program is loaded."""

from __future__ import annotations

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it; who interrupts the loading is not shown where we were."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gitcoord.interfaces.cli.main import main as program

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    program()


if __name__ == "__main__":
    main()
