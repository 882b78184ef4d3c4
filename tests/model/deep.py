"""Larger scopes, with all rules: minutes, not seconds. `python -m tests.model --deep`."""

from __future__ import annotations

from .scenario import Scenario
from .scenarios import BORN_AT_0, LOCALS, OLD_DISK, OUTAGE, RACE, SLOW, X, member, script

THREE = (
    member("A", ann=script("claim x", "release x")),
    member("B", bob=script("claim x")),
    member("C", cat=script("claim x")),
)

DEEP = {
    "three clones race, an answer is lost": Scenario(THREE, faults={"lost answer": 1}),
    "three clones race, half a push": Scenario(THREE, faults={"half": 1}),
    "three clones race, a late push": Scenario(THREE, faults={"late": 1}),
    "two clones race, half, late, lost and crashed": RACE._replace(
        faults={"half": 1, "late": 1, "lost answer": 1, "crash": 1}
    ),
    "two clones race, killed, impatient, lost": RACE._replace(faults={"killed": 1, "impatient": 1, "lost answer": 1}),
    "a clone's processes race with their hub and a crash": SLOW._replace(faults={"crash": 1, "half": 1}),
    "offline sessions of one clone, half a push, a crash": LOCALS._replace(faults={"half": 1, "crash": 1}),
    "a restored hub, half a push, a crash": RACE._replace(faults={"restored": 1, "half": 1, "crash": 1}, offline=True),
    "a hub without refs, half a push, a crash": RACE._replace(faults={"emptied": 1, "half": 1, "crash": 1}),
    "an old disk, half a push, a lost answer": OLD_DISK._replace(faults={"old disk": 1, "half": 1, "lost answer": 1}),
    "an old disk and a restored hub": OLD_DISK._replace(faults={"old disk": 1, "restored": 1}),
    "takeover through an outage, half a push": OUTAGE._replace(faults={"outage": 1, "half": 1}),
    "takeover from one cut off at any time, half a push": OUTAGE._replace(faults={"cut": 1, "half": 1}, until=9),
    "a dead holder, two takers and a drifting clock": Scenario(
        (member("A", ann=()), member("B", -1, bob=script("take x")), member("C", 1, cat=script("take x"))),
        given=(*BORN_AT_0, ("cat", X._replace(scope="z"))),
        until=10,
        dead=frozenset({"ann"}),
        faults={"half": 1},
        open_end=True,
    ),
}
