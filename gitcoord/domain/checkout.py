"""What the work tree and history of the user's repository say: head, files, ancestry. Asked of git, lazily."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.kernel import revision, worktree
from gitcoord.kernel.refdir import MOST_PACKED
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy import scope as scopes
from gitcoord.policy import typed
from gitcoord.policy.ids import Oid
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.policy.scope import PathKind, Scope

MOST_IN_RANGE = 1000
"""Names that `port:3000-3099` may stand for."""


def branch(workspace: Workspace, git_dir: str = "") -> str:
    """Return the branch checked out here, or in the worktree whose git directory is `git_dir`; 'detached' for none."""
    try:
        with Path(git_dir or workspace.place.git_dir, "HEAD").open(encoding="utf-8", errors="surrogateescape") as file:
            line = file.readline().rstrip("\n")
    except OSError:
        return "detached"
    if not line.startswith("ref: "):
        return "detached"
    if line == f"ref: {HEADS}.invalid":  # reftable: the file says nothing
        place = [f"--git-dir={git_dir}"] if git_dir else []
        named = workspace.place.git.ask(*place, "symbolic-ref", "--short", "-q", "HEAD")[1]
        return named.decode(errors="surrogateescape").strip() or "detached"
    return line.removeprefix("ref: ").removeprefix(HEADS)


def head(workspace: Workspace) -> Oid:
    """The commit checked out here; '' before the first one."""
    found = _head_in_files(workspace.place.git_dir, workspace.place.common_dir)
    if found is not None:
        return found
    return revision.leads_to(workspace.place.git, "HEAD")


def _head_in_files(git_dir: str, common_dir: str) -> Oid | None:
    """What HEAD is where refs are files, without a git for it; None where only git knows."""
    try:
        line = Path(git_dir, "HEAD").read_text().strip()
        if line.startswith("ref: "):
            ref = line.removeprefix("ref: ")
            if not ref.startswith(HEADS) or ref == f"{HEADS}.invalid":  # reftable: the file says nothing
                return None
            try:
                line = Path(common_dir, ref).read_text().strip()
            except (FileNotFoundError, NotADirectoryError):
                return _packed(common_dir, ref)
        return Oid(line) if len(line) == 40 else None
    except (OSError, ValueError):
        return None


def _packed(common_dir: str, ref: str) -> Oid:
    """What a packed ref names, '' where it is not packed. Raises `OSError`, and `ValueError` for a long list."""
    packed = Path(common_dir, "packed-refs")
    try:
        if packed.stat().st_size > MOST_PACKED:
            raise ValueError("git finds it faster")
        before, found, _ = packed.read_bytes().partition(b" " + os.fsencode(ref) + b"\n")
    except FileNotFoundError:
        return Oid("")
    return Oid(before[-40:].decode() if found else "")


@dataclass(frozen=True, slots=True)
class Typed:
    """The scopes that somebody typed. At those of the paths in `absent` is nothing, neither here nor to git."""

    scopes: tuple[Scope, ...]
    absent: tuple[Scope, ...]


class _Ground:
    """The working tree around somebody who types paths. `unknown` is what a path counts as at which nothing is."""

    def __init__(self, workspace: Workspace, unknown: PathKind) -> None:
        self._place = place = workspace.place
        self._top, self._cwd = place.top or place.common_dir, place.cwd if place.top else place.common_dir
        self._ignore_case = place.flag("core.ignorecase", False)
        self._unknown = unknown
        self.absent: set[str] = set()

    def locate(self, text: str) -> str:
        """Return the path from the repository's root. Raises `Usage`."""
        return worktree.locate(self._top, self._cwd, text, ignore_case=self._ignore_case)

    def exists(self, text: str) -> bool:
        """Say whether a typed path names something that is there."""
        return os.path.lexists(Path(self._cwd, text))

    def is_file(self, text: str) -> bool:
        """Say whether a file stands at a typed path."""
        return Path(self._cwd, text).is_file()

    def kind_at(self, text: str, path: str) -> PathKind:
        """Say whether a path is a file or a directory: here, or to git where it is not checked out."""
        for there in (Path(self._cwd, text), Path(self._top, path)):
            if os.path.lexists(there):
                return "directory" if there.is_dir() and not there.is_symlink() else "file"
        kind = _kind_to_git(self._place, path)
        if kind is None:
            self.absent.add(path)
        return kind or self._unknown


def _kind_to_git(place: Place, path: str) -> PathKind | None:
    """What git has at a path, in whatever case it is written; None for nothing."""
    if not place.top:
        kind = place.git.ask("cat-file", "-t", f"HEAD:{path}")[1].strip()
        return None if not kind else "file" if kind == b"blob" else "directory"
    out = place.git.ask("ls-files", "-z", "--", f":(top,literal,icase){path}")[1]
    names = [os.fsdecode(name) for name in out.split(b"\0") if name]
    if not names:
        return None
    return "file" if any(folded(name) == folded(path) for name in names) else "directory"


