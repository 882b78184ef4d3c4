"""A tutorial is played in real terminals, from top to bottom, and what it shows is compared with what is said.

A block marked `sh` is typed in a terminal of its own. In one marked `console` a line `NAME$ COMMAND` is typed in NAME's
terminal, which is opened in the directory NAME, and the lines below it are what the command says, up to ids, times and
accounts. `<!-- NAME waits -->` above a block: its last command is not waited for; `<!-- NAME goes on -->`: the block is
what that command said after all. `kill -9 $$` ends a terminal; the next command of that name opens a new one.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .terminal import PATIENCE, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = re.compile(r"(?m)^(?:<!-- (\w+) (waits|goes on) -->\n)?```(sh|console)\n((?:.*\n)*?)```$")
PROMPT = re.compile(r"(?m)^(\w+)\$ (.*)\n((?:(?!\w+\$ ).*\n)*)")
ID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8,40}(?![0-9a-z])")
CRASH = "kill -9 $$"


@dataclass
class Stage:
    """The directory in which the tutorial is played, and its terminals. `ids`: what is written, and what it is here."""

    top: Path
    env: dict[str, str]
    terminals: dict[str, Terminal] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    opened: int = 0

    def terminal(self, name: str) -> Terminal:
        """The terminal of this name, opened where there is none."""
        if name not in self.terminals:
            self.opened += 1
            directory = self.top / "work" / name
            self.terminals[name] = Terminal(directory, self.env, self.top / f"terminal-{self.opened}")
        return self.terminals[name]

    def here(self, text: str) -> str:
        """A text with the ids that are written in it as they are here."""
        return ID.sub(lambda found: self._known(found[0]), text)

    def _known(self, written: str) -> str:
        return next((new for old, new in self.ids.items() if written in (old, old[: len(written)])), written)

    def learn(self, written: str, said: str) -> None:
        """Note which id of this run stands for which one that is written: they stand in the same places."""
        for old, new in zip(ID.findall(written), ID.findall(said), strict=False):
            self.ids.setdefault(old, new)

    def type(self, name: str, command: str) -> str:
        """Type a command, wait for its end; returns what it said."""
        if command == CRASH:
            self.terminal(name).die()
            self.terminals.pop(name).close()
            return ""
        return self.terminal(name).run(self.here(command))[1]

    def begin(self, name: str, command: str, first: str) -> str:
        """Type a command that waits, and let it say as many lines as there are in `first`; returns them."""
        self.terminal(name).begin(self.here(command))
        deadline = time.monotonic() + PATIENCE
        while (said := self.terminal(name).so_far()).count("\n") < first.count("\n"):
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
        return said


@contextlib.contextmanager
def stage(top: Path, env: dict[str, str]) -> Iterator[Stage]:
    """An empty directory to play in, `top/work`; all terminals are closed in the end."""
    (top / "work").mkdir()
    found = Stage(top, env)
    try:
        yield found
    finally:
        for terminal in found.terminals.values():
            terminal.close()


def play(text: str, scene: Stage) -> Iterator[tuple[str, str, str]]:
    """Play a tutorial: for each command where it is typed, and what is written and what is said below it."""
    waiting: dict[str, str] = {}
    for name, does, language, content in BLOCK.findall(text):
        if language == "sh":
            status, said = scene.terminal(".").run(f"set -e\n{content}set +e")
            assert status == 0, content + said
            continue
        if does == "goes on":
            said = scene.terminal(name).end()[1].removeprefix(waiting.pop(name))
            scene.learn(content, said)
            yield f"{name} goes on", content, said
            continue
        parts = PROMPT.findall(content)
        for at, (who, command, written) in enumerate(parts):
            if does == "waits" and at == len(parts) - 1:
                said = waiting[who] = scene.begin(who, command, written)
            else:
                said = scene.type(who, command)
            scene.learn(written, said)
            yield f"{who}$ {command}", written, said
    assert not waiting


def general(text: str) -> str:
    """A text without what differs from day to day and from machine to machine."""
    text = re.sub(r"\(\S+@[\w.-]+,", "(WHO,", text)
    text = re.sub(r"\b\d\d:\d\d\b", "TIME", text)
    text = re.sub(r"\b\d+ (s|min|h|d)\b( \d+ (s|min|h)\b)?", "SPAN", text)
    text = re.sub(r"^\S+: start the ledger", "WHO: start the ledger", text, flags=re.M)
    text = re.sub(r"sent \d+ refs?, dropped \d+", "sent REFS", text)
    text = re.sub(r" {2,}", "  ", text)
    if text.startswith("SESSION "):  # in the order in which they were seen, by whole seconds
        text = "".join(sorted(text.splitlines(keepends=True)))
    return text
