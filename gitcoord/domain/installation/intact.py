"""Whether the hooks are still where they were put: a few reads, no process, for every command to afford.

It reads files, so it can be fooled; `proof` cannot.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.installation import config_hooks, hooks_dir, hooks_path, record, shims

if TYPE_CHECKING:
    from gitcoord.domain.installation.record import Installed

_HOOKS_PATH = re.compile(rb"^[ \t]*(?:\[core\][ \t]*)?hookspath[ \t]*=[ \t]*(.*?)[ \t]*$", re.IGNORECASE | re.MULTILINE)

_MENDS = "git coord init mends it"


def intact(common_dir: Path, coord_dir: Path) -> str:
    """What displaced our hooks and what mends it, in one sentence; empty where all is well.

    Raises `Unreadable` where the record cannot be read.
    """
    installed = record.load(coord_dir)
    if installed is None or installed.mode == "none":
        return ""
    config = shims.content_of(common_dir / "config")
    wrong = _programs(common_dir, installed)
    if wrong:
        return wrong
    if installed.mode == "git-config":
        for name in shims.NAMES:
            if b'[hook "coord-%s"]' % name.encode() not in config:
                return f"{config_hooks.PREFIX}{name} is gone from the configuration: {_MENDS}"
        return ""
    where = hooks_path.directory(common_dir) if installed.directory else common_dir / "hooks"
    return _led_past(config, common_dir, where) or _entries(where)


def _led_past(config: bytes, common_dir: Path, where: Path) -> str:
    values = [os.fsdecode(value.strip(b'"')) for value in _HOOKS_PATH.findall(config)]
    leads_to = Path(common_dir.parent, values[-1]) if values else common_dir / "hooks"
    return "" if leads_to == where else f"core.hooksPath leads to {leads_to}, past our hooks: {_MENDS}"


def _entries(where: Path) -> str:
    for name in shims.NAMES:
        entry = hooks_dir.standing(where, name)
        if entry is None:
            return f"{where / name} is not ours any more: {_MENDS}"
        if not os.access(entry, os.X_OK):
            return f"{entry} is not executable, so git passes over it: {_MENDS}"
    return ""


def _programs(common_dir: Path, installed: Installed) -> str:
    if not os.access(installed.python, os.X_OK):
        return f"the hooks name {installed.python}, which is gone: {_MENDS}"
    if not Path(installed.package, "gitcoord").is_dir():
        return f"the hooks name {installed.package}/gitcoord, which is gone: {_MENDS}"
    for name in (shims.COMMON, *shims.NAMES):
        if not (shims.directory(common_dir) / name).is_file():
            return f"{shims.directory(common_dir) / name} is gone: {_MENDS}"
    return ""
