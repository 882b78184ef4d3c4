"""The real programs, with what `agent install` gives them: only where GITCOORD_AGENTS names them."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import rig

if TYPE_CHECKING:
    from conftest import Repo

NAMES = {
    "claude": "claude-code",
    "codex": "codex",
    "copilot": "copilot",
    "gemini": "gemini",
    "opencode": "opencode",
}
"""What `agent install` calls each program."""

AGENTS = [pytest.param(name, marks=pytest.mark.brief) if name in ("claude", "codex") else name for name in NAMES]
"""Each program; the first two are tried in CI, too, where npm reaches them."""


def edit(agent: str, repo: Repo, path: str, old: str, new: str) -> dict[str, Any]:
    """Return the step in which an agent changes a file."""
    full = str(repo.top / path)
    if agent == "codex":
        patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n"
        return {"tool": "apply_patch", "custom": patch}
    if agent == "copilot":
        return {"tool": "edit", "input": {"path": full, "old_str": old, "new_str": new}}
    if agent == "opencode":
        return {"tool": "edit", "input": {"filePath": full, "oldString": old, "newString": new}}
    if agent == "gemini":
        return {
            "tool": "replace",
            "input": {"file_path": full, "old_string": old, "new_string": new, "instruction": "x"},
        }
    return {"tool": "Edit", "input": {"file_path": full, "old_string": old, "new_string": new}}


def read(agent: str, repo: Repo, path: str) -> list[dict[str, Any]]:
    """Return the steps before an edit: Claude Code and OpenCode edit only what they have read."""
    full = str(repo.top / path)
    tools = {
        "claude": {"tool": "Read", "input": {"file_path": full}},
        "opencode": {"tool": "read", "input": {"filePath": full}},
    }
    return [tools[agent]] if agent in tools else []


@pytest.fixture
def rigged(repo: Repo) -> Repo:
    """A repository that is set up, in which bob holds a file, and agents have their hooks."""
    rig.programs()
    rig.settle(repo)
    repo.here("agent", "install", *NAMES.values(), check=True)
    bob = repo.start("bob")
    repo.here("claim", "src/a.py", "-m", "mine", session=bob, check=True)
    return repo


@pytest.mark.parametrize("agent", AGENTS)
def test_an_edit_of_what_another_holds_is_refused_and_a_free_one_claimed(agent: str, rigged: Repo) -> None:
    """Nobody told the agent to coordinate: its program did."""
    steps = [
        *read(agent, rigged, "src/a.py"),
        edit(agent, rigged, "src/a.py", "x", "theirs"),
        *read(agent, rigged, "src/b.py"),
        edit(agent, rigged, "src/b.py", "x", "mine"),
    ]
    said = rig.run(rigged, agent, steps)
    assert (rigged.top / "src/a.py").read_text() == "x\n", said
    assert (rigged.top / "src/b.py").read_text() == "mine\n", said
    happened = rigged.here("log", "--path", "src/b.py").out
    assert "claim" in happened, happened


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_whose_hooks_lost_their_program_goes_on(agent: str, rigged: Repo) -> None:
    """It edits what it likes; the guard of the commit stands all the same."""
    for path in (p for base in (".claude", ".codex", ".copilot", ".gemini", ".config") for p in _files(rigged, base)):
        text = path.read_text()
        if "gitcoord/hook/agent" in text:
            path.write_text(text.replace("gitcoord/hook/agent", "gone/hook/agent"))
    steps = [*read(agent, rigged, "src/b.py"), edit(agent, rigged, "src/b.py", "x", "mine")]
    said = rig.run(rigged, agent, steps)
    assert (rigged.top / "src/b.py").read_text() == "mine\n", said


@pytest.mark.parametrize("worktrees", [1, 2])
@pytest.mark.parametrize(("first", "second"), [("claude", "codex"), ("codex", "claude")])
def test_of_two_agents_at_work_the_second_is_refused(first: str, second: str, worktrees: int, rigged: Repo) -> None:
    """What the first one edits is its own while its window is open, in whichever worktree the second one works."""
    flag = rigged.top.parent / "enough"
    there = rigged if worktrees == 1 else rigged.worktree("second")
    steps = [*read(first, rigged, "src/b.py"), edit(first, rigged, "src/b.py", "x", "first")]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(rig.run, rigged, first, [*steps, {"text": "done", "wait": str(flag)}])
        try:
            while (rigged.top / "src/b.py").read_text() != "first\n" and not waiting.done():
                time.sleep(0.1)
            before = (there.top / "src/b.py").read_text()
            said = rig.run(
                there,
                second,
                [*read(second, there, "src/b.py"), edit(second, there, "src/b.py", before.strip(), "second")],
            )
        finally:
            flag.touch()
        assert (rigged.top / "src/b.py").read_text() == "first\n", waiting.result()
    assert (there.top / "src/b.py").read_text() == before, said


def test_claude_runs_what_is_allowed_and_asks_about_the_rest(rigged: Repo) -> None:
    """Without a person to ask, what is asked about is not run: a halt, and a claim by force."""
    lines = [
        "git coord claim src/b.py -m 'the title'",
        "git coord status",
        "git coord halt -m 'all stop'",
        "git coord claim src/a.py --override -m 'I want it'",
    ]
    said = rig.run(rigged, "claude", [{"tool": "Bash", "input": {"command": line}} for line in lines])
    held = {one["scope"]: one["name"] for one in rigged.here("claims", "--json").json["claims"]}
    assert held["src/a.py"] == "bob" and held["src/b.py"].startswith("claude"), said
    assert rigged.here("halt", "--status", "--json").json["halts"] == []


@pytest.mark.parametrize("agent", ["claude", "codex", "copilot", "gemini"])
def test_a_plugin_does_the_same(agent: str, repo: Repo) -> None:
    """Its hooks say for which agent they are, and are no other's."""
    rig.programs()
    rig.settle(repo)
    repo.here("agent", "plugin", str(repo.top.parent / "plug"), check=True)
    rig.load_plugin(repo, agent, repo.top.parent / "plug")
    bob = repo.start("bob")
    repo.here("claim", "src/a.py", "-m", "mine", session=bob, check=True)
    steps = [*read(agent, repo, "src/a.py"), edit(agent, repo, "src/a.py", "x", "theirs")]
    said = rig.run(repo, agent, steps)
    assert (repo.top / "src/a.py").read_text() == "x\n", said


def _files(repo: Repo, base: str) -> list[Path]:
    return [path for path in (Path(repo.env["HOME"]) / base).rglob("*.js*") if path.is_file()]
