"""One door for the hooks of all agents: read the event, judge it, print the answer.

The answer is printed whole or not at all, and the exit status is always 0: a hook that fails must not lock the agent's
tools. A hook that hangs is ended by an alarm.
"""

from __future__ import annotations

import os

from gitcoord.hook.agent.line import NOTHING

_PATIENCE = 5
"""Seconds after which a hook is ended by the kernel."""


def main(argv: list[str]) -> int:
    """Run `AGENT EVENT COMMON_DIR`; returns the exit status, which is 0."""
    import _signal  # type: ignore[import-not-found]  # the light half of signal, which has no stub

    _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
    _signal.alarm(_PATIENCE)
    try:
        answer = run(argv, dict(os.environ), read(0))
    except Exception:
        answer = ""
    write(answer or NOTHING.get(argv[0] if argv else "", ""))
    return 0


def run(argv: list[str], environ: dict[str, str], content: bytes) -> str:
    """Return what the agent is answered about the event in `content`; '' where there is nothing to say."""
    return ""


def read(fd: int) -> bytes:
    """Return all that can be read there."""
    parts = []
    while chunk := os.read(fd, 65536):
        parts.append(chunk)
    return b"".join(parts)


def write(answer: str) -> None:
    """Print an answer."""
    data = memoryview(answer.encode())
    while data:
        data = data[os.write(1, data) :]
