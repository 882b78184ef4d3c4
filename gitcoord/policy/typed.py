"""What people type as a scope, and the one scope that they mean by it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Protocol

from gitcoord import errors
from gitcoord.policy import glob
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import ROOT, Kind, PathKind, Scope, checked, encoded, is_kind

if TYPE_CHECKING:
    from collections.abc import Callable

_LITERAL_MAGIC = ":(literal)"
_GLOB_MAGIC = ":(glob)"


class Ground(Protocol):
    """What is known of the place where somebody types."""

    def locate(self, text: str) -> str:
        """Return the path from the repository's root. Raises `Usage` where there is none."""

    def exists(self, text: str) -> bool:
        """Say whether a typed path names something that is there."""

    def kind_at(self, text: str, path: str) -> PathKind:
        """Say what a typed path is, which from the root is `path`; something has to be said where nothing is there."""

    def is_file(self, text: str) -> bool:
        """Say whether a file stands at a typed path."""


def parse(text: str, ground: Ground) -> Scope:
    """Return the scope that a person means by `text`. Raises `Usage` for what cannot be a scope.

    A path is a directory where it is one, or where a slash stands behind it; any other is a file. Text with a wildcard
    is a glob, except that a component which exists as it stands means itself: `app/[id]/page.tsx` is a path where there
    is a directory `app/[id]`.
    """
    if not text.strip():
        raise errors.scope.EmptyScope()
    if "\0" in text:
        raise errors.scope.NulInScope()
    if text.startswith(_LITERAL_MAGIC):
        return _parse_path(text.removeprefix(_LITERAL_MAGIC), ground)
    if text.startswith(_GLOB_MAGIC):
        return _parse_glob(text.removeprefix(_GLOB_MAGIC), ground, lambda _: False)
    if text.startswith(":"):
        raise errors.scope.UnknownMagic(printable(text))
    before, colon, _ = text.partition(":")
    if colon and is_kind(before):
        return _parse_name(text)
    if glob.has_wildcard(encoded(text)):
        return _parse_glob(text, ground, ground.exists)
    return _parse_path(text, ground)


def _parse_path(text: str, ground: Ground) -> Scope:
    path = ground.locate(text)
    kind = ground.kind_at(text, path)
    if text.rpartition("/")[2] in ("", ".", "..") or path == ROOT:
        if kind == "file" and ground.is_file(text.rstrip("/")):
            raise errors.scope.FileWithSlash(printable(text))
        kind = "directory"
    return _typed(kind, _normal(path), text)


def _parse_name(text: str) -> Scope:
    name = text.partition(":")[2]
    if name != name.strip():
        raise errors.scope.SpaceAround(printable(text))
    return _typed("name", _normal(text), text)


def _parse_glob(text: str, ground: Ground, exists: Callable[[str], bool]) -> Scope:
    """A glob; a path where no component is left that is a pattern."""
    components = text.split("/")
    sure = 0
    while sure < len(components):
        if _is_plain(components[sure]) or exists("/".join(components[: sure + 1])):
            sure += 1
            continue
        unescaped = _unescaped(components[sure])
        if unescaped is None:
            break
        components[sure] = unescaped
        sure += 1
    rest = components[sure:]
    if not rest:
        return _parse_path("/".join(components), ground)
    if ".." in rest:
        raise errors.scope.UpBehindWildcard(printable(text))
    # What stands before the pattern is a directory: a link there is followed, as for any path in it.
    base = ground.locate("/".join(components[: sure + 1])).rpartition("/")[0] or ROOT
    kept = [component for component in rest if component not in ("", ".")]
    if text.endswith("/"):
        kept.append("**")
    if base != ROOT:
        kept.insert(0, _escaped(base))
    return _typed("glob", _normal("/".join(kept)), text)


def _typed(kind: Kind, text: str, typed: str) -> Scope:
    """`checked` for what was typed: raises `Usage`."""
    try:
        return checked(kind, text)
    except ValueError as error:
        raise errors.scope.NotAScope(printable(typed), kind, error) from None


def _normal(text: str) -> str:
    """The composed form, so that one name typed on two systems is one name."""
    return unicodedata.normalize("NFC", text)


def _escaped(path: str) -> str:
    return "".join("\\" + char if char in "*?[\\" else char for char in path)


def _is_plain(component: str) -> bool:
    return "\\" not in component and not glob.has_wildcard(encoded(component))


def _unescaped(component: str) -> str | None:
    """What a component names, its escapes taken away; None where it is a pattern.

    A lone backslash at the end stays: it escapes nothing.
    """
    kept = []
    chars = iter(component)
    for char in chars:
        if char in "*?[":
            return None
        kept.append(next(chars, char) if char == "\\" else char)
    return "".join(kept)
