"""Requests over HTTP that are turned away, or make no sense, one class a case."""

from __future__ import annotations

from gitcoord.errors import Forbidden, NotFound, Usage


class WrongBody(Usage):
    """A body that cannot be read, and `why`: a sentence about the body without its subject."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the body {why}", 'a body is a JSON object, such as {"scopes": ["src"]}')


class BodyTooLong(Usage):
    """A body of more than `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a request has at most {most} bytes")


class CannotServe(Usage):
    """An address at which nothing can be served, and `why`; `option` is the one that chooses another."""

    def __init__(self, where: str, why: object, option: str) -> None:
        super().__init__(f"cannot serve at {where}: {why}", f"choose another: {option}")


class ForeignPage(Forbidden):
    """A page of another origin asks."""

    def __init__(self) -> None:
        super().__init__("pages of another origin may not ask this server")


class NoOrigin(Forbidden):
    """A browser that does not say from where it writes or connects."""

    def __init__(self) -> None:
        super().__init__("a browser has to say from where it writes or connects: there is no Origin")


class OnlyReads(Forbidden):
    """The token only reads."""

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
