"""A command that only reads changes nothing of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

from gitcoord import dataclass
from gitcoord.domain.command import Argument
from gitcoord.interfaces import registry

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo

    from gitcoord.domain.command import Command

MAY = {
    "coord/chronicle": "an index of events, made from the logs: what is read first takes in what is new",
    "coord/news": "what a session is told once, and not again",
    "coord/news-lock": "the lock of that",
}
"""What may change all the same, and why."""

WORDS = {"state get": "x", "state history": "x", "match": "fix a.txt", "check": "a.txt"}
"""Arguments with which a command finds something; `NONE` is an id that nothing has."""

NONE = "0123456789abcdef"


def _files(top: Path) -> dict[str, tuple[int, int, int]]:
    """Every file below a directory, with what changes when it is written."""
    seen = {str(path.relative_to(top)): path.stat() for path in top.rglob("*") if path.is_file()}
    return {name: (stat.st_mtime_ns, stat.st_size, stat.st_ino) for name, stat in seen.items()}


def _words(command: Command) -> list[str]:
    """Return a command line that has what the command needs."""
    hints = get_type_hints(command.request, include_extras=True)
    needed = [
        field.name
        for field in dataclass.fields(command.request)
        if isinstance(get_args(hints[field.name])[1], Argument)
        and field.default is dataclass.MISSING
        and (field.default_factory is dataclass.MISSING or command.name in WORDS)
    ]
    return [*command.name.split(), *(WORDS.get(command.name, NONE) for _ in needed)]


def test_commands_that_only_read_write_nothing(repo: Repo) -> None:
    """Each is run beside claims, mail, tasks and shared state; every file of the repository stays as it was."""
    alice, bob = repo.start("alice"), repo.start("bob")
    for words in (("claim", "a.txt"), ("task", "add", "fix a.txt"), ("state", "set", "x", "k", "1")):
        repo.here(*words, session=alice, check=True)
    repo.here("send", "alice", "hello", session=bob, check=True)
    reading = [command for command in registry.commands().values() if command.does == "reads"]
    assert len(reading) > 15
    wrong, answered = [], 0
    for command in reading:
        before = _files(repo.top / ".git")
        answered += repo.here(*_words(command), session=alice).status == 0
        after = _files(repo.top / ".git")
        changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
        wrong += [f"{command.name}: {path}" for path in changed if not path.startswith(tuple(MAY))]
    assert not wrong
    assert answered > 15, "most of them find something"
