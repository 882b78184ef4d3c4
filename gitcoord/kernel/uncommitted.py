"""What of a worktree is not committed, and its content as objects: read through git, nothing of the user's changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.errors import GitFailed
from gitcoord.kernel import staging
from gitcoord.kernel.staging import ABSENT, Entry
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place

LINK, MODULE = "120000", "160000"
"""The modes of a symbolic link and of a submodule."""

NONE = Entry(ABSENT, Oid(""))
"""What stands where nothing is."""

_STAGES = 3


@dataclass(frozen=True, slots=True)
class Changed:
    """A path at which index or working tree differ from HEAD. `raw` is the path as git has it.

    `file` is the mode of what is in the working tree (`ABSENT` for nothing). `stages` are the three versions of an
    unmerged path, `index` is nothing then. `intent`: `git add -N` was said of it. `is_new`: the index does not have it,
    `is_dirty`: the file differs from it. `submodule` has the letters of git: C (another commit), M (changes inside), U
    (untracked files inside).
    """

    raw: bytes
    head: Entry = NONE
    index: Entry = NONE
    file: str = ABSENT
    stages: tuple[Entry, ...] = ()
    intent: bool = False
    is_new: bool = False
    is_dirty: bool = True
    submodule: str = ""

    @property
    def path(self) -> str:
        """The path as claims have it."""
        return staging.normal(self.raw)

    @property
    def is_staged(self) -> bool:
        """Whether the index differs from HEAD."""
        return bool(self.stages) or self.intent or self.index != self.head


@dataclass(frozen=True, slots=True)
class Status:
    """What is not committed, and the commit that is checked out ('' before the first); nested repositories apart."""

    head: str
    changed: list[Changed]
    nested: list[bytes]


def look(place: Place, copy: Path) -> Status:
    """Compare HEAD, index and working tree; `copy` is where the index is copied to, so that git writes no other.

    Raises `Busy` where others change the index all the time.
    """
    options = ("--branch", "--no-ahead-behind", "--no-renames", "--untracked-files=all", "--ignore-submodules=none")
    git = staging.git_with(place, copy)
    return _parse(staging.copied(place, copy, lambda: git.run("status", "--porcelain=v2", "-z", *options)))


def _parse(out: bytes) -> Status:
    head, found, nested = "", dict[bytes, Changed](), list[bytes]()
    for record in out.split(b"\0"):
        kind, _, rest = record.partition(b" ")
        if kind == b"#":
            word, _, value = rest.partition(b" ")
            if word == b"branch.oid" and value != b"(initial)":
                head = value.decode()
        elif kind == b"1":
            one = _tracked(rest)
            found[one.raw] = one
        elif kind == b"u":
            one = _unmerged(rest)
            found[one.raw] = one
        elif kind == b"?" and rest.endswith(b"/"):
            nested.append(rest)
        elif kind == b"?":
            known = found.get(rest, Changed(rest))  # of `git rm --cached` there is both a deletion and a new file
            found[rest] = replace(known, is_new=True, is_dirty=True)
    return Status(head, list(found.values()), nested)


def _tracked(rest: bytes) -> Changed:
    letters, module, *modes, head, index, raw = rest.split(b" ", 7)
    in_head, in_index, file = (mode.decode() for mode in modes)
    return Changed(
        raw,
        _entry(in_head, head),
        _entry(in_index, index),
        file,
        intent=letters[1:2] == b"A",
        is_dirty=letters[1:2] != b".",
        submodule=module.decode().replace(".", "")[1:],
    )


def _unmerged(rest: bytes) -> Changed:
    _, module, *fields = rest.split(b" ", 9)
    modes, file, ids, raw = fields[:_STAGES], fields[_STAGES], fields[_STAGES + 1 : -1], fields[-1]
    stages = tuple(_entry(mode.decode(), oid) for mode, oid in zip(modes, ids, strict=True))
    # The second version is ours, which HEAD has.
    return Changed(raw, stages[1], NONE, file.decode(), stages, submodule=module.decode().replace(".", "")[1:])


def _entry(mode: str, oid: bytes) -> Entry:
    return NONE if mode == ABSENT else Entry(mode, Oid(oid.decode()))


def mode_of(place: Place, raw: bytes, known: str = ABSENT) -> str:
    """Return the mode that git would give to what is at a path now: `ABSENT` for nothing, '' for nothing git keeps.

    `known` is the mode in the index: it decides where this file system says nothing of links or of what is executable.
    """
    try:
        found = os.lstat(os.path.join(os.fsencode(place.top), raw))  # noqa: PTH118 - a path in bytes
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    if stat.S_ISLNK(found.st_mode):
        return LINK
    if stat.S_ISDIR(found.st_mode):
        return MODULE if known == MODULE else ""
    if not stat.S_ISREG(found.st_mode):
        return ""
    if known == LINK and not place.flag("core.symlinks", True):
        return LINK
    if not place.flag("core.filemode", True):
        return known if known in ("100644", "100755") else "100644"
    return "100755" if found.st_mode & stat.S_IXUSR else "100644"


def path_at(place: Place, raw: bytes) -> bytes:
    """Return the absolute path of a path in the working tree."""
    return os.path.join(os.fsencode(place.top), raw)  # noqa: PTH118 - a path in bytes


def link_text(place: Place, raw: bytes) -> bytes:
    """Return where a symbolic link leads; raises `OSError`."""
    path = path_at(place, raw)
    return os.readlink(path) if os.path.islink(path) else Path(os.fsdecode(path)).read_bytes()  # noqa: PTH114, PTH115


def hashed(git: Git, paths: Sequence[bytes], *, write: bool, durable: bool = False) -> list[str]:
    """Return the ids of these files (from the top) as git would add them; with `write` their objects are written.

    Where they are to be `durable` they are on the disk on return.

    Raises `GitFailed`, also where one of them cannot be read.
    """
    if not paths:
        return []
    data = b"".join(_quoted(path) + b"\n" for path in paths)
    config = ("core.safecrlf=false", *(("core.fsync=loose-object", "core.fsyncMethod=batch") if durable else ()))
    words = [word for setting in config for word in ("-c", setting)]
    out = git.run(*words, "hash-object", *(["-w"] if write else []), "--stdin-paths", data=data)
    ids = out.decode().split()
    if len(ids) != len(paths):
        raise GitFailed(["hash-object"], 0, "it did not name an object for each file")
    return ids


def _quoted(path: bytes) -> bytes:
    """A path in a line of its own, as git unquotes it."""
    if not path.startswith(b'"') and not any(byte < 32 for byte in path):
        return path
    return b'"' + b"".join(b"\\%03o" % byte if byte < 32 or byte in b'"\\' else bytes([byte]) for byte in path) + b'"'


def sizes(git: Git, ids: Iterable[str]) -> dict[str, int]:
    """Return the sizes of objects, in bytes; what is missing is left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    asked = "".join(f"{oid}\n" for oid in wanted).encode()
    out = git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", data=asked)
    return dict(_sizes(out))


def _sizes(out: bytes) -> Iterator[tuple[str, int]]:
    for line in out.decode().splitlines():
        oid, _, size = line.partition(" ")
        if size.isdigit():
            yield oid, int(size)


def new_directories(git: Git) -> list[bytes]:
    """Return the directories of which git knows nothing, each with a slash behind it."""
    listed = git.run("ls-files", "-z", "--others", "--directory", "--exclude-standard", "--no-empty-directory")
    return [path for path in listed.split(b"\0") if path.endswith(b"/")]


def carry(source: Git, target: Git, ids: Iterable[str]) -> None:
    """Bring objects from one repository into another one. Raises `GitFailed`."""
    wanted = "".join(f"{oid}\n" for oid in dict.fromkeys(ids))
    if wanted:
        pack = source.run("pack-objects", "--stdout", "--quiet", "--threads=1", data=wanted.encode())
        target.run("unpack-objects", "-q", data=pack)
