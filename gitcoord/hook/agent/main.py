"""One door for the hooks of all agents: read the event, judge it, print the answer.

The answer is printed whole or not at all, and the exit status is always 0: a hook that fails must not lock the agent's
tools. A hook that hangs is ended by an alarm.
"""

from __future__ import annotations

import os

from gitcoord.hook.agent import event as events
from gitcoord.hook.agent.answer import Answer, render
from gitcoord.hook.agent.line import AGENTS, NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.event import Event

PATIENCE = 5
"""Seconds after which a hook is ended by the kernel."""


def main(argv: list[str]) -> int:
    """Run `AGENT EVENT [COMMON_DIR]`; returns the exit status, which is 0."""
    import _signal  # type: ignore[import-not-found]  # the light half of signal, which has no stub

    _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
    _signal.alarm(PATIENCE)
    agent = argv[0] if argv else ""
    try:
        answer = run(argv, dict(os.environ), _read(0))
    except Exception:
        answer = ""
    _write(answer or NOTHING.get(agent, ""))
    return 0


def run(argv: list[str], environ: dict[str, str], content: bytes) -> str:
    """Return what the agent is answered about the event in `content`; '' where there is nothing to say.

    May not return: this process may become another program, which answers. Raises whatever goes wrong.
    """
    agent, name = argv[:2]
    if agent not in AGENTS:
        return ""
    event = events.parse(agent, name, content)
    return render(event, _answer(event, environ, argv[2] if len(argv) > 2 else "")) if event.kind else ""


def _answer(event: Event, environ: dict[str, str], common_dir: str) -> Answer:
    if event.kind == "before" and not event.use:
        return Answer()
    from gitcoord.hook.agent import dispatch

    return dispatch.answer(event, environ, common_dir)


def _read(fd: int) -> bytes:
    parts = []
    while chunk := os.read(fd, 65536):
        parts.append(chunk)
    return b"".join(parts)


def _write(answer: str) -> None:
    data = memoryview(answer.encode())
    while data:
        data = data[os.write(1, data) :]
