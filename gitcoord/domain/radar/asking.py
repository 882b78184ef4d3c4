"""What git is asked for the radar: how this repository merges, what each side changed, and its attributes."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.kernel.staging import ABSENT, EMPTY_TREES
from gitcoord.policy.touching import Footprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place
    from gitcoord.policy.ids import Oid

_READ = r"^(merge|attr|diff)\.|^core\.(attributesfile|bigfilethreshold|ignorecase)$"
_DRIVER = re.compile(r"merge\.(.+)\.driver", re.DOTALL)
_SYSTEM = Path("/etc/gitattributes")
_NAMES = b".gitattributes"


@dataclass(frozen=True, slots=True)
class Setting:
    """How this repository merges. `key` differs where a verdict may; `drivers` are the merge programs that are set.

    `renormalizes`: merges here run filter programs, too.
    """

    key: str
    drivers: tuple[str, ...]
    renormalizes: bool


def setting(place: Place, git: Git) -> Setting:
    """Return how merges are done here: configuration, git's version, and the attributes that no commit has."""
    asked = git.start("--version")
    listed = git.ask("config", "--null", "--get-regexp", _READ)[1]
    version = asked.communicate()[1]
    pairs = [item.partition("\n")[::2] for item in os.fsdecode(listed).split("\0") if item]
    values = dict(pairs)
    home = place.environ.get("XDG_CONFIG_HOME") or str(Path(place.environ.get("HOME", "/"), ".config"))
    own = Path(values.get("core.attributesfile") or Path(home, "git", "attributes")).expanduser()
    files = (Path(place.common_dir, "info", "attributes"), own, _SYSTEM)
    digest = hashlib.sha256(b"\0".join((version, listed, *map(_content, files))))
    drivers = tuple(found[1] for key in values if (found := _DRIVER.fullmatch(key)))
    renormalizes = values.get("merge.renormalize", "false").lower() not in ("false", "no", "off", "0")
    return Setting(digest.hexdigest()[:32], drivers, renormalizes)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def footprints(git: Git, wanted: Sequence[tuple[Oid, Oid]]) -> dict[tuple[Oid, Oid], Footprint]:
    """Return what each of these (base, tip) changed, read by one git."""
    found = {}
    for pair, records in zip(wanted, _compared(git, wanted), strict=True):
        paths, added, deleted = [], [], []
        for old, new, path in records:
            paths.append(path)
            if old.startswith(ABSENT):
                added.append(path)
            elif new.startswith(ABSENT):
                deleted.append(path)
        found[pair] = Footprint(frozenset(paths), frozenset(added), frozenset(deleted))
    return found


def _compared(git: Git, wanted: Sequence[tuple[Oid, Oid]], *patterns: str) -> Iterable[list[tuple[str, str, bytes]]]:
    """What differs from each base to its tip: (mode and id before, after, path)."""
    options = ("-r", "--raw", "-z", "--no-renames", "--no-relative", "--no-abbrev", "--ignore-submodules=none")
    data = "".join(f"{tip} {base}\n" for base, tip in wanted).encode()
    limit = ("--", *patterns) if patterns else ()
    out = git.run("diff-tree", "--stdin", "--always", *options, *limit, data=data) if wanted else b""
    groups: list[list[tuple[str, str, bytes]]] = []
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):
            old_mode, new_mode, old, new, _ = field[1:].decode().split(" ")
            groups[-1].append((f"{old_mode} {old}", f"{new_mode} {new}", next(fields)))
        elif field:
            groups.append([])
    return groups


Attributes = tuple[tuple[bytes, str], ...]
"""The attribute files of a commit: path and blob, in order."""


def attributes(
    git: Git, tips: Sequence[Oid], root: Oid, object_format: str, known: Attributes | None = None
) -> dict[Oid, Attributes]:
    """Return the attribute files of each of these commits; `root` is one that they are compared with, '' for none.

    `known` are the attribute files of the root, None where they are to be looked for: in the whole tree.
    """
    base = root or EMPTY_TREES[object_format]
    before: dict[bytes, str] = dict(known or ())
    if root and known is None:
        for record in git.run("ls-tree", "-r", "-z", "--full-tree", root).split(b"\0"):
            if record.endswith(_NAMES):
                said, _, path = record.partition(b"\t")
                _note(before, path, *said.decode().split(" ")[::2])
    wanted = [(base, tip) for tip in tips if tip != root]
    found = {root: tuple(sorted(before.items()))} if root in tips else {}
    for (_, tip), records in zip(wanted, _compared(git, wanted, ":(glob)**/.gitattributes"), strict=True):
        files = dict(before)
        for _, new, path in records:
            _note(files, path, *new.split(" "))
        found[tip] = tuple(sorted(files.items()))
    return found


def is_attributes(path: bytes) -> bool:
    """Whether git reads attributes from a path."""
    return path.rpartition(b"/")[2] == _NAMES


def _note(files: dict[bytes, str], path: bytes, mode: str, oid: str) -> None:
    """Note an attribute file; git reads none that is a link."""
    if not is_attributes(path):
        return
    files.pop(path, None)
    if mode.startswith("100"):
        files[path] = oid


def lay_out(git: Git, files: Attributes, top: Path) -> None:
    """Write attribute files below a directory, as a checkout of their commit has them."""
    for path, oid in files:
        names = os.fsdecode(path).split("/")
        if not {"", ".", "..", ".git"}.isdisjoint(names):
            continue
        place = top.joinpath(*names)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(git.run("cat-file", "blob", oid))


class Directories:
    """Tells whether commits have directories, by one git."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._known: dict[tuple[Oid, bytes], bool] = {}

    def has(self, commit: Oid, path: bytes) -> bool:
        """Whether a commit has a directory at this path."""
        known = self._known.get((commit, path))
        if known is None:
            kind = self._git.ask("cat-file", "-t", f"{commit}:{os.fsdecode(path)}")[1].strip()
            known = self._known[commit, path] = kind == b"tree"
        return known
