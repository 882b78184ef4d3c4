"""What a typed path means in the working tree: the path that git has for it, from the root."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from gitcoord import errors
from gitcoord.kernel.git import Git


def locate(top: str, cwd: str, text: str, *, ignore_case: bool) -> str:
    """The repository's path of `text`; `.` for the root.

    `text` is absolute or relative to `cwd` and need not exist. `top` is the working tree's top directory.
    Symbolic links among the parent directories are followed; the last component is meant itself, link or not,
    unless a slash stands behind it. With `ignore_case` (git's core.ignorecase) each component takes the
    spelling that its directory has for it. The result is in Unicode's composed form (NFC), with bytes that
    are not UTF-8 as surrogate escapes.

    Raises `Usage` where the path is outside the repository, in its `.git`, or in a repository inside it.
    Messages hold paths as they are: who prints them makes them printable.
    """
    if not text or "\0" in text:
        raise errors.scope.NotAPath()
    root = _resolved(Path(top), text)
    path = _inside(root, Path(cwd) / text, text)
    if ignore_case:
        path = _as_spelled(root, path)
    _refuse_git_directory(path, text)
    _refuse_nested(root, path, text)
    return unicodedata.normalize("NFC", path.as_posix())


def _resolved(path: Path, text: str) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # before Python 3.13 a circle of links is a RuntimeError
        raise errors.usage.CannotUse("follow", text, error) from None


def _inside(root: Path, typed: Path, text: str) -> Path:
    """`typed`, its parents resolved, from `root`."""
    if text.rpartition("/")[2] in ("", ".", ".."):
        path = _resolved(typed, text)
    else:
        path = _resolved(typed.parent, text) / typed.name
    if path.is_relative_to(root):
        return path.relative_to(root)
    lexical = Path(os.path.normpath(typed))
    by_link = lexical.is_relative_to(root) and ".." not in typed.parts
    raise errors.scope.Outside(text, root, path if by_link else "")


def _as_spelled(root: Path, path: Path) -> Path:
    """`path` with each component as its directory lists it, where exactly one entry differs by case alone."""
    spelled = Path()
    for component in path.parts:
        try:
            entries = os.listdir(root / spelled)  # noqa: PTH208 - the names, not the paths
        except OSError:
            entries = []
        alike = [entry for entry in entries if _folded(entry) == _folded(component)]
        spelled /= alike[0] if len(alike) == 1 else component
    return spelled


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _refuse_git_directory(path: Path, text: str) -> None:
    if any(component.lower() == ".git" for component in path.parts):
        raise errors.scope.InsideGit(text)


def _refuse_nested(root: Path, path: Path, text: str) -> None:
    """Refuses what lies inside a submodule or another repository; their top directories are fine."""
    parents = [parent.as_posix() for parent in reversed(path.parents)][1:]
    if not parents:
        return
    inner = next((parent for parent in parents if os.path.lexists(root / parent / ".git")), None)
    if inner is None:
        modules = _submodules(root)
        inner = next((parent for parent in parents if parent in modules), None)
    if inner is not None:
        raise errors.scope.InsideAnother(text, inner)


def _submodules(root: Path) -> frozenset[str]:
    """The paths that `.gitmodules` names: a submodule that is not initialised has no `.git` to be known by.

    Empty where there is no such file, or git cannot read it: one that a merge left in pieces must not stop
    claims.
    """
    modules = root / ".gitmodules"
    if not modules.is_file():
        return frozenset()
    # The file is named and nothing else is asked, so no environment is needed either.
    _, out, _ = Git({}).ask("config", "-z", "-f", str(modules), "--get-regexp", r"^submodule\..*\.path$")
    values = (os.fsdecode(record).partition("\n")[2] for record in out.split(b"\0") if record)
    return frozenset(value.strip("/") for value in values)
