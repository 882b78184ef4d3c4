"""Meeting the hub before a push: the one hook that waits for the network, in a process of its own."""

from __future__ import annotations

import sys

from gitcoord.kernel import spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.context import Context

_DIGITS = 20

LIMIT = 10
"""Seconds after which a push goes on with what is known here."""


def meet(context: Context) -> str:
    """Learn what the hub knows by now; returns why that was not possible, '' where it was or where there is no hub."""
    if _met(context) or not named(context):
        return ""
    # -P: a directory of the user's called gitcoord is not our program.
    argv = [sys.executable, "-P", "-m", "gitcoord", "sync", "--quiet", "--timeout", str(LIMIT)]
    status, _, err = spawn.run(argv, context.environ, timeout=LIMIT + 2)
    if status == 0:
        return ""
    said = err.decode(errors="replace").strip().splitlines()
    return said[0].removeprefix("error: ") if said else "it did not answer in time"


def _met(context: Context) -> bool:
    """Whether the landing that pushes met the hub in its own process, just now."""
    from gitcoord.policy.landing import FRESH, MET  # only a push looks

    said = context.environ.get(MET, "")
    return said.isdecimal() and len(said) < _DIGITS and 0 <= context.now() - int(said) <= FRESH


def named(context: Context) -> bool:
    """Return whether this clone has a hub; an empty name says that it has none."""
    return bool(context.git.ask("config", "--get", "coord.hub")[1].strip())


def obliged(context: Context) -> bool:
    """Whether a push is refused while the hub cannot be asked (`coord.offlinePush`)."""
    return context.git.ask("config", "--get", "coord.offlinePush")[1].strip() == b"refuse"
