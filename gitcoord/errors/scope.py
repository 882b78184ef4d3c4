"""What cannot be a scope, or a path of this repository, one class a case. Texts are harmless to show already."""

from __future__ import annotations

from gitcoord.errors import Usage

FORMS = "a scope is a path, a glob such as 'src/**/*.py', or a name such as slot:deploy"


class NotAPath(Usage):
    """An empty text, or one with a NUL byte."""

    def __init__(self) -> None:
        super().__init__("not a path: it is empty or holds a NUL byte")


class Outside(Usage):
    """A path outside of a directory: the repository's; or, by a link, one that leads to `target`."""

    def __init__(self, text: str, root: object, target: object = "") -> None:
        hint = f"a symbolic link on the way leads to {target}; claim the link itself"
        super().__init__(f"{text} is outside the repository", hint if target else f"paths must be below {root}")


class InsideGit(Usage):
    """A path in git's own directory."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text} is inside .git",
            "only files that git can track are claimed; for anything else claim a name, such as slot:config",
        )


class InsideAnother(Usage):
    """A path in a repository within this one."""

    def __init__(self, text: str, inner: object) -> None:
        super().__init__(
            f"{text} is inside {inner}, a repository of its own",
            f"claim the submodule `{inner}` itself, or run the command inside it",
        )


class EmptyScope(Usage):
    """A scope without a character."""

    def __init__(self) -> None:
        super().__init__("an empty scope", f"{FORMS}; `.` is the whole repository")


class NulInScope(Usage):
    """A scope with a NUL byte."""

    def __init__(self) -> None:
        super().__init__("a scope cannot hold a NUL byte")


class UnknownMagic(Usage):
    """A pathspec of git's with magic that is not known here."""

    def __init__(self, text: str) -> None:
        hint = f":(glob) and :(literal) are known; for a file of this name write ./{text}"
        super().__init__(f"unknown pathspec magic: {text}", hint)


class FileWithSlash(Usage):
    """A file, written as a directory."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text} is a file, not a directory", "write it without the slash")


class SpaceAround(Usage):
    """A name with a space at an end."""

    def __init__(self, text: str) -> None:
        super().__init__(f"the name {text!r} begins or ends with a space")


class UpBehindWildcard(Usage):
    """A glob that goes up behind a wildcard."""

    def __init__(self, text: str) -> None:
        super().__init__(f"`..` behind a wildcard: {text}", "write the path without it")


class NotAScope(Usage):
    """A text that cannot be a scope of a kind (glob, name, file, directory), and why."""

    def __init__(self, text: str, kind: str, why: object) -> None:
        hint = FORMS
        if kind == "glob" and "[" in text:
            hint = f"for a file of this name write ':(literal){text}'"
        elif kind == "name":
            hint = f"{FORMS}; for a file of this name write ./{text}"
        super().__init__(f"{text}: {why}", hint)


class EmptyRange(Usage):
    """A range of names that is empty, or too wide."""

    def __init__(self, text: str, most: int) -> None:
        super().__init__(f"the range {text} is empty or has more than {most} names")


class NotAGlob(Usage):
    """A text that is not a glob from the top of the repository, and why."""

    def __init__(self, text: str, why: object) -> None:
        super().__init__(f"{text!r} is not a glob: {why}", "write it from the top: 'src/**'")
