"""Where `core.hooksPath` is set (husky, a tracked directory of the team, one's own): a directory between.

The directory that it names is not ours and is not touched. `core.hooksPath` of this repository leads to
`<common git directory>/coord/hooks-path` instead, whose files run ours and hand on to the hook of that name
in the other directory, looked up when it runs: what is added there later runs too.

The value has to be absolute: git takes a relative one from the top of the worktree, and in a linked worktree
`.git` is a file. After a repository was moved `intact` and `doctor` say so; in a copy the entries find the
copy.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile
from gitcoord.setup.installation import shims
from gitcoord.setup.installation.record import Change, Installed

if TYPE_CHECKING:
    from gitcoord.setup.installation.config import Config

KEY = "core.hooksPath"

HANDED_ON = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-merge-commit", "commit-msg", "pre-rebase",
    "post-checkout", "pre-auto-gc", "sendemail-validate",
)  # fmt: skip
"""Hooks of clients that we have none for. They may be added to the other directory at any time."""

HANDED_ON_WHERE_FOUND = (
    "pre-receive", "update", "proc-receive", "post-receive", "post-update", "push-to-checkout",
    "reference-transaction", "post-index-change", "p4-changelist", "p4-prepare-changelist",
    "p4-post-changelist", "p4-pre-submit",
)  # fmt: skip
"""Hooks that change what git does by being there (push-to-checkout), or that run so often that an empty one
is felt."""


def directory(common_dir: Path) -> Path:
    """Our directory between."""
    return common_dir / "coord" / coordfile.HOOKS_PATH


def is_ours(value: str) -> bool:
    """Whether a value of `core.hooksPath` is one that we set, here or where this repository was before."""
    return value.endswith("/coord/hooks-path") or Path(value).parent.match(f"coord/{coordfile.WORKTREE_HOOKS}")


def plan(common_dir: Path, config: Config, installed: Installed, top: str) -> tuple[str, Change] | None:
    """The directory to hand on to, and the change of `core.hooksPath`.

    None where an entry in the hooks directory will do. `top` is the top of the work tree, empty in a bare
    repository.
    """
    own, hooks = config.own(KEY), common_dir / "hooks"
    recorded = installed.change(KEY)
    values = _in_force(config)
    if recorded and own == (recorded.value,):
        before, named = recorded.before, installed.directory if recorded.before else ""
    else:
        before, named = () if own and is_ours(own[-1]) else own, ""
    if not named or not is_ours(values[-1]):  # what a file included later says wins over what we know
        named = next((value for value in reversed(values) if not is_ours(value)), "")
    if named and Path(top or common_dir, named) != hooks:
        where = named
    elif hooks.is_symlink():
        # A link to a directory that is likely tracked, and used by others.
        where = str(hooks)
    else:
        return None
    return where, Change(KEY, str(directory(common_dir)), before)


def overridden(common_dir: Path, config: Config) -> bool:
    """Whether another value than ours is in force for the repository: of a file that its configuration includes."""
    values = _in_force(config)
    return bool(values) and values[-1] != str(directory(common_dir))


def _in_force(config: Config) -> list[str]:
    """What `core.hooksPath` names, `~/` expanded, the last one wins; single worktrees' passed over."""
    return [each.value for each in config.in_force(KEY, path=True) if each.scope != "worktree"]


def put(ours: Path, common_dir: Path, top: str, where: str, change: Change) -> bool:
    """Write `ours`, the directory between; return whether anything in it was different before."""
    ours.mkdir(parents=True, exist_ok=True)
    before = '"$common/hooks"' if where == str(common_dir / "hooks") else shlex.quote(where)
    config = "git config --worktree" if change.file else "git config"
    removal = shlex.quote(
        f"{config} {KEY} {shlex.quote(change.before[-1])}" if change.before else f"{config} --unset {KEY}"
    )
    wrote = [
        shims.put(
            ours / name,
            shims.entry(name, before=f"{before}/{name}", removal=removal, common=shims.FIND),
        )
        for name in shims.NAMES
    ]
    found = [name for name in HANDED_ON_WHERE_FOUND if Path(top or common_dir, where, name).exists()]
    through = shims.render("through", {"BEFORE": before, "COMMON": shims.FIND})
    wrote += [shims.put(ours / name, through) for name in (*HANDED_ON, *found)]
    return any(wrote)


def take(common_dir: Path) -> None:
    """Remove the directory between."""
    ours = directory(common_dir)
    for name in (*shims.NAMES, *HANDED_ON, *HANDED_ON_WHERE_FOUND):
        (ours / name).unlink(missing_ok=True)
    shims.remove_if_empty(ours)
