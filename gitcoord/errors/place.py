"""Directories that gitcoord cannot work in, one class a case (`NoRepository`, status 3)."""

from __future__ import annotations

from gitcoord.errors import NoRepository
from gitcoord.errors.remedy import Remedy


class NoDirectory(NoRepository):
    """The current directory was removed."""

    def __init__(self) -> None:
        super().__init__("the current directory no longer exists", "go to a directory that exists: cd DIR")


class NotInRepository(NoRepository):
    """A directory that is not inside a repository."""

    def __init__(self, directory: object) -> None:
        super().__init__(f"{directory} is not inside a git repository", "start one with: git init")


class OfAnotherUser(NoRepository):
    """A repository that git refuses, since another user owns it; `named` is what git calls it."""

    def __init__(self, directory: object, named: object) -> None:
        super().__init__(
            f"git refuses the repository around {directory}: it belongs to another user",
            f"if you trust it: git config --global --add safe.directory {named}",
        )


class RefusedByGit(NoRepository):
    """A repository that git cannot use, in its words."""

    def __init__(self, directory: object, said: str) -> None:
        super().__init__(f"git cannot use the repository around {directory}: {said or 'no reason given'}")


class LineEndInPath(NoRepository):
    """A repository whose path has a line end in it."""

    def __init__(self) -> None:
        super().__init__("the path of this repository holds a line end, which gitcoord cannot work with")


class WrongFormat(NoRepository):
    """A repository whose objects the ledger cannot be kept in."""

    def __init__(self, object_format: str) -> None:
        super().__init__(
            f"this repository has {object_format} objects, and the ledger needs SHA-1 ones",
            Remedy("keep the ledger in a store of its own: {}", "init --store separate"),
        )


class NoProject(NoRepository):
    """The configuration of a project was to be written where there is no working tree."""

    def __init__(self) -> None:
        super().__init__("a bare repository has no working tree for the configuration of a project")
