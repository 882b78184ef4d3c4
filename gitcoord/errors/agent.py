"""What keeps the configuration of an agent from being written, one class a case."""

from __future__ import annotations

from gitcoord.errors import Busy, Caught, Unreadable, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class NoAgentNamed(Usage):
    """Neither agents were named, nor all of them, or both."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__("name the agents, or all of them with --all", f"there are: {', '.join(known)}")


class NoHome(Usage):
    """The environment does not say where the user's home is."""

    def __init__(self) -> None:
        super().__init__("HOME does not name a directory", "set it to yours, then try again")


class KeepsWriting(Busy):
    """Another program writes a file all the time."""

    def __init__(self, path: object) -> None:
        super().__init__(f"another program keeps writing {path}", "close it, then try again")


class NotParsed(Caught):
    """A text that breaks the rules of its language in this line."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not valid")
        self.line = line


class Unfit(Caught):
    """Something else than an object or an array stands at the end of these keys."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.name = ".".join(keys) or "the whole"
        super().__init__(f"{self.name} is neither an object nor an array")


class Inline(Caught):
    """A name of a TOML file has its whole value in one place, so no table can be put below it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} cannot be added to")
        self.name = name


class _LeftAlone(Unreadable):
    """A file that is not what it should be, and was not touched."""

    def __init__(self, path: object, how: str, hint: str = "") -> None:
        super().__init__(f"{path} {how}: it was left alone", hint)


class NotOurs(_LeftAlone):
    """A file that stands where one of ours should be."""

    def __init__(self, path: object) -> None:
        super().__init__(path, "is not a file of git-coord", "move it away, then try again")


class LeadsNowhere(_LeftAlone):
    """A symbolic link without a file."""

    def __init__(self, path: object) -> None:
        super().__init__(path, "is a link that leads nowhere")


class NotADirectory(_LeftAlone):
    """Something else stands where a directory should be."""

    def __init__(self, path: object) -> None:
        super().__init__(path, "is not a directory")


class NotUtf8(_LeftAlone):
    """A file that is not text."""

    def __init__(self, path: object) -> None:
        super().__init__(path, "is not UTF-8 text", "save it as UTF-8, then try again")


class NotValid(_LeftAlone):
    """A file that breaks the rules of its language, in this line."""

    def __init__(self, path: object, language: str, line: int) -> None:
        super().__init__(path, f"is not valid {language} (line {line})", "mend that line, then try again")


class NotAsExpected(_LeftAlone):
    """A part of a file, by its name, that has another shape than the agent expects."""

    def __init__(self, path: object, name: str) -> None:
        super().__init__(f"in {path}, {name}", "is not what the agent expects there", "mend that, then try again")


class WrittenInline(_LeftAlone):
    """A TOML file that says under a name, in one place, all that stands there."""

    def __init__(self, path: object, name: str) -> None:
        how = f"says {name} = ..., to which no table can be added"
        super().__init__(path, how, f"write it as tables, [{name}.NAME] for each, then try again")
