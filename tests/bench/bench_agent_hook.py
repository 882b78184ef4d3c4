"""How long the hook before an agent's edit takes, against the commit guard: `python tests/bench/bench_agent_hook.py`.

Both are whole processes, measured in turns on the same repository with the same file, so that a busy machine is busy
for all; the ratios of medians count.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from bench_guard import PROGRAM, PYTHON, ROOT, Bench, measure

from gitcoord.hook.agent.line import shell_line

LINE = shell_line("claude-code", "PreToolUse", python=PYTHON, package=str(ROOT))
ENTRY = str(ROOT / "gitcoord" / "hook" / "agent" / "__main__.py")


class Window:
    """An agent's window in such a repository, in which `mine` is its session."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench = bench
        self.name = name
        self.count = 0
        self.env = {**bench.env, "GIT_COORD_SESSION": bench.me}

    def event(self, path: str) -> bytes:
        """An edit of a file, another call each time."""
        self.count += 1
        given = {"file_path": str(self.bench.top / path)}
        record = {"session_id": self.name, "cwd": str(self.bench.top), "tool_name": "Edit", "tool_input": given}
        return json.dumps({**record, "tool_use_id": f"t{self.count}"}).encode()

    def hook(self, path: str) -> str:
        """What the program answers about an edit."""
        argv = [PYTHON, "-I", "-S", ENTRY, "claude-code", "PreToolUse", str(self.bench.top / ".git")]
        ended = subprocess.run(
            argv, cwd=self.bench.top, env=self.env, input=self.event(path), stdout=subprocess.PIPE, check=True
        )
        return ended.stdout.decode()

    def shell(self, line: str = ":") -> None:
        """A shell that does nothing, or runs a line here; nothing but the two is measured."""
        pid = os.posix_spawn("/bin/sh", ["/bin/sh", "-c", line], self.env)
        os.waitpid(pid, 0)

    def line(self, where: Path) -> None:
        """The whole shell line, somewhere."""
        argv = ["/bin/sh", "-c", LINE]
        subprocess.run(argv, cwd=where, env=self.env, input=self.event("mine/x"), check=True, stdout=subprocess.DEVNULL)

    def allow(self) -> None:
        """An edit of a file that was edited before: it is let pass."""
        assert "deny" not in self.hook("mine/x")

    def claim(self) -> None:
        """An edit of a file that nobody claims: a process is started that claims it."""
        assert self.hook(f"free/f{self.count}") == ""

    def deny(self) -> None:
        """An edit of somebody else's file."""
        assert "deny" in self.hook("d0/e0/f1")


def guard(bench: Bench) -> None:
    """The guard before a commit of what is staged, which it lets pass or refuses."""
    argv = [PYTHON, "-I", "-S", PROGRAM, "pre-commit", str(bench.top / ".git")]
    subprocess.run(argv, cwd=bench.top, env=bench.env, check=False, stderr=subprocess.DEVNULL)


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(Path(home, "many"), 10_000)
        window = Window(bench, "w")
        for name, path, hook in (
            ("allow", "mine/x", window.allow),
            ("deny", "d0/e0/f1", window.deny),
            ("allow, and claim", "free/x", window.claim),
        ):
            bench.stage(path)
            took = measure({"guard": lambda: guard(bench), name: hook})
            print(f"{name:20}{took[name]:9.1f} ms, guard {took['guard']:9.1f} ms{took[name] / took['guard']:7.2f} x")
        empty = Path(home, "empty")
        empty.mkdir()
        os.chdir(empty)
        took = measure(
            {"sh": window.shell, "outside": lambda: window.shell(LINE), "inside": lambda: window.line(bench.top)}
        )
        print(f"{'shell line, outside':34}{took['outside'] - took['sh']:9.1f} ms beyond its shell's start")
        print(f"{'shell line, inside':34}{took['inside']:9.1f} ms")


if __name__ == "__main__":
    main()
