"""The repository's configuration: what is in force, and changes to its own file that can be taken back."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.errors import GitFailed

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.git import Git
    from gitcoord.setup.installation.record import Change


class Value(NamedTuple):
    """A value in force and the scope that says it: system, global, local or worktree."""

    scope: str
    value: str


class Config:
    """One repository's configuration. Changes go to `<common git directory>/config` and nowhere else."""

    def __init__(self, git: Git, common_dir: Path) -> None:
        self.git = git
        self._path = common_dir / "config"
        self._file = ("config", "--file", str(self._path))

    def in_force(self, key: str, *, path: bool = False) -> list[Value]:
        """Every value of a key, the last one wins; `path` expands `~/` as git does.

        What is said on a command line (as our own git does about `core.hooksPath`) does not count.
        """
        kind = ["--type=path"] if path else []
        status, out, _ = self.git.ask("config", "--null", "--show-scope", *kind, "--get-all", key)
        words = os.fsdecode(out).split("\0") if status == 0 else []
        return [Value(*pair) for pair in zip(words[::2], words[1::2], strict=False) if pair[0] != "command"]

    def own(self, key: str) -> tuple[str, ...]:
        """The values in the repository's own file."""
        return self.in_file(self._path, key)

    def in_file(self, path: Path, key: str) -> tuple[str, ...]:
        """The values in another configuration file, a worktree's."""
        status, out, _ = self.git.ask("config", "--file", str(path), "--null", "--get-all", key)
        return tuple(os.fsdecode(out).split("\0")[:-1]) if status == 0 else ()

    def matching(self, pattern: str) -> dict[str, str]:
        """Keys in force, in any scope, that match a regular expression, each with its last value."""
        status, out, _ = self.git.ask("config", "--null", "--get-regexp", pattern)
        items = os.fsdecode(out).split("\0")[:-1] if status == 0 else []
        return {key: value for key, _, value in (item.partition("\n") for item in items)}

    def apply(self, change: Change) -> bool:
        """Make a change; nothing where it is made already. True where the file was changed."""
        own = self.own(change.key)
        if change.added:
            if change.value in own:
                return False
            self.git.run(*self._file, "--add", change.key, change.value)
        else:
            if own == (change.value,):
                return False
            self.git.run(*self._file, "--replace-all", change.key, change.value)
        return True

    def take_back(self, change: Change) -> str:
        """Undo a change. Returns what was left alone and why, empty where nothing was."""
        own = self.own(change.key)
        if change.added:
            if own.count(change.value) > 1:
                return f"{change.key} = {change.value} is there more than once: left as it is"
            if change.value in own:
                self.git.run(*self._file, "--fixed-value", "--unset", change.key, change.value)
        elif own == (change.value,):
            if len(change.before) == 1:
                self.git.run(*self._file, change.key, change.before[0])
            else:
                self.git.run(*self._file, "--unset-all", change.key)
                for value in change.before:
                    self.git.run(*self._file, "--add", change.key, value)
        elif own and own != change.before:
            return f"{change.key} was changed to {own[-1]} since: left as it is"
        return ""


def version(git: Git) -> tuple[int, int]:
    """Which git this is: (2, 55)."""
    said = git.text("version")
    found = re.search(r"(\d+)\.(\d+)", said)
    if not found:
        raise GitFailed(["version"], 0, f"unexpected answer: {said}")
    return int(found[1]), int(found[2])


def as_the_user(git: Git) -> list[str]:
    """The words that start git as the user would: with the hooks that our own git is told to leave alone."""
    words, rest = [git.prefix[0]], iter(git.prefix[1:])
    for word in rest:
        if word == "-c":
            next(rest)
        else:
            words.append(word)
    return words
