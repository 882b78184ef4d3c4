"""Actions of agents' hooks, run in this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.interfaces import background
from gitcoord.interfaces.agents import main

if TYPE_CHECKING:
    from conftest import Repo

    from gitcoord.hook.agent.answer import Answer

NAMES = {
    "start": "SessionStart",
    "prompt": "UserPromptSubmit",
    "guard": "PreToolUse",
    "claim": "PreToolUse",
    "work": "PostToolUse",
    "keep": "PreToolUse",
    "wait": "Notification",
    "stop": "Stop",
    "end": "SessionEnd",
    "child": "SubagentStart",
    "end-child": "SubagentStop",
}


class Actions:
    """What hooks leave to the whole program; the window's process is the test's own."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo

    def do(
        self,
        action: str,
        me: str = "",
        *paths: str,
        window: str = "w1",
        child: str = "",
        again: bool = False,
        pid: int = 0,
        agent: str = "claude-code",
        transcript: str = "",
        **env: str,
    ) -> Answer:
        """Do an action for an event of an agent, whose hook found the session `me`."""
        said: dict[str, Any] = {
            "agent": agent,
            "program": agent,
            "name": NAMES[action],
            "session": window,
            "child": child,
            "reason": "",
            "transcript": transcript,
            "again": again,
            "common": str(self.repo.top / ".git"),
            "paths": list(paths),
            "pid": pid or os.getpid(),
        }
        known = {"GIT_COORD_SESSION": me} if me else {}
        return main.run(action, said, {**self.repo.env, **known, **env})

    def open(self, window: str = "w1", **more: Any) -> str:
        """Open a window; returns the id of its session."""
        return self.do("start", window=window, **more).env["GIT_COORD_SESSION"]

    def claims(self, session: str) -> list[str]:
        """What a session claims."""
        found = self.repo.here("claims", "--json", check=True).json["claims"]
        return sorted(item["scope"] for item in found if item["session"] == session)

    def living(self) -> list[str]:
        """The ids of the sessions that live."""
        return [item["id"] for item in self.repo.here("sessions", "--json", check=True).json["sessions"]]


@pytest.fixture
def actions(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Actions:
    """The actions in a repository that is set up."""
    monkeypatch.chdir(repo.top)
    monkeypatch.setattr(background, "start", lambda *_: None)
    return Actions(repo)
