"""Opening the hub of a repository that has one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.kernel.git import Git
from gitcoord.kernel.refname import COORD
from gitcoord.policy import duration
from gitcoord.sync import looking
from gitcoord.sync.address import is_path
from gitcoord.sync.agree import Agreement
from gitcoord.sync.grace import GRACE
from gitcoord.sync.transport import TIMEOUT, Hub

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place


def open_agreement(workspace: Workspace) -> Agreement | None:
    """The agreement with the hub that `coord.hub` names, None where there is none."""
    hub = open_hub(workspace.place)
    if hub is None:
        return None
    place = workspace.place
    return Agreement(
        workspace.ledger,
        hub,
        workspace.clone,
        read_only=place.flag("coord.hubreadonly", False),
        grace=duration.parse(place.setting("coord.grace", f"{GRACE}s")),
        skew=workspace.tolerance,
        look_every=duration.parse(place.setting("coord.lookevery", f"{looking.EVERY}s")),
        insists=not place.flag("coord.autosync", True),
    )


def open_hub(place: Place) -> Hub | None:
    """The hub that `coord.hub` names, or None where there is none."""
    name = place.setting("coord.hub")
    if not name:
        return None
    url, base = name, _base(place)
    if place.store_dir != place.common_dir:  # there the remote has no name
        status, out, _ = place.git.ask("remote", "get-url", "--push", "--end-of-options", name)
        url = os.fsdecode(out).strip() if status == 0 else name
        if is_path(url):
            url = str(Path(base, url).resolve())
    prefix = place.setting("coord.refprefix", COORD).rstrip("/")
    seconds = place.setting("coord.hubtimeout", str(TIMEOUT)).removesuffix("s")
    timeout = float(seconds) if seconds.isascii() and seconds.isdigit() else TIMEOUT
    git = Git(place.environ, cwd=base, git_dir=place.store_dir)
    beside, fsync = place.store_dir == place.common_dir, place.flag("coord.fsync", True)
    here = (git, name, url, prefix, timeout)
    return Hub(*here, store=place.store_dir, base=base, beside=beside, fsync=fsync, remotes=place.git)


def _base(place: Place) -> str:
    """Return the directory from which a remote's relative path leads: the main worktree, also from all others."""
    common = Path(place.common_dir)
    return str(common.parent) if common.name == ".git" else place.top or place.common_dir
