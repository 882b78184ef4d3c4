"""What doctor says of the hub: whether it answers, what it can do, who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.records import Finding
from gitcoord.errors import CoordError, Offline
from gitcoord.errors.remedy import Remedy
from gitcoord.sync import clocks
from gitcoord.sync.agree import Agreement
from gitcoord.sync.join import probe
from gitcoord.sync.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace


def examine_hub(workspace: Workspace, *, full: bool) -> Iterator[Finding]:
    """Meet the hub; with `full` also try it out again with a canary."""
    agreement = workspace.agreement
    if not isinstance(agreement, Agreement):
        return
    try:
        contact = agreement.meet(set(), insist=True)
    except CoordError as error:
        yield Finding("hub", False, error.message, error.hint)
        return
    name = agreement.hub.name
    if not contact.reached:
        why = contact.said or "no reason given"
        yield Finding(
            "hub", False, f"{name} does not answer: {why}", Remedy("work goes on provisionally; try: {}", "sync")
        )
        return
    yield Finding("hub", not contact.said, contact.said or f"in agreement with {name}")
    for sentence in agreement.news:
        yield Finding("hub ledger", False, sentence, "it was put right; ask who pushed that commit")
    doubt = clocks.disagreement(workspace.place.coord_dir, now=workspace.clock.now(), skew=agreement.skew)
    if doubt:
        yield Finding("clock", False, doubt, "set the clock of this machine, or ask those whose clocks are off")
    yield from _left_out(Quarantine.load(workspace.place.coord_dir))
    if full and not agreement.read_only:
        try:
            found = probe(workspace.ledger, agreement.hub, workspace.ids)
        except Offline as error:  # the line was cut between two pushes
            yield Finding("hub canary", False, error.message, "try again later")
            return
        yield Finding(
            "hub canary",
            found.writable,
            found.found,
            "" if found.writable else Remedy("{} says more", "init --hub REMOTE"),
        )


def _left_out(aside: Quarantine) -> Iterator[Finding]:
    if aside.clones:
        yield Finding(
            "hub",
            True,
            f"what {len(aside.clones)} other clones announced is left out: the hub refuses it, or it is not a chain",
        )
    for session in aside.sessions:
        yield Finding(f"session {session}", False, "the hub refuses something it wrote", "start a new session")
