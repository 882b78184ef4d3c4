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
    """One repository's configuration. Changes go to files below the common git directory and nowhere else."""

    def __init__(self, git: Git, common_dir: Path) -> None:
        self.git = git
        self._common = common_dir
        self._read: dict[Path, tuple[tuple[int, int, int], dict[str, tuple[str, ...]]]] = {}

    def in_force(self, key: str, *, path: bool = False) -> list[Value]:
        """Every value of a key, the last one wins; `path` expands `~/` as git does.

        What the environment says does not count.
        """
        return [each for each in self._said(key, path) if each.scope != "command"]

    def from_environment(self, key: str) -> list[str]:
        """Every value of a key that the environment says (GIT_CONFIG_..., -c); it wins over every file."""
        return [each.value for each in self._said(key, path=False) if each.scope == "command"]

    def _said(self, key: str, path: bool) -> list[Value]:
        kind = ["--type=path"] if path else []
        status, out, _ = self.git.ask("config", "--null", "--show-scope", *kind, "--get-all", key)
        words = os.fsdecode(out).split("\0") if status == 0 else []
        return [Value(*pair) for pair in zip(words[::2], words[1::2], strict=False)]

    def own(self, key: str) -> tuple[str, ...]:
        """The values in the repository's own file."""
        return self.in_file("config", key)

    def in_file(self, file: str, key: str, *, included: bool = False) -> tuple[str, ...]:
        """The values in a file below the common git directory; `included`: with those of the files that it includes."""
        if not included:
            return self._values(self._common / (file or "config")).get(_normal(key), ())
        status, out, _ = self.git.ask(*self._file(file), "--includes", "--null", "--get-all", key)
        return tuple(os.fsdecode(out).split("\0")[:-1]) if status == 0 else ()

    def _values(self, path: Path) -> dict[str, tuple[str, ...]]:
        """All keys of a file with their values: git reads it once for all, and anew where it has changed."""
        try:
            found = path.stat()
        except OSError:
            return {}
        seen = (found.st_ino, found.st_size, found.st_mtime_ns)
        before, values = self._read.get(path, ((), {}))
        if before != seen:
            status, out, _ = self.git.ask("config", "--file", str(path), "--null", "--list")
            values = {}
            for item in os.fsdecode(out).split("\0")[:-1] if status == 0 else []:
                key, _, value = item.partition("\n")
                values[key] = (*values.get(key, ()), value)
            self._read[path] = seen, values
        return values

    def matching(self, pattern: str) -> dict[str, str]:
        """Keys in force, in any scope, that match a regular expression, each with its last value."""
        status, out, _ = self.git.ask("config", "--null", "--get-regexp", pattern)
        items = os.fsdecode(out).split("\0")[:-1] if status == 0 else []
        return {key: value for key, _, value in (item.partition("\n") for item in items)}

    def apply(self, change: Change) -> bool:
        """Make a change; nothing where it is made already. True where the file was changed."""
        file = self._file(change.file)
        own = self.in_file(change.file, change.key)
        if change.added:
            if change.value in own:
                return False
            self.git.run(*file, "--add", change.key, change.value)
        else:
            if own == (change.value,):
                return False
            self.git.run(*file, "--replace-all", change.key, change.value)
        return True

    def say_last(self, change: Change) -> None:
        """Let a change stand at the end of its file, behind what the file includes.

        Git puts a key into the last section of its name, but a new section at the end: so it gets one, under a name
        of ours, that is then given its own name.
        """
        file = self._file(change.file)
        section, _, name = change.key.partition(".")
        self.git.run(*file, "--unset-all", change.key)
        self.git.run(*file, f"coordlast.{name}", change.value)
        self.git.run(*file, "--rename-section", "coordlast", section)

    def take_back(self, change: Change) -> str:
        """Undo a change. Returns what was left alone and why, empty where nothing was."""
        file = self._file(change.file)
        own = self.in_file(change.file, change.key)
        if change.added:
            if own.count(change.value) > 1:
                return f"{change.key} = {change.value} is there more than once: left as it is"
            if change.value in own:
                self.git.run(*file, "--fixed-value", "--unset", change.key, change.value)
        elif own == (change.value,):
            if len(change.before) == 1:
                self.git.run(*file, change.key, change.before[0])
            else:
                self.git.run(*file, "--unset-all", change.key)
                for value in change.before:
                    self.git.run(*file, "--add", change.key, value)
        elif own and own != change.before:
            return f"{change.key} was changed to {own[-1]} since: left as it is"
        return ""

    def _file(self, file: str) -> tuple[str, ...]:
        return ("config", "--file", str(self._common / (file or "config")))


def _normal(key: str) -> str:
    """Return a key as git lists it: in lower case, except the part between the first and the last dot."""
    section, *middle = key.split(".")
    name = middle.pop().lower() if middle else ""
    return ".".join((section.lower(), *middle, name))


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
