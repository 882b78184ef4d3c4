"""Waking: an agent that waits for its person is told of urgent mail by its own program, where that offers a way.

Codex queues a message for a conversation, and goes on with it. Each window of Claude Code reads lines of JSON from a
socket of its own, and shows its model what came as another session's words. That is only tried: the program may hold or
refuse it. The other agents offer no way.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.hook.agent.event import Event
from gitcoord.hook.agent.memory import Memory, Turn
from gitcoord.interfaces.background import DETACHED
from gitcoord.kernel import coordfile, roster, spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from gitcoord.kernel.place import Place

    Tell = Callable[[str], None]

AGAIN = 10 * 60
"""Seconds for which a window that was woken, and has not begun a turn since, is not woken again."""

_OTHERS = ("CLAUDE", "CODEX_", "COPILOT_", "CURSOR_", "GEMINI_", "GIT_COORD_", "OPENCODE")
_KEPT = ("CODEX_HOME",)
_PATIENCE = 1.0
"""Seconds that a window of Claude Code gets to take the line: it is on this machine."""

_MOST_WINDOWS = 200
"""Windows of Claude Code that are looked at; each has a file, and one that crashed leaves it."""


class _Way(NamedTuple):
    """How an agent's program is told: what the hooks call the agent, and what finds a way to one conversation.

    That one is given the environment and the agent's own id of the conversation; None where there is no way now.
    """

    agent: str
    find: Callable[[Mapping[str, str], str], Tell | None]


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
            tell = way.find(place.environ, value)
            if tell is not None:
                memory.note(Turn.WORD, Turn.WOKEN)  # before it begins its turn, which takes that back
                tell(text)
                tried.append(entry.session)
    return tried


def _queue(environ: Mapping[str, str], thread: str) -> Tell | None:
    """Return what queues a message for a conversation of Codex. As of Codex 0.171."""
    import shutil  # only where there is a window to wake

    program = shutil.which("codex", path=environ.get("PATH", ""))
    if program is None or not program.startswith("/"):
        return None

    def tell(text: str) -> None:
        argv = [program, "queue", "--thread", thread, "--message", text, "--resume"]
        spawn.run(["/bin/sh", "-c", DETACHED, "sh", *argv], _environment(environ))

    return tell


def _inbox(environ: Mapping[str, str], window: str) -> Tell | None:
    """Return what writes to the socket of a window of Claude Code. As of Claude Code 2.1.332.

    It says nothing of who writes, and has no token: the window judges it as it judges any program of its user.
    """
    for path in _sockets(environ, window):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(_PATIENCE)
        try:
            link.connect(path)
        except OSError:  # a window that is gone leaves its file
            link.close()
            continue

        def tell(text: str, link: socket.socket = link) -> None:
            said = {"type": "user", "message": {"role": "user", "content": text}}
            with link, suppress(OSError):
                link.sendall(json.dumps(said).encode() + b"\n")

        return tell
    return None


def _sockets(environ: Mapping[str, str], window: str) -> Iterator[str]:
    """Yield the sockets of the windows that have this conversation open, as their own files name them."""
    home = environ.get("CLAUDE_CONFIG_DIR", "") or f"{environ.get('HOME', '')}/.claude"
    if not home.startswith("/"):
        return
    for path in sorted(Path(home, "sessions").glob("*.json"))[:_MOST_WINDOWS]:
        try:
            said = json.loads(path.read_bytes())
            named, its_socket = said["sessionId"], said["messagingSocketPath"]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if named == window and isinstance(its_socket, str) and its_socket.startswith("/"):
            yield its_socket


WAYS = {"CODEX_THREAD_ID": _Way("codex", _queue), "CLAUDE_CODE_SESSION_ID": _Way("claude-code", _inbox)}
"""By the variable that names a session of the agent."""


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what names the session of the agent that sends."""
    return {key: value for key, value in environ.items() if key in _KEPT or not key.startswith(_OTHERS)}
