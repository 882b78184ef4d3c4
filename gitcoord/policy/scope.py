"""What a claim is about: a path, a glob or a named resource; how it is typed, and when two overlap."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gitcoord.errors import Usage
from gitcoord.policy import glob
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Kind = Literal["path", "glob", "name"]

ROOT = "."
MAX_BYTES = 4096
MAX_NAME_BYTES = 200

_LITERAL_MAGIC = ":(literal)"
_GLOB_MAGIC = ":(glob)"
_KIND_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_KIND_REST = _KIND_FIRST | frozenset("0123456789-")
_FORMS = "a scope is a path, a glob such as 'src/**/*.py', or a name such as slot:deploy"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """A scope in its one canonical form.

    `text` of a path is git's form (no slash at either end, `.` for the root), of a glob the pattern from the
    root, of a name `kind:name`. Bytes that are not UTF-8 are surrogate escapes. Building one checks nothing:
    `parse` is for what people type, `from_json` for what others recorded.
    """

    kind: Kind
    text: str

    def encode(self) -> bytes:
        """The text as git has it."""
        return _encode(self.text)

    def to_json(self) -> dict[str, str]:
        """The record form: `{"path": "src/a"}`, and likewise `glob` and `name`."""
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
            case "path" | "glob" | "name":
                return _checked(kind, text)
            case _:
                raise ValueError("a scope is a path, a glob or a name")


def parse(text: str, *, locate: Callable[[str], str], exists: Callable[[str], bool]) -> Scope:
    """The scope that a person means by `text`.

    `locate` turns a typed path into one from the repository's root and raises `Usage` where it cannot;
    `exists` says whether a typed path names something that is there. Text with a wildcard is a glob, except
    that a component which exists as it stands means itself: `app/[id]/page.tsx` is a path where there is a
    directory `app/[id]`.

    Raises `Usage` for what cannot be a scope.
    """
    if not text.strip():
        raise Usage("an empty scope", f"{_FORMS}; `.` is the whole repository")
    if "\0" in text:
        raise Usage("a scope cannot hold a NUL byte")
    if text.startswith(_LITERAL_MAGIC):
        return _parse_path(text.removeprefix(_LITERAL_MAGIC), locate)
    if text.startswith(_GLOB_MAGIC):
        return _parse_glob(text.removeprefix(_GLOB_MAGIC), locate)
    if text.startswith(":"):
        raise Usage(
            f"unknown pathspec magic: {printable(text)}",
            f":(glob) and :(literal) are known; for a file of this name write ./{printable(text)}",
        )
    before, colon, _ = text.partition(":")
    if colon and _is_kind(before):
        return _parse_name(text)
    if glob.has_wildcard(_encode(text)):
        return _parse_glob(text, locate, exists)
    return _parse_path(text, locate)


def covers(scope: Scope, path: str) -> bool:
    """Whether the file `path` (from the root) is inside `scope`. A name covers no file."""
    if scope.kind == "path":
        return _is_below(path, scope.text)
    return scope.kind == "glob" and glob.matches(scope.encode(), _encode(path))


def overlap(a: Scope, b: Scope) -> bool:
    """Whether some path could be in both, or both are the same name. True when unsure; False is certain."""
    if a == b:
        return True
    if "name" in (a.kind, b.kind):
        return False
    if a.kind == b.kind == "glob":
        return glob.may_meet(a.encode(), b.encode())
    if a.kind == b.kind:
        return _is_below(a.text, b.text) or _is_below(b.text, a.text)
    path, pattern = (a, b) if a.kind == "path" else (b, a)
    return glob.may_reach_below(pattern.encode(), b"" if path.text == ROOT else path.encode())


def within(inner: Scope, outer: Scope) -> bool:
    """Whether everything in `inner` is surely in `outer`. False when unsure; True is certain."""
    if inner == outer:
        return True
    if "name" in (inner.kind, outer.kind):
        return False
    if outer.kind == "path":
        return _is_below(_directory(inner), outer.text)
    # Of all globs only `src/**` is surely a whole directory: all that is below it, itself excepted.
    if outer.text == "**":
        return True
    whole = _directory(outer)
    if whole == ROOT or outer.text != whole + "/**":
        return False
    below = _is_below(_directory(inner), whole)
    return below and (inner.kind == "glob" or inner.text != whole)


def text_of(scopes: Iterable[Scope]) -> str:
    """The scopes in one printable line, for commit subjects and messages: `src/auth, slot:deploy`."""
    return ", ".join(_shown(scope) for scope in scopes)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _is_below(path: str, directory: str) -> bool:
    return directory == ROOT or path == directory or path.startswith(directory + "/")


def _directory(scope: Scope) -> str:
    """The path that holds all of a path or glob."""
    if scope.kind == "path":
        return scope.text
    return glob.literal_prefix(scope.encode()).decode("utf-8", "surrogateescape") or ROOT


def _is_kind(text: str) -> bool:
    return text[:1] in _KIND_FIRST and _KIND_REST.issuperset(text)


def _shown(scope: Scope) -> str:
    text = printable(scope.text)
    before, colon, _ = scope.text.partition(":")
    if scope.kind == "path" and colon and (not before or _is_kind(before)):
        return "./" + text  # or it would read as a name
    return text


def _checked(kind: Kind, text: str) -> Scope:
    """A scope after all checks that need no repository. Raises `ValueError`."""
    data = _encode(text)
    if data.decode("utf-8", "surrogateescape") != text:
        raise ValueError("a scope's text has UTF-8 written as escapes")
    if not data or b"\0" in data:
        raise ValueError("a scope is empty or holds a NUL byte")
    if len(data) > MAX_BYTES:
        raise ValueError(f"a scope is longer than {MAX_BYTES} bytes")
    if kind == "name":
        _check_name(text, len(data))
    elif kind == "path":
        if text != ROOT:
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
    if not colon or not _is_kind(kind):
        raise ValueError("a name is not of the form kind:name")
    if not name:
        raise ValueError("a name has nothing behind its colon")
    if length > MAX_NAME_BYTES:
        raise ValueError(f"a name is longer than {MAX_NAME_BYTES} bytes")
    if any(char < " " or "\x7f" <= char < "\xa0" for char in name):
        raise ValueError("a name holds a control character")


def _check_components(text: str) -> None:
    for component in text.split("/"):
        if component in ("", ".", ".."):
            raise ValueError("a path has an empty component, or `.` or `..`")
        if component.lower() == ".git":
            raise ValueError("a path leads into .git")


def _parse_path(text: str, locate: Callable[[str], str]) -> Scope:
    return _typed("path", _normal(locate(text)), text)


def _parse_name(text: str) -> Scope:
    name = text.partition(":")[2]
    if name != name.strip():
        raise Usage(f"the name {printable(text)!r} begins or ends with a space")
    return _typed("name", _normal(text), text)


def _parse_glob(text: str, locate: Callable[[str], str], exists: Callable[[str], bool] = lambda _: False) -> Scope:
    """A glob; a path where no component is left that is a pattern."""
    components = text.split("/")
    sure = 0
    while sure < len(components):
        component = _encode(components[sure])
        special = glob.has_wildcard(component) or b"\\" in component
        if special and not exists("/".join(components[: sure + 1])):
            break
        sure += 1
    rest = components[sure:]
    if not any(glob.has_wildcard(_encode(component)) for component in rest):
        return _parse_path("/".join(components[:sure] + [_unescaped(one) for one in rest]), locate)
    if ".." in rest:
        raise Usage(f"`..` behind a wildcard: {printable(text)}", "write the path without it")
    base = locate("/".join(components[:sure]) or ("/" if text.startswith("/") else "."))
    kept = [component for component in rest if component not in ("", ".")]
    if text.endswith("/"):
        kept.append("**")
    if base != ROOT:
        kept.insert(0, _escaped(base))
    return _typed("glob", _normal("/".join(kept)), text)


def _typed(kind: Kind, text: str, typed: str) -> Scope:
    """`_checked` for what was typed: raises `Usage`."""
    try:
        return _checked(kind, text)
    except ValueError as error:
        hint = _FORMS
        if kind == "glob" and "[" in text:
            hint = f"for a file of this name write ':(literal){printable(typed)}'"
        elif kind == "name":
            hint = f"{_FORMS}; for a file of this name write ./{printable(typed)}"
        raise Usage(f"{printable(typed)}: {error}", hint) from None


def _normal(text: str) -> str:
    """The composed form, so that one name typed on two systems is one name."""
    return unicodedata.normalize("NFC", text)


def _escaped(path: str) -> str:
    return "".join("\\" + char if char in "*?[\\" else char for char in path)


def _unescaped(component: str) -> str:
    """A component without its escapes; one that ends in a lone backslash keeps it."""
    kept = []
    chars = iter(component)
    for char in chars:
        kept.append(next(chars, char) if char == "\\" else char)
    return "".join(kept)
