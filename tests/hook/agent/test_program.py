"""The program that the shell line starts: what it loads, and how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook.agent import main
from gitcoord.hook.agent.line import shell_line

from ..conftest import PROGRAM
from ..test_light import HEAVY

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import World

PACKAGE = str(PROGRAM.parents[2])
ENTRY = PROGRAM.parent / "agent" / "__main__.py"


def event(world: World, path: str = "src/b.py", **more: object) -> str:
    """An edit of a file, as Claude Code tells of it."""
    given = {"file_path": str(world.top / path)}
    record = {"session_id": "w1", "cwd": str(world.top), "tool_name": "Edit", "tool_use_id": "t1", "tool_input": given}
    return json.dumps({**record, **more})


def answered(world: World, line: str, stdin: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a shell line."""
    ended = subprocess.run(
        ["/bin/sh", "-c", line], cwd=world.top, env=world.env, input=stdin, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("path", ["src/a.py", "src/b.py"])
def test_what_an_edit_loads(world: World, bob: str, path: str) -> None:
    """Whether it is refused or let pass, the hook before an edit loads nothing heavy."""
    world.git("config", "coord.autoClaim", "false")
    code = (
        "import os, sys\n"
        "def end(status):\n"
        "    print(*sys.modules); sys.stdout.flush(); kill(status)\n"
        "kill, os._exit = os._exit, end\n"
        f"sys.argv = [{str(ENTRY)!r}, 'claude-code', 'PreToolUse', {str(world.top / '.git')!r}]\n"
        f"__file__ = {str(ENTRY)!r}\n"
        "exec(compile(open(__file__).read(), __file__, 'exec'))\n"
    )
    argv = [sys.executable, "-I", "-S", "-c", code]
    ended = subprocess.run(
        argv, cwd=world.top, env=world.env, input=event(world, path), capture_output=True, text=True, check=True
    )
    modules = set(ended.stdout.split("\n")[-2].split())
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert ("deny" in ended.stdout) == (path == "src/a.py")


@pytest.mark.parametrize("stdin", ["", "nonsense", "[]", '{"tool_input": "', "{}", "\x00" * 5000])
def test_nonsense_is_answered_by_silence(world: World, stdin: str) -> None:
    """Whatever stands on standard input, the exit status is 0 and nothing is printed."""
    line = shell_line("claude-code", "PreToolUse", python=sys.executable, package=PACKAGE)
    assert answered(world, line, stdin) == (0, "", "")


def test_a_refusal_through_the_whole_line(world: World, bob: str) -> None:
    """The shell line prints the answer and nothing else, and exits with 0."""
    line = shell_line("claude-code", "PreToolUse", python=sys.executable, package=PACKAGE)
    status, out, err = answered(world, line, event(world, "src/a.py"))
    assert (status, err) == (0, "")
    assert json.loads(out)["hookSpecificOutput"]["permissionDecision"] == "deny"


def test_a_program_that_crashes_or_hangs_is_not_noticed(world: World, bob: str, tmp_path: Path) -> None:
    """An exception, a broken installation, and an alarm that ends it: silence, and exit status 0."""
    inner = tmp_path / "gitcoord/hook/agent"
    inner.mkdir(parents=True)
    program = inner / "__main__.py"
    line = shell_line("gemini", "BeforeTool", python=sys.executable, package=str(tmp_path))
    for text in ("raise SystemError", "import nothing_of_this_name", "import os; os.kill(os.getpid(), 14)"):
        program.write_text(text)
        assert answered(world, line, event(world, "src/a.py")) == (0, "", "")
    cursor = shell_line("cursor", "preToolUse", python=sys.executable, package=str(tmp_path))
    assert answered(world, cursor, event(world, "src/a.py")) == (0, "{}\n", "")


def test_a_hook_that_waits_for_ever_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard input never ends the kernel ends the hook after a few seconds."""
    assert main.PATIENCE <= 5
    source = ENTRY.read_text().replace(
        "from gitcoord.hook.agent.main import main",
        "import gitcoord.hook.agent.main as m; m.PATIENCE = 1; main = m.main",
    )
    code = f"__file__ = {str(ENTRY)!r}\n{source}"
    reader, writer = os.pipe()
    try:
        argv = [sys.executable, "-I", "-S", "-c", code, "claude-code", "PreToolUse"]
        ended = subprocess.run(
            argv, cwd=world.top, env=world.env, stdin=reader, capture_output=True, timeout=30, check=False
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert (ended.returncode, ended.stdout) == (-14, b"")


def test_the_command_of_the_same_name(world: World, bob: str) -> None:
    """`git coord agent hook` answers as the shell line does, and finds the repository itself."""
    argv = ["git-coord", "agent", "hook", "claude-code", "PreToolUse"]
    ended = subprocess.run(
        argv,
        cwd=world.top / "src",
        env=world.env,
        input=event(world, "src/a.py"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "src/a.py is claimed by" in ended.stdout
