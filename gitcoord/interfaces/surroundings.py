"""The world around a call, as a program on this machine has it; and what is left to do when a call is over."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gitcoord
from gitcoord import errors
from gitcoord.errors import CoordError
from gitcoord.kernel.clock import RandomIds, SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager

    from gitcoord.domain.agreement import Agreement
    from gitcoord.domain.call import Call, Surroundings
    from gitcoord.domain.workspace import Caller, Workspace
    from gitcoord.kernel.place import Place


def around(
    environ: Mapping[str, str],
    *,
    note: Callable[[str], None],
    read_input: Callable[[int], bytes],
    output: int,
    busy: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext(),
    jailed: bool = False,
    aside: bool = False,
    single: bool = False,
    stop: int = -1,
    patient: bool = True,
) -> Surroundings:
    """Return the surroundings of a call that this process makes (`domain.call.Surroundings` has the rest)."""
    from gitcoord.domain.call import Surroundings

    return Surroundings(
        environ=environ,
        clock=SystemClock(),
        ids=RandomIds(),
        caller=lambda: caller(environ),
        agreement=_agreement,
        later=_later,
        unguarded=_unguarded,
        busy=busy,
        note=note,
        read_input=read_input,
        output=output,
        hook_line=hook_line,
        python=sys.executable,
        wake=_wake,
        jailed=jailed,
        aside=aside,
        single=single,
        stop=stop,
        patient=patient,
    )


def hook_line(agent: str, event: str, portable: bool) -> str:
    """Return the shell line that an agent's configuration calls for an event. Raises `Usage`."""
    from gitcoord.hook.agent.line import shell_line

    package = str(Path(gitcoord.__file__).resolve().parent.parent)
    try:
        if portable:
            return shell_line(agent, event)  # type: ignore[arg-type]  # the agents are those that it knows
        return shell_line(agent, event, python=sys.executable, package=package)  # type: ignore[arg-type]  # the same
    except ValueError as error:
        raise errors.cli.QuotesInPath(error) from error


def sync(call: Call) -> None:
    """Exchange with the hub what is due, where it was in reach."""
    if call.opened is not None and call.opened.agreement.status == "ok":
        from gitcoord.sync.due import sync_if_due

        sync_if_due(call.opened, at_once=call.hurried)


def pack(workspace: Workspace) -> None:
    """Let a process of its own pack what was written lately, where it is due: nobody waits for it."""
    from gitcoord.kernel import packing

    place = workspace.place
    if packing.is_due(place.coord_dir, place.store_dir) and place.flag("coord.pack", True):
        packing.in_background(workspace.ledger.store, place.store_git)


def remember(workspace: Workspace) -> None:
    """Let the hooks know of what was recorded, where the environment names a session: so a commit starts no Python.

    The notes that they owe are written.
    """
    from gitcoord.domain.session.identity import VARIABLE
    from gitcoord.guard import view

    place = workspace.place
    with suppress(CoordError, OSError):  # they are still owed
        view.settle(place.git, str(place.coord_dir))
    if not workspace.ledger.store.refs.moved or not place.environ.get(VARIABLE) or not place.top:
        return
    from gitcoord.hook import known
    from gitcoord.hook.context import Context

    with suppress(CoordError, OSError):
        known.refresh(Context(place.common_dir, place.store_dir, dict(place.environ), git_dir=place.git_dir))


def show(place: Place) -> None:
    """Let a process of its own write the file in which the board is kept, where one is named and it is old."""
    if place.setting("coord.boardfile"):
        from gitcoord.interfaces import background, boardfile

        if boardfile.is_due(place):
            background.start(place, "board")


def _agreement(workspace: Workspace) -> Agreement | None:
    from gitcoord.sync.open import open_agreement

    return open_agreement(workspace)


def _unguarded(place: Place) -> str:
    from gitcoord.setup.installation.intact import intact

    return intact(place.git, Path(place.common_dir), place.coord_dir, named=place.hooks_path, top=place.top)


def _wake(place: Place, readers: Mapping[str, bool], text: str) -> Collection[str]:
    from gitcoord.interfaces import waking

    return waking.wake(place, readers, text)


def _later(place: Place, what: str) -> None:
    from gitcoord.interfaces import background

    background.start(place, what)


def current_directory() -> str:
    """Return the directory we were called in. Raises `NoRepository` where it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        raise errors.place.NoDirectory() from None


def caller(environ: Mapping[str, str]) -> Caller:
    """Who runs this process."""
    from gitcoord.domain.workspace import Caller
    from gitcoord.kernel import machine

    terminal = ""
    for fd in (0, 1, 2):
        try:
            terminal = os.ttyname(fd)
        except OSError:
            continue
        break
    user = environ.get("USER") or environ.get("LOGNAME") or _account()
    return Caller(os.getpid(), terminal, user, os.uname().nodename, machine.name(), os.getuid())


def _account() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
