"""What cannot be typed, or not in this terminal, one class a case."""

from __future__ import annotations

from gitcoord.errors import CannotTell, Caught, Unreadable, Usage
from gitcoord.errors.remedy import Remedy, step, typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class NotPlain(Caught):
    """A command line that is not of the plain form: it is left to typer."""


class NoCommand(Usage):
    """There is no such command; `near` is the name of one like it, `of` the command that it is part of."""

    def __init__(self, name: str, near: str = "", of: str = "") -> None:
        hint = Remedy("see them all with: {}", step("help", of or "-a"))
        super().__init__(f"there is no command {name!r}", f"did you mean `{near}`?" if near else hint)


class StopIsTwo(Usage):
    """A word that could mean to end the own session, or to stop everybody."""

    def __init__(self) -> None:
        super().__init__("there is no command 'stop'", "did you mean `end`? to stop everybody: `halt`")


class BadLine(Usage):
    """A command line that the parser does not take, in its words; `command` is the one that was meant."""

    def __init__(self, said: str, command: str) -> None:
        super().__init__(said, Remedy("see: {}", f"help {command}".rstrip()))


class NoSchema(Usage):
    """A command whose answer has no schema, or none was named."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        said = f"there is no schema of {name!r}" if name else "--schema needs a command"
        super().__init__(said, f"there are: {', '.join(known)}")


class NotInCommit(Usage):
    """An option of git commit that ours does not take; `instead` says what to type."""

    def __init__(self, option: str, instead: str) -> None:
        super().__init__(f"{typed('commit')} takes no {option}", instead)


class SpelledOut(Usage):
    """A short option whose value nobody can tell from other short ones; `name` is the long one."""

    def __init__(self, letter: str, name: str) -> None:
        super().__init__(f"-{letter} must be spelled out here", f"{name} or {name}=VALUE")


class LiveForPeople(Usage):
    """The live board was asked for by a program."""

    def __init__(self) -> None:
        super().__init__("--watch is for people", Remedy("events as JSON lines: {}", "watch --json"))


class NoTerminal(Usage):
    """The live board was asked for where there is no terminal."""

    def __init__(self) -> None:
        hint = Remedy("events as JSON lines: {}", "watch --json")
        super().__init__("--watch needs a terminal on standard output", hint)


class QuotesInPath(Usage):
    """Gitcoord is installed where its own path cannot stand in a shell line, and why."""

    def __init__(self, why: object) -> None:
        super().__init__(f"{why}", "install gitcoord in a directory without quotes in its name")


class NoTemplates(Unreadable):
    """The package lacks its hooks."""

    def __init__(self) -> None:
        super().__init__("the hook templates of gitcoord are missing", "install gitcoord again")


class DemoFailed(CannotTell):
    """A command of the demo ended with another status than it should."""

    def __init__(self, argv: object, status: int, expected: int, said: str) -> None:
        super().__init__(f"the demo went wrong: {argv} ended with {status}, not {expected}: {said}")
