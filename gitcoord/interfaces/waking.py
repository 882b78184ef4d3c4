"""Waking: an agent that waits for its person is told of urgent mail by its own program, where that offers a way.

Codex queues a message for a conversation, and goes on with it. That is only tried: the program may hold or refuse it.
Claude Code has no command for it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.hook.agent.event import Event
from gitcoord.hook.agent.memory import Memory, Turn
from gitcoord.interfaces.background import DETACHED
from gitcoord.kernel import coordfile, roster, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from gitcoord.kernel.place import Place

AGAIN = 10 * 60
"""Seconds for which a window that was woken, and has not begun a turn since, is not woken again."""

_OTHERS = ("CLAUDE", "CODEX_", "COPILOT_", "CURSOR_", "GEMINI_", "GIT_COORD_", "OPENCODE")
_KEPT = ("CODEX_HOME",)


class _Way(NamedTuple):
    """How an agent's program is told: its name, its command's words, and what the hooks call the agent."""

    program: str
    words: Callable[[str, str], tuple[str, ...]]
    agent: str


WAYS = {
    "CODEX_THREAD_ID": _Way(
        "codex", lambda thread, text: ("queue", "--thread", thread, "--message", text, "--resume"), "codex"
    )
}
"""By the variable that names a session of the agent. As of Codex 0.171."""


def wake(place: Place, readers: Mapping[str, bool], text: str) -> Collection[str]:
    """Try to wake these sessions of this clone; returns those for which it was tried.

    `readers` says of each whether it has been quiet for long. One whose turn goes on hears of its mail anyway. Nobody
    waits for the programs, which are those on the caller's path.
    """
    tried = []
    for entry in roster.read(str(place.coord_dir / coordfile.ROSTER)):
        variable, _, value = entry.key.partition("=")
        way = WAYS.get(variable)
        if entry.session not in readers or entry.parent or way is None or value.startswith("-"):
            continue
        memory = Memory(str(place.coord_dir), Event(way.agent, "", {"session_id": value}))
        turn = memory.seen(Turn.WORD)
        if turn == Turn.WOKEN and memory.age(Turn.WORD) < AGAIN:
            tried.append(entry.session)
        elif turn == Turn.OVER or readers[entry.session]:
            program = shutil.which(way.program, path=place.environ.get("PATH", ""))
            if program is not None and program.startswith("/"):
                memory.note(Turn.WORD, Turn.WOKEN)
                argv = [program, *way.words(value, text)]
                spawn.run(["/bin/sh", "-c", DETACHED, "sh", *argv], _environment(place.environ))
                tried.append(entry.session)
    return tried


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what names the session of the agent that sends."""
    return {key: value for key, value in environ.items() if key in _KEPT or not key.startswith(_OTHERS)}
