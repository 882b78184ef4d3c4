"""How long the MCP server takes, against what it cannot do without: `python tests/bench/bench_mcp.py`.

Its first answer, from its start, against the import of the SDK in a process of its own; a claim through a running
server against the same call made in this process. Everything is measured in turns; the ratios of medians count.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench_guard import PYTHON, ROOT, Bench, measure

from gitcoord.interfaces import background
from gitcoord.interfaces.mcp.asking import Asker
from gitcoord.interfaces.stopping import Stop

IMPORT = "import mcp.server.lowlevel, mcp.server.stdio, mcp_types"
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "0"},
}


class Server:
    """A server, spoken to line by line."""

    def __init__(self, bench: Bench) -> None:
        argv = [PYTHON, "-m", "gitcoord", "mcp"]
        env = {**bench.env, "PYTHONPATH": str(ROOT), "GIT_COORD_SESSION": bench.me}
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(argv, cwd=bench.top, env=env, **pipes)
        self._count = 0
        self.ask("initialize", HELLO)

    def ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Ask, and return the message that answers."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._count += 1
        message = {"jsonrpc": "2.0", "id": self._count, "method": method, "params": parameters}
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def claim(self) -> None:
        """Claim one more name."""
        arguments = {"scopes": [f"slot:s{self._count}"]}
        answer = self.ask("tools/call", {"name": "claim", "arguments": arguments})
        assert answer["result"]["structuredContent"]["result"] == "won", answer

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Here:
    """The same call, in this process."""

    def __init__(self, bench: Bench) -> None:
        self._asker = Asker({**bench.env, "PATH": os.environ["PATH"]}, str(bench.top), bench.me)
        self._count = 0

    def claim(self) -> None:
        """Claim one more name."""
        self._count += 1
        stop = Stop()
        said = self._asker.ask("claim", {"scopes": [f"slot:h{self._count}"]}, {}, stop)
        stop.close()
        assert not said.failed, said


def load(bench: Bench) -> None:
    """Load the SDK, and nothing else."""
    subprocess.run([PYTHON, "-c", IMPORT], env=bench.env, check=True)


def first(bench: Bench) -> None:
    """Start a server, and hear its first answer."""
    Server(bench).end()


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(Path(home, "some"), 200)
        took = measure({"import": lambda: load(bench), "first": lambda: first(bench)})
        ratio = took["first"] / took["import"]
        print(f"first answer {took['first']:9.1f} ms, the SDK's import {took['import']:9.1f} ms{ratio:7.2f} x")
        background.start = lambda *_: None
        server, here = Server(bench), Here(bench)
        took = measure({"here": here.claim, "server": server.claim})
        ratio = took["server"] / took["here"]
        print(f"claim {took['server']:9.1f} ms, in this process {took['here']:9.1f} ms{ratio:7.2f} x")
        server.end()


if __name__ == "__main__":
    main()
