"""Git's own config hooks (2.54 and newer): `hook.coord-NAME.command` and `.event`.

They run beside everything: hook files, `core.hooksPath`, other managers. Nothing of anybody else's is
touched. An older git ignores them silently: `proof` says so."""

from __future__ import annotations

from gitcoord.setup.installation import shims
from gitcoord.setup.installation.record import Change

SINCE = (2, 54)

PREFIX = "hook.coord-"


def plan() -> list[Change]:
    """The keys to set. The command comes first: an event without a command is fatal to every commit."""
    return [
        Change(f"{PREFIX}{name}.{key}", value)
        for name in shims.NAMES
        for key, value in (("command", shims.line(name)), ("event", name))
    ]
