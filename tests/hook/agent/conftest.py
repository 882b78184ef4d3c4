"""The hooks of agents, run in this process in a repository with a ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.hook.agent import heavy, main

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.hook.agent.event import Event

    from ..conftest import World

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> dict[str, dict[str, Any]]:
    """What an agent was seen to tell its hooks, by event; Cursor's is made from its documents."""
    found: dict[str, dict[str, Any]] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


class Started(Exception):
    """The hook would have become another program."""


class Hooks:
    """Answers events; notes which other programs the hooks start, or would become."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.started: list[tuple[str, list[str], str]] = []
        self.timers: list[int] = []

    def become(self, action: str, *said: Any, paths: Sequence[str] = (), **_: Any) -> None:
        """Note it, and end the hook."""
        self._note(action, *said, paths=paths)
        raise Started

    def detach(self, action: str, *said: Any, paths: Sequence[str] = (), after: int = 0, **_: Any) -> None:
        """Note it; of a timer, its seconds."""
        if after:
            self.timers.append(after)
        else:
            self._note(action, *said, paths=paths)

    def _note(self, action: str, _: Event, __: str, environ: dict[str, str], *, paths: Sequence[str]) -> None:
        self.started.append((action, list(paths), environ.get("GIT_COORD_SESSION", "")))

    def say(self, agent: str, name: str, record: dict[str, Any], me: str = "") -> str:
        """Return what the agent is answered about an event, as it is written; '' too where another program answers."""
        env = {**self.world.env, **({"GIT_COORD_SESSION": me} if me else {})}
        here = json.dumps(record).replace("/home/dev/project", str(self.world.top))
        argv = [agent, name, str(self.world.top / ".git")]
        try:
            return main.run(argv, env, here.encode())
        except Started:
            return ""

    def claude(self, name: str, me: str = "", *, window: str = "w1", **record: Any) -> dict[str, Any]:
        """Return the answer to an event of Claude Code, an empty one for silence."""
        said = {"session_id": window, "cwd": str(self.world.top), "hook_event_name": name, **record}
        answer: dict[str, Any] = json.loads(self.say("claude-code", name, said, me) or "{}")
        inner: dict[str, Any] = answer.get("hookSpecificOutput", answer)
        return inner

    def edit(self, path: str, me: str = "", *, window: str = "w1", use: str = "t1") -> dict[str, Any]:
        """Return the answer to the event before an edit of a file."""
        given = {"file_path": str(self.world.top / path)}
        return self.claude("PreToolUse", me, window=window, tool_name="Edit", tool_use_id=use, tool_input=given)

    def shell(self, command: str, me: str = "", *, name: str = "PreToolUse", **record: Any) -> dict[str, Any]:
        """Return the answer to the event before, or after, a shell command."""
        return self.claude(name, me, tool_name="Bash", tool_use_id="t9", tool_input={"command": command}, **record)


@pytest.fixture
def ann(world: World) -> str:
    """The session of the window."""
    session = world.session("ann")
    world.at(session, 0, kind="none")
    return session


@pytest.fixture
def hooks(world: World, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    """The hooks in that repository; the program they would become is only noted."""
    made = Hooks(world)
    monkeypatch.setattr(heavy, "become", made.become)
    monkeypatch.setattr(heavy, "detach", made.detach)
    monkeypatch.chdir(world.top)
    return made
