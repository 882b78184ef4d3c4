"""The six hooks as files in `<common git directory>/coord/hooks`, and the entries that lead to them.

The templates are in `hooks/` of the source, `gitcoord/hooks/` of the installed package.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import gitcoord
from gitcoord import errors
from gitcoord.errors.remedy import typed
from gitcoord.kernel import atomic, coordfile

NAMES = ("pre-commit", "prepare-commit-msg", "pre-push", "post-commit", "post-rewrite", "post-merge")
"""The hooks that gitcoord has."""

COMMON = ("common.sh", "guard.sh", "notes.sh")
"""What they share."""

MARK = b"# git-coord: runs its "
"""What every entry says on its second line."""

FIND = (
    'common=${GIT_DIR:-.git}; [ -d "$common" ] || common=$(git rev-parse --git-common-dir); '
    '[ ! -f "$common/commondir" ] || { read -r linked <"$common/commondir"; '
    "case $linked in /*) common=$linked ;; *) common=$common/$linked ;; esac; }"
)
"""Shell that finds the common git directory by builtins, from where git runs a hook: the top of the work
tree, with GIT_DIR set wherever `.git` is not that directory itself. Never a path of the time of installing:
repositories are moved and copied."""


def directory(common_dir: Path) -> Path:
    """Where the hooks stand."""
    return common_dir / "coord" / coordfile.HOOKS


def write(common_dir: Path, python: str, package: str, store: str) -> bool:
    """Write the six hooks and what they share. True where anything was different before.

    `store` is the separate store, empty where there is none; inside the repository it is written relative
    to it.
    """
    where = directory(common_dir)
    where.mkdir(parents=True, exist_ok=True)
    if store and Path(store).is_relative_to(common_dir):
        store = str(Path(store).relative_to(common_dir))
    values = {"PYTHON": shlex.quote(python), "PACKAGE": shlex.quote(package), "STORE": shlex.quote(store)}
    changed = [put(where / name, render(name, values)) for name in (*COMMON, *NAMES)]
    return any(changed)


def remove(common_dir: Path) -> None:
    """Take the hooks out; no error where they are gone."""
    for name in (*COMMON, *NAMES):
        (directory(common_dir) / name).unlink(missing_ok=True)
    remove_if_empty(directory(common_dir))


def entry(name: str, *, before: str, removal: str, common: str) -> bytes:
    """The text of an entry: runs our hook, then the one at `before`. All are shell text, quoted already."""
    values = {"NAME": name, "BEFORE": before, "REMOVE": removal, "COMMON": common}
    return render("entry", values)


def line(name: str) -> str:
    """The shell line for Git's config hooks; git adds `"$@"` to it."""
    ours = f'"$common/coord/hooks/{name}"'
    gone = f"git-coord: $common/coord/hooks/{name} is gone. {typed('init')} puts it back; to remove the hook:"
    removal = f"git config --remove-section hook.coord-{name}"
    return f'{FIND}; [ -f {ours} ] || {{ echo "{gone} {removal}" >&2; exit 0; }}; . {ours}'


def render(name: str, values: dict[str, str]) -> bytes:
    """A template with its placeholders filled in."""
    text = _templates().joinpath(name).read_bytes()
    for key, value in values.items():
        text = text.replace(b"@%s@" % key.encode(), os.fsencode(value))
    return text


def put(path: Path, content: bytes) -> bool:
    """Make `path` an executable file with this content, whole or not at all. True where it was not."""
    if not path.is_symlink() and content_of(path) == content and os.access(path, os.X_OK):
        return False
    atomic.put(path, content, mode=0o777)
    return True


def content_of(path: Path) -> bytes:
    """What a file holds; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def is_entry(path: Path) -> bool:
    """Whether this is an entry of ours, edited or not."""
    return not path.is_symlink() and MARK in content_of(path)


def remove_if_empty(path: Path) -> None:
    """Remove a directory unless something is in it."""
    try:
        path.rmdir()
    except OSError:
        return


def _templates() -> Path:
    package = Path(gitcoord.__file__).parent
    for place in (package / "hooks", package.parent / "hooks"):
        if place.joinpath("entry").is_file():
            return place
    raise errors.cli.NoTemplates()
