"""The real programs in the ways in which they are run: sandboxed, in the background, resumed, with subagents."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import rig
from .test_real import AGENTS, NAMES, edit, read, rigged

if TYPE_CHECKING:
    from conftest import Repo

__all__ = ["rigged"]

STARTING = 20
"""Seconds in which a server is up: Codex and Copilot do not wait for it, and do not know its tools before."""

_SHELLS = {"claude": ("Bash", "command"), "codex": ("exec_command", "cmd"), "copilot": ("bash", "command")}
_SHELLS["opencode"] = _SHELLS["copilot"]
_CLAIMS = {
    "claude": "mcp__coord__claim",
    "codex": "claim",
    "copilot": "coord-claim",
    "gemini": "mcp_coord_claim",
    "opencode": "coord_claim",
}


def shell(agent: str, command: str) -> dict[str, Any]:
    """Return the step in which an agent types a command."""
    tool, field = _SHELLS.get(agent, ("run_shell_command", "command"))
    said = {field: command, "description": "x"} if agent != "codex" else {field: command}
    return {"tool": tool, "input": said}


def claim(agent: str, path: str) -> dict[str, Any]:
    """Return the step in which an agent claims a file by the server's tool."""
    step: dict[str, Any] = {"tool": _CLAIMS[agent], "input": {"scopes": [path], "why": "the title"}}
    return step | ({"namespace": "mcp__coord"} if agent == "codex" else {})


def edits(agent: str, repo: Repo) -> list[dict[str, Any]]:
    """Return the steps that edit a file that bob holds, and a free one."""
    return [
        *(*read(agent, repo, "src/a.py"), edit(agent, repo, "src/a.py", "x", "theirs")),
        *(*read(agent, repo, "src/b.py"), edit(agent, repo, "src/b.py", "x", "mine")),
    ]


def settings(repo: Repo, **said: Any) -> None:
    """Put something into the settings of Claude Code."""
    path = Path(repo.env["HOME"]) / ".claude/settings.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))


def trusted(repo: Repo) -> Path:
    """Let Claude Code start in the worktree without asking its person anything; returns HOME."""
    home = Path(repo.env["HOME"])
    said = json.loads((home / ".claude.json").read_text())
    said |= {"hasCompletedOnboarding": True, "customApiKeyResponses": {"approved": ["test"], "rejected": []}}
    said["projects"] = {str(repo.top): {"hasTrustDialogAccepted": True}}
    (home / ".claude.json").write_text(json.dumps(said))
    return home


def assert_guarded(repo: Repo, said: str) -> None:
    """Bob's file is as it was, the free one is edited and was claimed."""
    assert (repo.top / "src/a.py").read_text() == "x\n", said
    assert (repo.top / "src/b.py").read_text() == "mine\n", said
    assert "claim" in repo.here("log", "--path", "src/b.py").out, said


@pytest.mark.parametrize("agent", AGENTS)
def test_a_commit_of_what_another_holds_is_refused(agent: str, rigged: Repo) -> None:
    """However the file was changed: by a shell command no hook sees what it edits, and the guard of git does."""
    steps = [
        shell(agent, "echo theirs >src/a.py && git add src/a.py && git commit -m theirs"),
        shell(agent, "echo mine >src/b.py && git add src/b.py && git coord commit -m mine"),
    ]
    said = rig.run(rigged, agent, steps, tools="Bash")
    assert rigged.git("log", "-1", "--format=%s", "--name-only").split() == ["mine", "src/b.py"], said


@pytest.mark.parametrize("agent", NAMES)
def test_the_server_s_tools_claim(agent: str, rigged: Repo) -> None:
    """A claim by MCP is the window's own, and one of what bob holds is refused."""
    steps = [
        shell(agent, f"sleep {STARTING}"),
        claim(agent, "src/a.py"),
        claim(agent, "src/b.py"),
        shell(agent, "git coord claims --json >claims.json"),
    ]
    said = rig.run(rigged, agent, steps, tools="Bash,mcp__coord__claim")
    held = {item["scope"]: item["name"] for item in json.loads((rigged.top / "claims.json").read_text())["claims"]}
    assert held["src/a.py"] == "bob" and held["src/b.py"].startswith(agent), said


