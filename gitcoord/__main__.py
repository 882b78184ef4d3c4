"""`git-coord`, and `python -m gitcoord`: what holds until the program is loaded."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it; who interrupts the loading is not shown where we were."""
    if sys.argv[1:3] == ["agent", "hook"]:
        # An agent waits for this at every tool that it uses, so nothing of the command line is loaded.
        from gitcoord.hook.agent.main import main as answer

        os._exit(answer(sys.argv[3:]))
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gitcoord.interfaces.cli.main import main as program

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    program()


if __name__ == "__main__":
    main()