def look(workspace: Workspace, texts: Iterable[str], *, unknown: PathKind = "file") -> Typed:
    """The scopes that somebody means who stands where we are, and which of the paths are not there. Raises `Usage`."""
    ground = _Ground(workspace, unknown)
    found = [typed.parse(text, ground) for text in texts]
    mine = tuple(dict.fromkeys(_local_names(workspace, found)))
    return Typed(mine, tuple(scope for scope in mine if scope.is_path and scope.text in ground.absent))


def parse(workspace: Workspace, texts: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of somebody who looks for something: a path at which nothing is means all below it. Raises `Usage`."""
    return look(workspace, texts, unknown="directory").scopes


def _local_names(workspace: Workspace, found: Iterable[Scope]) -> Iterable[Scope]:
    """Resources that belong to this machine are told apart by its identity: `port:3000@1f0c3a9be27d`."""
    kinds = host_kinds(workspace)
    for scope in found:
        kind, _, name = scope.text.partition(":")
        if scope.kind == "name" and kind in kinds and "@" not in name:
            yield scopes.Scope("name", f"{scope.text}@{_machine(workspace)}")
        else:
            yield scope


def _machine(workspace: Workspace) -> str:
    """What this machine is called for ever; by its name only where nothing else is known of it."""
    return workspace.caller.machine or workspace.caller.host


def host_kinds(workspace: Workspace) -> frozenset[str]:
    """Kinds of names that belong to this machine."""
    return frozenset(workspace.place.setting("coord.hostkinds", "port,gpu,db").replace(" ", "").split(","))


def is_of_this_machine(workspace: Workspace, scope: Scope) -> bool:
    """Whether it is the name of something that belongs to this machine: nobody elsewhere can want it."""
    return (
        scope.kind == "name"
        and scope.text.partition(":")[0] in host_kinds(workspace)
        and scope.text.endswith(f"@{_machine(workspace)}")
    )


def shown(workspace: Workspace, scope: Scope) -> str:
    """A scope as answers name it: what this machine owns without the machine's name."""
    if is_of_this_machine(workspace, scope):
        return scope.text.removesuffix(f"@{_machine(workspace)}")
    # `./a:b`, or it would read as a name.
    return f"./{scope.text}" if scopes.text_of([scope]).startswith("./") else scope.text


def to_type(workspace: Workspace, scope: Scope) -> str:
    """A scope as it has to be typed by who stands where we are."""
    place = workspace.place
    if scope.kind == "name" or not place.top:
        return shown(workspace, scope)
    if scope.is_path:
        path = os.path.relpath(os.path.join(place.top, scope.text), place.cwd)  # noqa: PTH118
        return shown(workspace, scopes.Scope("file", path))
    way = os.path.relpath(place.top, place.cwd)
    return scope.text if way == scopes.ROOT else f"{way}/{scope.text}"


def count_files(workspace: Workspace, wanted: Iterable[Scope]) -> int:
    """How many existing files the scopes hold: tracked ones, and a single untracked one that is named."""
    place = workspace.place
    total, patterns = 0, []
    for scope in wanted:
        path = os.path.join(place.top, scope.text)  # noqa: PTH118 - os.path bears names too long for the disk
        if scope.is_path and (os.path.islink(path) or os.path.isfile(path)):  # noqa: PTH113, PTH114
            total += 1
        elif scope.is_path and os.path.lexists(path):
            patterns.append(":(top,literal)" + ("" if scope.text == scopes.ROOT else scope.text))
        elif scope.kind == "glob":
            patterns.append(":(top,glob)" + scope.text)
    if patterns and place.top:
        total += place.git.run("ls-files", "-z", "--", *patterns).count(b"\0")
    return total


def unpushed(workspace: Workspace, released: Iterable[Scope]) -> int:
    """Return how many commits of HEAD touch these scopes and are on no remote, as far as its tracking refs tell.

    0 in a bare repository, and where no remote is known yet.
    """
    place = workspace.place
    patterns = []
    for scope in released:
        if scope.is_path:
            patterns.append(":(top,icase,literal)" + ("" if scope.text == scopes.ROOT else scope.text))
        elif scope.kind == "glob":
            patterns.append(":(top,icase,glob)" + scope.text)
    if not patterns or not place.top:
        return 0
    status, out, _ = place.git.ask("rev-list", "--count", "HEAD", "--not", "--remotes", "--", *patterns)
    count = int(out) if status == 0 else 0  # before the first commit there is no HEAD
    return count if count and place.git.ask("for-each-ref", "--count=1", REMOTES)[1] else 0


def has_commit(workspace: Workspace, commit: Oid) -> bool:
    """Whether a commit is in the history of HEAD."""
    return revision.is_behind(workspace.place.git, commit, "HEAD")


def ranges(texts: Iterable[str]) -> list[str]:
    """The names meant by `kind:3000-3099`, in order; everything else as it is. Raises `Usage` for a bad range."""
    found: list[str] = []
    for text in texts:
        kind, colon, name = text.partition(":")
        first, dash, last = name.partition("-")
        if colon and dash and first.isascii() and first.isdigit() and last.isascii() and last.isdigit():
            if not 0 <= int(last) - int(first) < MOST_IN_RANGE:
                raise errors.scope.EmptyRange(text, MOST_IN_RANGE)
            found += [f"{kind}:{number}" for number in range(int(first), int(last) + 1)]
        else:
            found.append(text)
    return found