@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_in_its_sandbox(agent: str, rigged: Repo) -> None:
    """Hooks run outside of it: they refuse and claim as without one."""
    if agent == "claude" and not (shutil.which("bwrap") and shutil.which("socat")):
        pytest.skip("Claude Code's sandbox needs bubblewrap and socat")
    if rigged.top.is_relative_to("/dev"):
        pytest.skip("these sandboxes have a /dev of their own, in which nothing can be written: TMPDIR=/tmp")
    if agent == "claude":
        settings(rigged, sandbox={"enabled": True})
    said = rig.run(
        rigged,
        agent,
        [
            *edits(agent, rigged),
            shell(agent, "git coord whoami --json >who.json"),
            shell(agent, "tr '\\0' '\\n' </proc/1/cmdline | head -n 1 >first"),
        ],
        tools="Edit,Write,Bash",
        sandbox="workspace-write",
    )
    assert_guarded(rigged, said)
    # Not the kernel's name for it: that is codex, too, where Codex brings its own bubblewrap along.
    first = Path((rigged.top / "first").read_text().strip()).name
    assert first in ("bwrap", "codex-linux-sandbox"), said
    assert json.loads((rigged.top / "who.json").read_text())["name"].startswith(agent), said


_RESUMING = {"claude": "--continue", "codex": "resume --last", "copilot": "--continue", "gemini": "--resume latest"}
_RESUMING["opencode"] = "--continue"


@pytest.mark.parametrize("agent", NAMES)
def test_resumed(agent: str, rigged: Repo) -> None:
    """A conversation that goes on later has its session, and its hooks."""
    rigged.write("hello.txt", "hello\n")
    first = [*read(agent, rigged, "hello.txt"), edit(agent, rigged, "hello.txt", "hello", "first")]
    said = rig.run(rigged, agent, first)
    answered = [{"text": "done"}] if agent in ("claude", "codex", "copilot") else []
    said += rig.run(rigged, agent, [*first, *answered, *edits(agent, rigged)], more=_RESUMING[agent])
    assert (rigged.top / "hello.txt").read_text() == "first\n", said
    assert_guarded(rigged, said)


def test_claude_in_the_background(rigged: Repo) -> None:
    """Its process has another name there, and no terminal. It edits in this worktree only where settings say so."""
    home = trusted(rigged)
    allowed = json.loads((home / ".claude/settings.json").read_text())["permissions"]
    permissions = {**allowed, "allow": [*allowed["allow"], "Edit", "Write", "Bash"]}
    settings(rigged, permissions=permissions, worktree={"bgIsolation": "none"})
    command = Path(sys.executable).with_name("git-coord")
    steps = [*edits("claude", rigged), shell("claude", f"{command} whoami --json >who.json; touch over")]
    said = rig.run(rigged, "claude", steps, tools="Edit,Write,Bash", script=rig.BACKGROUND)
    assert_guarded(rigged, said)
    assert json.loads((rigged.top / "who.json").read_text())["name"].startswith("claude"), said


def test_claude_is_woken(rigged: Repo) -> None:
    """A window that waits for its person goes on when urgent mail comes, and reads it."""
    home = trusted(rigged)
    rigged.git("config", "coord.wake", "urgent")
    steps = [{"text": "done"}, shell("claude", "git coord inbox"), {"text": "read"}]
    said = rig.run(rigged, "claude", steps, script=rig.WOKEN)
    written = "".join(path.read_text() for path in (home / ".claude/projects").rglob("*.jsonl"))
    assert "git-coord: urgent mail from " in written, said
    assert "the build is broken" in written, said


def test_codex_is_woken(rigged: Repo) -> None:
    """What is queued for a conversation goes to the window in which it is open, whose turn is over."""
    if shutil.which("tmux") is None:
        pytest.skip("a window of Codex needs a terminal, for which tmux is wanted")
    with (Path(rigged.env["HOME"]) / ".codex/config.toml").open("a") as file:
        file.write(f'\n[projects."{rigged.top}"]\ntrust_level = "trusted"\n')
    rigged.git("config", "coord.wake", "urgent")
    steps = [{"text": "done"}, shell("codex", "git coord inbox >read"), {"text": "read"}]
    said = rig.run(rigged, "codex", steps, script=rig.WOKEN_CODEX)
    assert "git-coord: urgent mail from " in said, said
    assert "the build is broken" in (rigged.top / "read").read_text(), said


@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_a_subagent(agent: str, rigged: Repo) -> None:
    """It is a session of its own, a child of the window's, and refused what bob holds."""
    flag = rigged.top / "src/b.py.done"
    child = [*edits(agent, rigged), shell(agent, f"git coord whoami --json >child.json; touch {flag}")]
    given = {"description": "x", "prompt": "script:child", "subagent_type": "general-purpose"}
    spawn = {"tool": "Agent", "input": given}
    if agent == "codex":
        spawn = {"tool": "spawn_agent", "namespace": "multi_agent_v1", "input": {"message": "script:child"}}
    steps = [spawn, shell(agent, "git coord whoami --json >parent.json"), {"text": "done", "wait": str(flag)}]
    said = rig.run(rigged, agent, steps, child, tools="Edit,Write,Bash,Agent")
    assert_guarded(rigged, said)
    ids = [json.loads((rigged.top / f"{name}.json").read_text())["session"] for name in ("parent", "child")]
    assert ids[0] != ids[1], said
