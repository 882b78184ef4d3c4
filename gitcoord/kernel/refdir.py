"""Refs as they stand in files: below `refs/`, and in `packed-refs`.

A command at a hub asks for refs a dozen times, and a git process for each takes 3 ms of the processor. Whatever is not
a plain ref in a plain place is left to git: refs in tables, symbolic refs, names that git may not accept.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from gitcoord.kernel import file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.policy.ids import RefName

PACKED = "packed-refs"
TABLES = "reftable"
SYMBOLIC = b"ref:"

OBJECT = re.compile(rb"(?!0+\s*$)[0-9a-f]{40,64}\s*")
"""An object id as the file of a ref has it: nothing but zeros names none."""

MOST_PACKED = 1 << 20
"""Bytes of packed refs above which git is asked, which searches them by halves."""

_OF_A_WORKTREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_NAME = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_@+-]|\.(?!\.))*")
"""A component of a ref's name about which nobody can disagree, but for how it ends."""


def read(directory: str, prefix: str, *, resolved: bool = True) -> dict[str, str] | None:
    """Return the refs below `prefix`, name -> object id, in git's order; None where git has to be asked.

    Files are read before the packed refs: a ref that is packed meanwhile is found there. What does not name an object
    is left out, as by git, also where the packed refs have an older value. Unless `resolved`, a symbolic ref has the
    name of its target: git is not asked for that, and it says whether something changed.
    """
    if not prefix.startswith("refs/") or not prefix.endswith("/") or prefix == "refs/" or prefix in _OF_A_WORKTREE:
        return None
    if os.path.exists(f"{directory}/{TABLES}"):  # noqa: PTH110 - for each list of refs
        return None
    try:
        if _size(f"{directory}/{PACKED}") > MOST_PACKED:
            return None
        loose = dict(_loose(directory, prefix, resolved))
        found = {**_packed(f"{directory}/{PACKED}", prefix.encode()), **loose}
    except (LookupError, OSError, UnicodeDecodeError):
        return None
    return {ref: found[ref] for ref in sorted(found) if found[ref]}


def one(directory: str, ref: RefName) -> str | None:
    """Return the object id that a ref names, '' where there is no such ref; None where git has to be asked."""
    path = f"{directory}/{ref}"
    if not all(map(_is_plain, ref.split("/"))):
        return None
    if os.path.exists(f"{directory}/{TABLES}") or os.path.islink(path):  # noqa: PTH110, PTH114 - for each read of a ref
        return None
    try:
        content = _content(path)
        if content is not None:
            return content.split()[0].decode() if OBJECT.fullmatch(content) else None
        if _size(f"{directory}/{PACKED}") > MOST_PACKED:
            return None
        return _packed(f"{directory}/{PACKED}", ref.encode()).get(ref, "")
    except (LookupError, OSError, UnicodeDecodeError):
        return None


def _is_plain(name: str) -> bool:
    """Whether nobody can disagree about a component of a ref's name."""
    return _NAME.fullmatch(name) is not None and not name.endswith((".", ".lock"))


def _loose(directory: str, folder: str, resolved: bool) -> Iterator[tuple[str, str]]:
    """Yield the refs that have files in a folder (which ends in a slash), '' for one that does not name an object.

    Raises `LookupError` for what git has to read.
    """
    try:
        with os.scandir(f"{directory}/{folder}") as entries:
            inside = list(entries)
    except FileNotFoundError:
        return
    for entry in inside:
        if entry.name.endswith(".lock"):
            continue
        if not _NAME.fullmatch(entry.name) or entry.name.endswith(".") or entry.is_symlink():
            raise LookupError(entry.path)
        if entry.is_dir():
            yield from _loose(directory, f"{folder}{entry.name}/", resolved)
        else:
            content = _content(entry.path)
            if content is None:
                continue
            if content.startswith(SYMBOLIC):
                if resolved:
                    raise LookupError(entry.path)
                yield folder + entry.name, content.decode().strip()
            else:
                yield folder + entry.name, content.split()[0].decode() if OBJECT.fullmatch(content) else ""


def _content(path: str) -> bytes | None:
    """What the file of a ref says; None where it is gone by now: the ref was deleted or packed."""
    try:
        return file.read(path)
    except FileNotFoundError:
        return None


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - for each list of refs
    except FileNotFoundError:
        return 0


def _packed(path: str, prefix: bytes) -> dict[str, str]:
    """The packed refs that begin with a prefix. In a sorted file they stand together.

    Raises `LookupError` where the file is damaged, as a power cut leaves it: git refuses all of it then.
    """
    try:
        content = file.read(path)
    except FileNotFoundError:
        return {}
    if content and (content[-1:] != b"\n" or b"\0" in content):
        raise LookupError(path)
    head, found = content[: content.find(b"\n")], {}
    at = content.find(b" " + prefix)
    if at < 0 or not (head.startswith(b"#") and b" sorted" in head):
        at = len(content) if at < 0 else 0
    else:
        at = content.rfind(b"\n", 0, at) + 1
    for line in content[at:].splitlines():
        oid, _, ref = line.partition(b" ")
        if ref.startswith(prefix):
            if not OBJECT.fullmatch(oid):
                raise LookupError(path)
            found[ref.decode()] = oid.decode()
        elif at and not line.startswith(b"^"):
            break
    return found
