"""Requests over HTTP that are turned away, or make no sense, one class a case.

`http` is the status of the response, where it is not the one that the kind of error has (`interfaces/http/asking.py`).
"""

from __future__ import annotations

from gitcoord.errors import Busy, CannotTell, Caught, CoordError, Forbidden, NotFound, Usage
from gitcoord.errors.remedy import Remedy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class CommandRefused(Caught):
    """A command that a request of the orchestration API asks was refused; `said` is what it answered."""

    def __init__(self, said: Any) -> None:
        super().__init__()
        self.said = said


class WrongBody(Usage):
    """A body that cannot be read, and `why`: a sentence about the body without its subject."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the body {why}", 'a body is a JSON object, such as {"scopes": ["src"]}')


class NotJson(Usage):
    """A request of another type of content."""

    http = 415

    def __init__(self) -> None:
        super().__init__("a request is JSON", "Content-Type: application/json")


class NotWithGet(Usage):
    """Fields that only POST takes."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"{', '.join(names)} cannot be said with GET", "ask with POST")


class NotServed(Usage):
    """A method that a path does not have; `others` are those that it has, with commas between them."""

    def __init__(self, method: str, others: str) -> None:
        super().__init__(f"this path is not asked with {method}", f"ask with {others}")


class NotAsked(Usage):
    """A command that does not take fields as they are: `wrong` says which, `known` are those that it has."""

    def __init__(self, command: str, wrong: Iterable[str], known: Iterable[str]) -> None:
        hint = f"it has {', '.join(known) or 'no fields'}"
        super().__init__(f"{command} cannot be asked so: {'; '.join(wrong)}", hint)


class ForPeople(Usage):
    """Fields that only a person may use, at a terminal."""

    def __init__(self, names: Iterable[str], command: str) -> None:
        super().__init__(f"{', '.join(names)} is for people", Remedy("a person can type it: {}", command))


class NotDone(Usage):
    """A tool that does not do this; `known` is what it does."""

    def __init__(self, tool: str, name: object, known: Iterable[str]) -> None:
        super().__init__(f"{tool} cannot do {name!r}", f"do is one of: {', '.join(known)}")


class NothingChosen(Usage):
    """A tool of several commands that was called without saying which; `known` is what it does."""

    def __init__(self, tool: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{tool} needs do, which says what to do; nothing was done", f"do is one of: {', '.join(known)}"
        )


class NamedTwice(Usage):
    """A repository that was named already."""

    def __init__(self, name: object) -> None:
        super().__init__(f"{name} is a repository that was named already")


class BodyTooLong(Usage):
    """A body of more than `most` bytes."""

    http = 413

    def __init__(self, most: int) -> None:
        super().__init__(f"a request has at most {most} bytes")


class CannotServe(Usage):
    """An address at which nothing can be served, and `why`; `option` is the one that chooses another."""

    def __init__(self, where: str, why: object, option: str) -> None:
        super().__init__(f"cannot serve at {where}: {why}", f"choose another: {option}")


class ForeignPage(Forbidden):
    """A page of another origin asks."""

    http = 403

    def __init__(self) -> None:
        super().__init__("pages of another origin may not ask this server")


class NoOrigin(Forbidden):
    """A browser that does not say from where it writes or connects."""

    http = 403

    def __init__(self) -> None:
        super().__init__("a browser has to say from where it writes or connects: there is no Origin")


_TOKEN = "it is in the file serve/token of the repository's coord directory"  # where that is, a stranger is not told


class NoToken(Forbidden):
    """Nobody who has the server's token."""

    http = 401

    def __init__(self) -> None:
        super().__init__("this server answers only who has its token", _TOKEN)


class WrongToken(Forbidden):
    """A token of another repository."""

    http = 401

    def __init__(self) -> None:
        super().__init__("this is not the token of this repository", _TOKEN)


class OtherHost(Forbidden):
    """A name that the server does not have; `own` is one that it has."""

    http = 421

    def __init__(self, own: str) -> None:
        super().__init__("this server has another name", f"ask for {own}")


class OnlyReads(Forbidden):
    """The token only reads."""

    http = 403

    def __init__(self) -> None:
        super().__init__("this token only reads", "ask with the other token")


class NoPath(NotFound):
    """A path that is not one of the server's."""

    def __init__(self) -> None:
        super().__init__("there is no such path", "the paths are in /api/v1/openapi.json")


class NoProject(NotFound):
    """A project that this server does not serve here; `own` is the one that it does."""

    def __init__(self, name: str, own: str) -> None:
        super().__init__(f"there is no project {name!r} here", f"it is {own}")


class TooManyWaiting(Busy):
    """So many requests stand in line that no more are taken."""

    def __init__(self) -> None:
        super().__init__("too many requests stand in line", "ask again in a moment")


class TooManyListeners(Busy):
    """So many clients listen that no more are taken."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} clients listen already")


class TooManyConnections(Busy):
    """So many connections are open that another one is not answered."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} connections are open already", "ask again in a moment")


class CutOff(CannotTell):
    """A listener that is told nothing more, and why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)


class RepositoryGone(CannotTell):
    """A repository that is no longer where it was when the server started, with all its tokens."""

    def __init__(self) -> None:
        super().__init__("the repository is gone", "serve it where it is now")


class NobodyWaits(CannotTell):
    """The caller went away before the answer."""

    def __init__(self) -> None:
        super().__init__("whoever asked has gone")


class Bug(CoordError):
    """Something that nobody foresaw."""

    http = 500

    def __init__(self) -> None:
        super().__init__("this is a bug in gitcoord; nothing is known to be lost")
