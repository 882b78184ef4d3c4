"""Which remote of a repository has a ledger: the one that a plain `git coord init` joins."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.errors.remedy import Remedy, typed
from gitcoord.kernel.refs import ABSENT
from gitcoord.policy.printable import printable
from gitcoord.sync.open import open_hub

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place

ORIGIN = "origin"

LIMIT = 4.0
"""Seconds for asking all remotes together."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the remotes answered. `silent` are those that did not answer, `asked` are all of them."""

    asked: list[str] = field(default_factory=list)
    having: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> str:
        """The remote to join: `origin`, or the only one that has a ledger; '' where that is not certain."""
        if ORIGIN in self.having:
            return ORIGIN
        return self.having[0] if len(self.having) == 1 and not self.silent else ""

    def hints(self) -> list[str]:
        """What a person can do, where no remote is chosen."""
        if not self.asked:
            return [
                Remedy("to share claims with other clones: git remote add origin URL, then {}", "init --hub origin")
            ]
        if self.having:
            names, more = ", ".join(printable(name) for name in self.having), ""
            if self.silent:
                more = f", and {', '.join(printable(name) for name in self.silent)} did not answer"
            ways = " or ".join(join_command(name) for name in self.having)
            has = "has a ledger" if len(self.having) == 1 else "have a ledger each"
            return [f"{names} {has}{more}; to join one: {ways}"]
        name = ORIGIN if ORIGIN in self.asked else self.asked[0]
        said = "did not answer" if name in self.silent else "has no ledger"
        return [f"{printable(name)} {said}; to share claims with other clones through it: {join_command(name)}"]


def look(place: Place) -> Found:
    """Ask the remotes for a ledger, `origin` first; the others only where it has none."""
    names = place.git.text("remote").split("\n")
    names = sorted((name for name in names if name), key=lambda name: name != ORIGIN)
    found, until = Found(names), time.monotonic() + LIMIT
    for name in names:
        tip = _tip(place, name, until - time.monotonic())
        if tip is None:
            found.silent.append(name)
        elif tip != ABSENT:
            found.having.append(name)
        if name == ORIGIN == found.chosen:
            break
    return found


def address_of(place: Place, name: str) -> str:
    """Return where a remote leads, for people: without the user and the password that the address may hold."""
    status, out, _ = place.git.ask("remote", "get-url", "--end-of-options", name)
    url = out.decode(errors="replace").strip() if status == 0 else ""
    return printable(re.sub(r"://[^/@]*@", "://", url))


def join_command(name: str) -> str:
    """Return the command that joins a remote."""
    return typed("init --hub", name)


def _tip(place: Place, name: str, seconds: float) -> str | None:
    """Return the ledger of a remote, `ABSENT` where it has none, None where it does not answer."""
    if seconds <= 0:
        return None
    hub = open_hub(replace(place, config=place.config | {"coord.hub": [name]}))
    if hub is None:
        return None
    hub.timeout = min(hub.timeout, seconds)
    return hub.value(hub.ledger)
