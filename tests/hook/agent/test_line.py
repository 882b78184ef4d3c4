"""The shell line in an agent's configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook.agent.line import AGENTS, shell_line

if TYPE_CHECKING:
    from gitcoord.hook.agent.line import Agent


@pytest.fixture
def python(tmp_path: Path) -> str:
    """A program in the interpreter's place that tells what it was called with, in a directory with odd characters."""
    program = tmp_path / 'a "b" $HOME `x`' / "python"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nshift 2\nprintf "%s\\n" "${1#*/gitcoord/}" "$2" "$3" "$4"\n')
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def coordinated(tmp_path: Path) -> Path:
    """Something that looks like a coordinated repository, with a linked worktree beside it."""
    top = tmp_path / "project one"
    (top / ".git" / "coord").mkdir(parents=True)
    (top / ".git" / "coord" / "clone").write_text("{}\n")
    (top / "sub" / "deep").mkdir(parents=True)
    linked = top / ".git" / "worktrees" / "linked"
    linked.mkdir(parents=True)
    (linked / "commondir").write_text("../..\n")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".git").write_text(f"gitdir: {linked}\n")
    return top


def consent(agent: str) -> str:
    """What an agent has to read where there is nothing to say: Cursor takes silence for a refusal."""
    return "{}\n" if agent == "cursor" else ""


def said(line: str, where: Path, **env: str) -> str:
    """What the line prints there; it must succeed and say nothing on standard error."""
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=where,
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def called(line: str, where: Path, **env: str) -> list[str]:
    """What the line calls the program with there."""
    return said(line, where, **env).splitlines()


@pytest.mark.parametrize("agent", AGENTS)
def test_the_program_is_called_with_the_common_directory(python: str, coordinated: Path, agent: Agent) -> None:
    """At the top, below it, and in a linked worktree the program learns the agent, the event, and the repository."""
    line = shell_line(agent, "PreToolUse", python=python, package="/p")
    expected = ["hook/agent/__main__.py", agent, "PreToolUse", f"{coordinated}/.git"]
    assert called(line, coordinated) == expected
    assert called(line, coordinated / "sub" / "deep") == expected
    expected[3] = f"{coordinated}/.git/worktrees/linked/../.."
    assert called(line, coordinated.parent / "linked") == expected


def test_the_project_directory_counts_where_the_shell_stands_elsewhere(
    python: str, coordinated: Path, tmp_path: Path
) -> None:
    """An agent that has gone to another directory still works on its project."""
    line = shell_line("claude-code", "PreToolUse", python=python, package="/p")
    assert called(line, tmp_path, CLAUDE_PROJECT_DIR=str(coordinated))[1:3] == ["claude-code", "PreToolUse"]
    assert called(line, tmp_path, CLAUDE_PROJECT_DIR="relative/path") == []
    of_cursor = shell_line("cursor", "preToolUse", python=python, package="/p")
    assert called(of_cursor, tmp_path, CURSOR_PROJECT_DIR=str(coordinated))[1:3] == ["cursor", "preToolUse"]


@pytest.mark.parametrize("agent", AGENTS)
def test_nothing_is_started_where_nothing_is_coordinated(
    python: str, coordinated: Path, tmp_path: Path, agent: Agent
) -> None:
    """Outside of a repository, and in one that nobody coordinates, the program is not started."""
    nothing = consent(agent)
    line = shell_line(agent, "PreToolUse", python=python, package="/p")
    assert said(line, tmp_path) == nothing
    (coordinated / "sub" / ".git").mkdir()
    assert said(line, coordinated / "sub" / "deep") == nothing


def test_where_nothing_is_coordinated_the_line_costs_a_shell_s_start(tmp_path: Path) -> None:
    """It ends within 5 ms of its shell's start, deep in a repository, too: of two in turns the fastest of each."""
    deep = tmp_path / "a/b/c/d/e/f"
    deep.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    line = shell_line("claude-code", "PreToolUse", python=sys.executable, package="/p")
    env = {"PATH": "/usr/bin:/bin", "CLAUDE_PROJECT_DIR": str(deep)}

    def seconds(text: str) -> float:
        start = time.perf_counter()
        pid = os.posix_spawn("/bin/sh", ["/bin/sh", "-c", f"cd {deep}; {text}"], env)
        assert os.waitpid(pid, 0)[1] == 0
        return time.perf_counter() - start

    bare, whole = zip(*((seconds(":"), seconds(line)) for _ in range(20)), strict=True)
    assert min(whole) - min(bare) < 0.005


@pytest.mark.parametrize("status", [1, 2, 127])
@pytest.mark.parametrize("agent", AGENTS)
def test_a_program_that_fails_is_not_noticed(python: str, coordinated: Path, agent: Agent, status: int) -> None:
    """A program that is gone or fails leaves what the agent takes for consent, and exit status 0."""
    nothing = consent(agent)
    line = shell_line(agent, "BeforeTool", python=python, package="/p")
    Path(python).write_text(f"#!/bin/sh\necho trouble >&2\nexit {status}\n")
    assert said(line, coordinated) == nothing
    gone = shell_line(agent, "BeforeTool", python="/nowhere/python", package="/p")
    assert said(gone, coordinated) == nothing
    by_name = shell_line(agent, "BeforeTool")
    assert said(by_name, coordinated) == nothing


def test_a_path_that_no_quoting_makes_safe_is_not_written() -> None:
    """A single quote or a line end in the interpreter's path would end the line's own quoting."""
    for path in ("/it's/python", "/a\nb/python"):
        with pytest.raises(ValueError, match="cannot stand"):
            shell_line("codex", "Stop", python=path, package="/p")
