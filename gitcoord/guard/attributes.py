"""The paths that `.gitattributes` takes out of the guard's sight: `coord=shared` or `coord=off`.

Only the files of a commit that is made already count: not those of the commit in the making, of the work tree, of
`.git/info`, nor those that configuration names. `git check-attr --source` would read a commit, but git has it since
2.40 only, and it minds the other files all the same. So git is asked in an empty repository of our own, whose index
holds the `.gitattributes` in question and nothing else.
"""

# ruff: noqa: PTH102, PTH106, PTH108, SIM105 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os

from gitcoord import errors
from gitcoord.kernel.git import Git
from gitcoord.policy import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_ATTRIBUTE = "coord"
_FILE = ".gitattributes"
_MOST_TRIES = 100
_QUIET = ("-c", "core.attributesFile=/dev/null", "-c", "attr.tree=")

Files = tuple[tuple[str, str], ...]
"""The attribute files that can concern some paths: each its path and the id of its content."""


def exempt(git: Git, asked: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Return which paths are out of sight, for each commit: `asked` are commits (or HEAD) and the paths in question.

    A commit that is not there has no attributes. Raises `GitFailed`, or `Unreadable` where no file can be written.
    """
    by_files: dict[Files, list[str]] = {}
    for commit, files in _files(git, asked).items():
        if files:
            by_files.setdefault(files, []).append(commit)
    found: dict[str, set[str]] = {commit: set() for commit in asked}
    for files, commits in by_files.items():
        paths = list(dict.fromkeys(path for commit in commits for path in asked[commit]))
        marked = _marked(git, files, paths)
        for commit in commits:
            found[commit] = marked.intersection(asked[commit])
    return found


def _files(git: Git, asked: Mapping[str, Collection[str]]) -> dict[str, Files]:
    """The attribute files that each commit has in the directories above the paths."""
    questions = []
    for commit, paths in asked.items():
        directories = {"": True}
        for path in paths:
            above, slash, _ = path.rpartition("/")
            while slash and above not in directories:
                directories[above] = True
                above, slash, _ = above.rpartition("/")
        # Git takes one line for one question.
        questions += [
            (commit, f"{directory}/{_FILE}" if directory else _FILE)
            for directory in directories
            if "\n" not in directory
        ]
    lines = "".join(f"{commit}:{path}\n" for commit, path in questions).encode("utf-8", "surrogateescape")
    answers = git.run("cat-file", "--batch-check=%(objecttype) %(objectname)", data=lines).split(b"\n")
    found: dict[str, list[tuple[str, str]]] = {commit: [] for commit in asked}
    for (commit, path), answer in zip(questions, answers, strict=False):
        kind, _, oid = answer.partition(b" ")
        if kind == b"blob":
            found[commit].append((path, oid.decode()))
    return {commit: tuple(files) for commit, files in found.items()}


def _marked(git: Git, files: Files, paths: list[str]) -> set[str]:
    """Those of the paths that these attribute files take out of sight."""
    objects = git.text("rev-parse", "--path-format=absolute", "--git-path", "objects")
    directory = _scratch(git.env.get("TMPDIR") or "/tmp")
    try:
        os.mkdir(directory + "/refs")
        _write(directory + "/HEAD", "ref: refs/heads/none\n")
        if len(files[0][1]) == 64:
            _write(directory + "/config", "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n")
        apart = Git(git.env, git_dir=directory)
        apart.prefix += _QUIET
        apart.env |= {"GIT_OBJECT_DIRECTORY": objects, "GIT_INDEX_FILE": directory + "/index", "GIT_ATTR_NOSYSTEM": "1"}
        apart.env.pop("GIT_ATTR_SOURCE", None)
        entries = b"".join(_raw(f"100644 {oid}\t{path}") + b"\0" for path, oid in files)
        apart.run("update-index", "-z", "--index-info", data=entries)
        names = b"".join(_raw(path) + b"\0" for path in paths)
        fields = apart.run("check-attr", "--cached", "-z", "--stdin", _ATTRIBUTE, data=names).split(b"\0")
    except OSError as error:
        raise errors.storage.CannotAccess("write", directory, error.strerror) from error
    finally:
        _remove(directory)
    # Three fields each: the path, the attribute, its value.
    return {path for at, path in enumerate(paths) if fields[3 * at + 2].decode(errors="replace") in guard.EXEMPT}


def _scratch(above: str) -> str:
    """Make a directory of our own, which nobody else may enter. Raises `Unreadable`."""
    for number in range(_MOST_TRIES):
        path = f"{above}/git-coord-{os.getpid()}-{number}"
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise errors.storage.CannotAccess("write", path, error.strerror) from error
        return path
    raise errors.storage.CannotAccess("make a directory in", above, "every name is taken")


def _remove(directory: str) -> None:
    for name in ("index", "HEAD", "config"):
        try:
            os.unlink(f"{directory}/{name}")
        except OSError:
            pass  # it was never made
    for path in (directory + "/refs", directory):
        try:
            os.rmdir(path)
        except OSError:
            pass


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
