"""A `core.hooksPath` of a single worktree, which wins there over that of the repository: a directory between for each.

Agents set one for the worktree that they make, and `git worktree add` copies it into the next. As in `hooks_path`, the
directory that it names is not touched: the worktree's configuration leads to `<coord dir>/worktree-hooks/<digest>`,
whose files run ours and hand on to that one. Worktrees that name the same directory share one of ours, so that it
stands for as long as any of them leads to it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.kernel import coordfile, scratch
from gitcoord.setup.installation import hooks_path
from gitcoord.setup.installation.record import Change, Installed

if TYPE_CHECKING:
    from gitcoord.setup.installation.config import Config

KEY = hooks_path.KEY


class Between(NamedTuple):
    """A worktree whose own configuration names a directory of hooks: its top, that directory, and the change."""

    top: str
    where: str
    change: Change


def directory(common_dir: Path) -> Path:
    """Where our directories between stand."""
    return common_dir / "coord" / coordfile.WORKTREE_HOOKS


def plan(common_dir: Path, config: Config, installed: Installed, entries: Path) -> list[Between]:
    """Return the worktrees that need a directory between. `entries`: where ours are for the other worktrees."""
    found = []
    for file, top, values in _of_worktrees(common_dir, config):
        before = config.in_file(file, KEY)
        if before and hooks_path.is_ours(before[-1]):
            before = _before(installed, before[-1])
        where = next((value for value in (*reversed(values), *before[-1:]) if not hooks_path.is_ours(value)), "")
        if where and Path(top, Path(where).expanduser()) != entries:
            name = hashlib.sha256(os.fsencode(where)).hexdigest()[:12]
            change = Change(KEY, str(directory(common_dir) / name), before, file=file)
            found.append(Between(top, where, change))
    return found


def _before(installed: Installed, value: str) -> tuple[str, ...]:
    """Return what stood where we put this value, by the record."""
    return next((each.before for each in installed.changes if each.file and each.value == value), ())


def unknown(common_dir: Path, config: Config, installed: Installed, planned: list[Between]) -> list[Change]:
    """Return values that lead to directories of ours and are not on record for their worktree, to be taken out.

    Git copies such a value into a new worktree: what stood there before is then on record for another one.
    """
    known = {each.change.file for each in planned} | {each.file for each in installed.changes if each.key == KEY}
    return [
        Change(KEY, value, _before(installed, value), file=file)
        for file, _, (*_, value) in _of_worktrees(common_dir, config)
        if file not in known and Path(value).parent.name == coordfile.WORKTREE_HOOKS
    ]


def put(common_dir: Path, config: Config, planned: list[Between]) -> list[str]:
    """Write the directories, let the worktrees lead there; return what was done."""
    done = []
    for top, where, change in planned:
        wrote = hooks_path.put(Path(change.value), common_dir, top, where, change)
        if config.apply(change) or wrote:
            done.append(
                f"core.hooksPath of {top} leads to {change.value}, whose hooks run ours and then those in {where}"
            )
        if config.in_file(change.file, KEY, included=True)[-1:] != (change.value,):
            config.say_last(change)
    return done


def take(common_dir: Path, planned: list[Between]) -> None:
    """Remove the directories that no worktree leads to."""
    wanted = {each.change.value for each in planned}
    for path in directory(common_dir).glob("*"):
        if str(path) not in wanted:
            scratch.remove(path)
    if not planned:
        scratch.remove(directory(common_dir))


def _of_worktrees(common_dir: Path, config: Config) -> list[tuple[str, str, tuple[str, ...]]]:
    """Worktrees with a `core.hooksPath` of their own: configuration file, top and values, the last one wins."""
    if config.own("extensions.worktreeConfig")[-1:] != ("true",):
        return []
    found = []
    for git_dir in [common_dir, *sorted(common_dir.glob("worktrees/*"))]:
        file = git_dir / "config.worktree"
        if file.is_file():
            name = str(file.relative_to(common_dir))
            values = config.in_file(name, KEY, included=True)
            found += [(name, _top(git_dir), values)] if values else []
    return found


def _top(git_dir: Path) -> str:
    """The top of the worktree that a git directory belongs to."""
    try:
        return str(Path(os.path.normpath(git_dir / (git_dir / "gitdir").read_text().removesuffix("\n"))).parent)
    except OSError:
        return str(git_dir.parent if git_dir.name == ".git" else git_dir)
