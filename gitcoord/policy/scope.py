"""What a claim is about: a file, a directory, a glob or a named resource; and when two of them overlap.

Two spellings that differ in ASCII case alone are one scope, which stands as it was written (docs/protocol.md, 32).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gitcoord.dataclass import dataclass
from gitcoord.policy import glob, limits
from gitcoord.policy.printable import printable
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

PathKind = Literal["file", "directory"]
Kind = Literal[PathKind, "glob", "name"]

ROOT = "."

_KIND_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_KIND_REST = _KIND_FIRST | frozenset("0123456789-")


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope in its one canonical form.

    `text` of a file or directory is git's form (no slash at either end, `.` for the root), of a glob the pattern from
    the root, of a name `kind:name`. Bytes that are not UTF-8 are surrogate escapes. Building one checks nothing:
    `typed.parse` is for what people type, `from_json` for what others recorded.
    """

    kind: Kind
    text: str

    def __eq__(self, other: object) -> bool:
        """Whether it is the same scope, in whatever case it is written."""
        return isinstance(other, Scope) and self._key == other._key

    def __hash__(self) -> int:
        """A hash that no case changes."""
        return hash(self._key)

    def __lt__(self, other: Scope) -> bool:
        """Whether it stands before the other in a list: by kind, then by text."""
        return self._key < other._key

    @property
    def _key(self) -> tuple[str, str]:
        # A class such as [Z-a] has other members than [z-a].
        exact = self.kind == "glob" and "[" in self.text
        return self.kind, self.text if exact else folded(self.text)

    @property
    def is_path(self) -> bool:
        """Whether it is a file or a directory."""
        return self.kind in ("file", "directory")

    def encode(self) -> bytes:
        """The text as git has it."""
        return encoded(self.text)

    def to_json(self) -> dict[str, str]:
        """The record form: `{"directory": "src"}`, and likewise `file`, `glob` and `name`."""
        return {self.kind: self.text}

    @classmethod
    def from_json(cls, value: object) -> Scope:
        """Read the record form. Raises `ValueError` for anything but a valid scope in canonical form."""
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError("a scope is an object with one member")
        ((kind, text),) = value.items()
        if not isinstance(text, str):
            raise ValueError("a scope's text is a string")
        match kind:
            case "file" | "directory" | "glob" | "name":
                return checked(kind, text)
            case _:
                raise ValueError("a scope is a file, a directory, a glob or a name")


def covers(scope: Scope, path: str, *, there: bool = False) -> bool:
    """Whether the file `path` (from the root) is inside `scope`. A name covers no file.

    `there`: the file exists already, so a glob takes it only as git reads it; a new one it takes in any case.
    """
    if scope.kind == "glob":
        return glob.matches(scope.encode(), encoded(path), exact=there)
    if scope.kind == "file":
        return folded(path) == folded(scope.text)
    return scope.kind == "directory" and is_below(path, scope.text)


def overlap(a: Scope, b: Scope) -> bool:
    """Whether some path could be in both, or both are the same name. True when unsure; False is certain.

    A file conflicts with what is claimed below it too, since no path can be a file and a directory; not so with a glob,
    which it meets only where the glob matches it.
    """
    if a == b:
        return True
    if "name" in (a.kind, b.kind):
        return False
    if a.kind == b.kind == "glob":
        return glob.may_meet(a.encode(), b.encode())
    if a.is_path and b.is_path:
        return is_below(a.text, b.text) or is_below(b.text, a.text)
    path, pattern = (a, b) if a.is_path else (b, a)
    if path.kind == "file":
        return glob.matches(pattern.encode(), path.encode())
    return glob.may_reach_below(pattern.encode(), b"" if path.text == ROOT else path.encode())


def within(inner: Scope, outer: Scope) -> bool:
    """Whether everything in `inner` is surely in `outer`. False when unsure; True is certain."""
    if inner == outer:
        return True
    if "name" in (inner.kind, outer.kind) or outer.kind == "file":
        return False
    if outer.kind == "directory":
        return is_below(_directory(inner), outer.text)
    if inner.kind == "file":
        return covers(outer, inner.text)
    # Of all globs only `src/**` is surely a whole directory: all that is below it, itself excepted.
    if outer.text == "**":
        return True
    whole = _directory(outer)
    if whole == ROOT or outer.text != whole + "/**":
        return False
    below = is_below(_directory(inner), whole)
    return below and (inner.kind == "glob" or folded(inner.text) != folded(whole))


def text_of(scopes: Iterable[Scope]) -> str:
    """The scopes in one printable line, for commit subjects and messages: `src/auth, slot:deploy`."""
    return ", ".join(_shown(scope) for scope in scopes)


def encoded(text: str) -> bytes:
    """The text as git has it."""
    return text.encode("utf-8", "surrogateescape")


def is_below(path: str, directory: str) -> bool:
    """Whether a path is this directory, or somewhere below it."""
    path, directory = folded(path), folded(directory)
    return directory == ROOT or path == directory or path.startswith(directory + "/")


def _directory(scope: Scope) -> str:
    """The path that holds all of a path or glob."""
    if scope.is_path:
        return scope.text
    return glob.literal_prefix(scope.encode()).decode("utf-8", "surrogateescape") or ROOT


def is_kind(text: str) -> bool:
    """Whether it can stand before the colon of a name."""
    return text[:1] in _KIND_FIRST and _KIND_REST.issuperset(text)


def _shown(scope: Scope) -> str:
    text = printable(scope.text)
    before, colon, _ = scope.text.partition(":")
    if scope.is_path and colon and (not before or is_kind(before)):
        return "./" + text  # or it would read as a name
    return text


def checked(kind: Kind, text: str) -> Scope:
    """A scope after all checks that need no repository. Raises `ValueError`."""
    try:
        data = encoded(text)
    except UnicodeEncodeError:
        raise ValueError("a scope's text has an unpaired surrogate") from None
    if data.decode("utf-8", "surrogateescape") != text:
        raise ValueError("a scope's text has UTF-8 written as escapes")
    if not data or b"\0" in data:
        raise ValueError("a scope is empty or holds a NUL byte")
    if len(data) > limits.SCOPE_BYTES:
        raise ValueError(f"a scope is longer than {limits.SCOPE_BYTES} bytes")
    if kind == "name":
        _check_name(text, len(data))
    elif kind != "glob":
        if (kind, text) != ("directory", ROOT):
            _check_components(text)
    else:
        if not glob.has_wildcard(data):
            raise ValueError("a glob has no wildcard")
        if glob.Glob(data).malformed:
            raise ValueError("a glob has a bracket or an escape that is not closed")
        _check_components(text)
    return Scope(kind, text)


def _check_name(text: str, length: int) -> None:
    kind, colon, name = text.partition(":")
    if not colon or not is_kind(kind):
        raise ValueError("a name is not of the form kind:name")
    if not name:
        raise ValueError("a name has nothing behind its colon")
    if length > limits.NAME_BYTES:
        raise ValueError(f"a name is longer than {limits.NAME_BYTES} bytes")
    if any(char < " " or "\x7f" <= char < "\xa0" for char in name):
        raise ValueError("a name holds a control character")


def _check_components(text: str) -> None:
    if text.count("/") >= limits.COMPONENTS:
        raise ValueError(f"a path has more than {limits.COMPONENTS} components")
    for component in text.split("/"):
        if component in ("", ".", ".."):
            raise ValueError("a path has an empty component, or `.` or `..`")
        if component.lower() == ".git":
            raise ValueError("a path leads into .git")
