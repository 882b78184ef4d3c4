"""A window from its beginning to its end, by the shell lines alone, below a process of the agent's name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from support.waiting import until

import gitcoord
from gitcoord.hook.agent.line import shell_line

if TYPE_CHECKING:
    from conftest import Repo

PACKAGE = str(Path(gitcoord.__file__).parent.parent)
PATIENCE = 60
"""Seconds for what a process does for which nobody waits."""


def test_a_window(repo: Repo, tmp_path: Path) -> None:
    """Its session begins and ends with it; what it edits is claimed behind its back."""
    agent = tmp_path / "claude"
    agent.symlink_to("/bin/bash")
    window = subprocess.Popen(
        [str(agent), "-c", 'while read -r line; do eval "$line"; echo .; done'],
        cwd=repo.top,
        env={**repo.env, "CLAUDE_ENV_FILE": str(tmp_path / "env")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def tell(name: str, **record: object) -> str:
        assert window.stdin is not None
        assert window.stdout is not None
        said = {"session_id": "w1", "cwd": str(repo.top), "hook_event_name": name, **record}
        (tmp_path / "said").write_text(json.dumps(said))
        (tmp_path / "line").write_text(shell_line("claude-code", name, python=sys.executable, package=PACKAGE))
        window.stdin.write(f"sh {tmp_path}/line <{tmp_path}/said\n")
        window.stdin.flush()
        answer = window.stdout.readline()
        return answer if answer == ".\n" else answer + window.stdout.readline()

    def claims() -> list[str]:
        return [item["session"] for item in repo.here("claims", "--json", check=True).json["claims"]]

    try:
        assert "additionalContext" in tell("SessionStart", source="startup")
        (seen,) = repo.here("sessions", "--json", check=True).json["sessions"]
        assert (seen["agent"], seen["pid"]) == ("claude", window.pid)
        assert (tmp_path / "env").read_text() == f"export GIT_COORD_SESSION={seen['id']}\n"
        given = {"file_path": str(repo.top / "src/a.py")}
        assert tell("PreToolUse", tool_name="Edit", tool_use_id="t1", tool_input=given) == ".\n"
        until(lambda: claims() == [seen["id"]])
        assert tell("SessionEnd", reason="other") == ".\n"
        until(lambda: repo.here("sessions", "--json", check=True).json["sessions"] == [])
        until(lambda: not list((repo.top / ".git/coord/agents").iterdir()))
    finally:
        window.kill()
        window.communicate()
