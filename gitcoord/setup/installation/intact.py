"""Whether git would run our hooks here: a few reads, no process, for every command to afford.

It reads files, so it can be fooled; `proof` cannot.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.errors.remedy import Remedy
from gitcoord.setup.installation import config_hooks, hooks_dir, hooks_path, led_past, record, shims, worktree_hooks
from gitcoord.setup.installation.config import Config, version

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git
    from gitcoord.setup.installation.record import Installed

_MENDS = Remedy("{} mends it", "init")


def intact(git: Git, common_dir: Path, coord_dir: Path, *, named: str, top: str) -> str:
    """Return what keeps git from running our hooks here and what mends it, in one sentence; '' where all is well.

    `named` is the user's `core.hooksPath`, of whatever configuration, '' where there is none; `top` the top of the
    work tree, '' where there is none. Raises `Unreadable` where the record of what was installed cannot be read.
    """
    installed = record.load(coord_dir)
    if installed is None:
        return Remedy("no hook of git-coord is installed: {} installs them", "init")
    if installed.mode == "none":
        return ""
    wrong = _programs(common_dir, installed)
    if wrong:
        return wrong
    if installed.mode == "git-config":
        return _configured(common_dir) or _too_old(git, installed)
    where = hooks_path.directory(common_dir) if installed.directory else common_dir / "hooks"
    leads_to = Path(top or common_dir, Path(named).expanduser()) if named else common_dir / "hooks"
    if leads_to != where and leads_to.parent != worktree_hooks.directory(common_dir):
        return led_past.why(Config(git, common_dir), leads_to)
    return _entries(leads_to)


def git_program(environ: dict[str, str]) -> str:
    """Return what tells one git program from another: where its file is and when it was changed; '' for none."""
    for directory in os.get_exec_path(environ):
        file = Path(directory, "git")
        with suppress(OSError):
            known = file.stat()
            if stat.S_ISREG(known.st_mode) and os.access(file, os.X_OK):
                return f"{known.st_dev}:{known.st_ino}:{known.st_mtime_ns}"
    return ""


def _configured(common_dir: Path) -> str:
    config = shims.content_of(common_dir / "config")
    for name in shims.NAMES:
        if b'[hook "coord-%s"]' % name.encode() not in config:
            return f"{config_hooks.PREFIX}{name} is gone from the configuration: {_MENDS}"
    return ""


def _too_old(git: Git, installed: Installed) -> str:
    """Config hooks need a git that knows them, and another one may be first on the PATH. Asked only where it is."""
    if git_program(git.env) == installed.git or version(git) >= config_hooks.SINCE:
        return ""
    return Remedy("this git is older than 2.54 and passes over our hooks: {}", "init --hooks files")


def _entries(where: Path) -> str:
    for name in shims.NAMES:
        entry = hooks_dir.standing(where, name)
        if entry is None:
            return f"{where / name} was replaced by another program: {_MENDS}"
        if not os.access(entry, os.X_OK):
            return f"{entry} is not executable, so git passes over it: {_MENDS}"
    return ""


def _programs(common_dir: Path, installed: Installed) -> str:
    if not os.access(installed.python, os.X_OK):
        return f"the hooks name {installed.python}, which is gone: {_MENDS}"
    if not Path(installed.package, "gitcoord").is_dir():
        return f"the hooks name {installed.package}/gitcoord, which is gone: {_MENDS}"
    for name in (*shims.COMMON, *shims.NAMES):
        if not (shims.directory(common_dir) / name).is_file():
            return f"{shims.directory(common_dir) / name} is gone: {_MENDS}"
    return ""
