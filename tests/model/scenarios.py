"""The small scopes: for each rule one in which it matters, and what breaks without it.

What an invariant says begins with its name; a search without the rule must find something that begins so.
"""

from __future__ import annotations

from typing import NamedTuple

from .rules import Rule
from .scenario import Command, Member, Scenario

C = Command


class Case(NamedTuple):
    """A scenario, the rules to switch off together, and the beginning of what is found then."""

    scenario: Scenario
    off: tuple[Rule, ...]
    wrong: str


def script(*commands: str) -> tuple[Command, ...]:
    """Commands as one would type them: "claim x"."""
    return tuple(C(kind, scope) for kind, _, scope in (words.partition(" ") for words in commands))


def member(clone: str, clock: int = 0, **sessions: tuple[Command, ...]) -> Member:
    """A clone with its sessions."""
    return Member(clone, sessions, clock)


X = C("claim", "x")
RACE = Scenario(
    (member("A", ann=script("claim x", "release x")), member("B", bob=script("claim x"))),
    faults={"lost answer": 1, "half": 1},
)
CRASHING = Scenario(
    (member("A", ann=script("claim x", "release x")), member("B", bob=script("claim x"))), faults={"crash": 1}
)
IMPATIENT = Scenario(
    (member("A", ann=script("claim x", "release x")), member("B", bob=script("claim x"))), faults={"impatient": 1}
)
KILLED = Scenario((member("A", ann=script("claim x")), member("B", bob=script("claim y"))), faults={"killed": 1})
OFFLINE = Scenario((member("A", ann=script("claim x", "release x")), member("B", bob=script("claim y"))), offline=True)
OLD_DISK = Scenario(
    (member("A", ann=script("claim x", "claim y", "claim z")), member("B", bob=script("claim w"))),
    faults={"old disk": 1},
    leased=True,
)
OLD_DISK_OFFLINE = OLD_DISK._replace(
    members=(member("A", ann=script("claim x", "claim y", "claim z")), member("B", bob=())), offline=True
)
FORKED_AND_DEAD = Scenario(
    (member("A", ann=script("claim x", "claim y")), member("B", bob=script("claim w"))),
    faults={"old disk": 1, "dies": 1},
    leased=True,
)
REMEMBERED = FORKED_AND_DEAD._replace(faults={"old disk": 1, "half": 1})
OVERRIDDEN = Scenario(
    (
        member("A", ann=script("release x y"), zoe=(C("take", "x", evidence="override"),)),
        member("B", bob=script("claim y")),
    ),
    given=(("ann", C("claim", "x y")),),
    faults={"half": 1},
)
LOCALS = Scenario(
    (member("A", ann=script("claim x"), zoe=script("release x")), member("B", bob=script("claim y"))),
    given=(("zoe", X),),
    offline=True,
)
SLOW = Scenario(
    (member("A", ann=script("claim x"), amy=script("claim y")), member("B", bob=script("claim x"))), slow=True
)
HALTED = Scenario(
    (member("A", ann=script("halt")), member("B", bob=script("claim x", "release x"))), faults={"half": 1}
)
LIMITED = Scenario(
    (member("A", ann=script("limit bob")), member("B", bob=script("claim x", "release x"))), faults={"half": 1}
)
TWO = (("ann", C("claim", "x")), ("ann", C("claim", "y")))
OFFERED = Scenario(
    (
        member("A", ann=(C("offer", "x y", whom="bob"), *script("decline ann.0"))),
        member("B", bob=script("accept ann.0")),
    ),
    given=TWO,
    faults={"half": 1},
)
RELEASED = OFFERED._replace(
    members=(
        member("A", ann=(C("offer", "x y", whom="bob"), *script("release x"))),
        member("B", bob=script("accept ann.0")),
    )
)
EXPIRING = OFFERED._replace(
    members=(
        member("A", ann=(C("offer", "x y", whom="bob", until=1),)),
        member("B", bob=script("accept ann.0")),
    ),
    faults={},
    until=2,
    open_end=True,
)
COUNTED = Scenario((member("A", ann=script("set", "set")), member("B", bob=script("set"))), faults={"half": 1})
DEAD_AUTHOR = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=script("claim y"))), faults={"half": 1, "dies": 1}
)
MESSAGES = Scenario((member("A", ann=script("message", "claim x")), member("B", bob=())), tidy=True)
ENDING = Scenario((member("A", ann=script("message", "end")), member("B", bob=())), given=(("ann", X),), tidy=True)
SYNCED_THEN_RESTORED = Scenario(
    (member("A", ann=script("message", "message", "claim x")), member("B", bob=())),
    faults={"old disk": 1},
    tidy=True,
    leased=True,
)
TIDY = DEAD_AUTHOR._replace(tidy=True)
BAD = Scenario(
    (member("A", ann=(C("claim", "x", bad=True),), amy=script("claim z")), member("B", bob=script("claim y")))
)
DEAF = Scenario((member("A", ann=script("claim x")), member("B", bob=script("claim y"))), faults={"deaf": 1})
INSISTING = Scenario(
    (member("A", ann=(C("claim", "x", insists=True),)), member("B", bob=script("claim y"))), faults={"outage": 1}
)
BORN_AT_0 = (("ann", X),)
DEAD_HOLDER = Scenario(
    (member("A", ann=()), member("B", bob=script("take x"))),
    given=BORN_AT_0,
    until=9,
    dead=frozenset({"ann"}),
    open_end=True,
)
TWO_TAKERS = Scenario(
    (member("A", ann=()), member("B", bob=script("take x")), member("C", cat=script("take x"))),
    given=BORN_AT_0,
    until=8,
    dead=frozenset({"ann"}),
    open_end=True,
)
OUTAGE = Scenario(
    (member("A", ann=()), member("B", bob=script("take x"))),
    given=BORN_AT_0,
    until=10,
    faults={"outage": 1},
    open_end=True,
)
CUT = OUTAGE._replace(faults={}, cut=frozenset({"A"}), start=4, until=9)
CUT_HALF = CUT._replace(faults={"half": 1})
ADOPTED = CUT_HALF._replace(members=(member("A", ann=()), member("B", bob=(C("adopt", whom="ann"),))))
NO_GRACE = Scenario(
    (member("A", ann=()), member("B", 1, bob=script("take x"))),
    given=BORN_AT_0,
    start=4,
    until=7,
    cut=frozenset({"A"}),
    grace=0,
    open_end=True,
)
WRONG_CLOCK = Scenario(
    (member("A", ann=(), amy=()), member("B", 8, bob=script("take x"))),
    given=(("ann", X), ("amy", C("claim", "y", time=1))),
    start=1,
    until=6,
    open_end=True,
)
CLOCK_SET_RIGHT = Scenario(
    (member("A", ann=script("claim y")), member("B", bob=script("claim z"))),
    given=(("ann", C("claim", "x", time=20)),),
    start=1,
    until=1,
)
TAKE_AHEAD = (C("take", "x", evidence="ahead"),)
AHEAD_AND_DEAD = Scenario(
    (member("A", ann=()), member("B", bob=TAKE_AHEAD)),
    given=(("ann", C("claim", "x", time=30)),),
    until=9,
    dead=frozenset({"ann"}),
    prompt=True,
)
RETIRED_AHEAD = AHEAD_AND_DEAD._replace(
    members=(member("A", ann=()), member("B", bob=(C("retire", whom="ann", evidence="ahead"),)))
)
AHEAD_HERE = AHEAD_AND_DEAD._replace(members=(member("A", ann=(), bob=TAKE_AHEAD),))
CLOCK_AHEAD = Scenario(
    (member("A", 20, ann=()), member("B", bob=TAKE_AHEAD)),
    given=(("ann", C("claim", "x", time=20)),),
    until=10,
    faults={"outage": 1},
    open_end=True,
)
AHEAD_AND_CUT = CLOCK_AHEAD._replace(faults={}, cut=frozenset({"A"}), until=8)
SET_RIGHT = CLOCK_AHEAD._replace(members=(member("A", ann=()), member("B", bob=TAKE_AHEAD)), faults={})
WATCHED_THEN_OVER = Scenario(
    (member("A", ann=()), member("B", bob=script("take x"))),
    given=(("ann", C("claim", "x", time=2)),),
    until=10,
    faults={"outage": 1},
    open_end=True,
)
SLOW_TAKER = Scenario(
    (member("A", ann=()), member("B", -8, bob=TAKE_AHEAD), member("C", cat=())),
    given=(("ann", X), ("cat", C("claim", "y"))),
    until=1,
    open_end=True,
)
UNAWARE = Scenario(
    (member("A", ann=()), member("B", bob=script("claim x"))),
    given=BORN_AT_0,
    start=6,
    until=6,
    unaware=frozenset({"B"}),
    open_end=True,
)
READERS = Scenario(
    (member("A", ann=()), member("B", bob=script("take x")), member("C", -1, cat=())),
    given=BORN_AT_0,
    until=7,
    grace=0,
    dead=frozenset({"ann"}),
    open_end=True,
)
RETIRING = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=(C("retire", whom="ann"),))),
    given=(("ann", C("claim", "y")),),
    start=6,
    until=8,
    cut=frozenset({"A"}),
    offline=True,
    open_end=True,
)
CONTAINER = Scenario(
    (member("A", ann=(), bob=(C("take", "x", evidence="process"),)),),
    given=BORN_AT_0,
    elsewhere=frozenset({"ann"}),
    open_end=True,
)
QUIET = Scenario(
    (member("A", ann=(), bob=script("take x")),), given=BORN_AT_0, until=7, quiet=frozenset({"ann"}), open_end=True
)
FAMILY = Scenario(
    (member("A", ann=(C("handoff", "src", whom="bob"),), kid=(), bob=script("claim y")),),
    given=(("ann", C("claim", "src")), ("kid", C("claim", "src/a"))),
    parents={"kid": "ann"},
)
COPIED = Scenario(
    (
        member("A", ann=script("claim x")),
        Member("A", {"ann": (*script("claim x"), *script("claim z"))}, present=False),
    ),
    faults={"copy": 1},
)
FORGED = Scenario(
    (member("A", ann=script("claim y")), member("B", bob=script("claim z"))), given=BORN_AT_0, faults={"forged": 1}
)
RESTORED = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=script("claim y", "claim x"))),
    faults={"restored": 1},
    offline=True,
)
DROPPED = Scenario(
    (member("A", ann=()), member("B", bob=script("claim y", "claim x"))),
    given=BORN_AT_0,
    faults={"half": 1},
    offline=True,
    forgot=True,
    unaware=frozenset({"B"}),
)
FORGOTTEN = Scenario(
    (member("A", ann=script("claim w")), member("B", bob=script("claim x"))),
    given=(("ann", C("claim", "v")), ("ann", X)),
    forgot=True,
    unaware=frozenset({"A"}),
)
ASTRAY = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=script("claim x", "release x"))), faults={"astray": 1}
)
UNMET = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=script("release x"))),
    given=(("bob", X),),
    unaware=frozenset({"A"}),
    unmet=frozenset({"A"}),
)
SET_BACK = Scenario(
    (member("A", ann=script("claim x")), member("B", bob=script("claim y"))),
    given=(("bob", C("claim", "z")), ("bob", X)),
    faults={"set back": 2},
)
LATE = RACE._replace(faults={"late": 1})
EMPTIED = Scenario((member("A", ann=script("claim x")), member("B", bob=script("claim y"))), faults={"emptied": 1})
REPLACED = Scenario((member("A", ann=script("claim x")), member("B", bob=script("claim y"))), faults={"other root": 1})

CASES = (
    Case(HALTED, (Rule.HALT_IN_FOLD,), "claimed in a halt"),
    Case(LIMITED, (Rule.ROLE_IN_FOLD,), "claimed beyond a role"),
    Case(OLD_DISK, (Rule.ID_IS_RANDOM,), "wrong answer"),
    Case(OFFLINE, (Rule.REFER_BY_ID,), "held for ever"),
    Case(OLD_DISK_OFFLINE, (Rule.NEXT_OF_SESSION,), "stall"),
    Case(FORKED_AND_DEAD, (Rule.FORK_IS_ALONE,), "stall"),
    Case(RACE, (Rule.NO_PROVISIONAL_TOKEN,), "token given twice"),
    Case(READERS, (Rule.APPLY_IS_PURE,), "two states"),
    Case(CUT_HALF, (Rule.TAKES_LAST,), "renewal behind the robbery"),
    Case(DEAD_HOLDER, (Rule.NOTHING_LEFT_OUT,), "stall"),
    Case(OFFERED, (Rule.OFFER_ENDS_ONCE,), "moved after its end: ann.0 was accepted by bob.0 after"),
    Case(EXPIRING, (Rule.OFFER_ENDS_ONCE,), "moved after its end: ann.0 was accepted by bob.0, and its time"),
    Case(RELEASED, (Rule.ALL_OR_NOTHING,), "half"),
    Case(ADOPTED, (Rule.ADOPT_LAST,), "renewal behind the robbery"),
    Case(COUNTED, (Rule.SAW_STANDS,), "written over"),
    Case(RACE, (Rule.ONCE,), "counted twice"),
    Case(LOCALS, (Rule.CHAINS_NOT_LOGS,), "overruled"),
    Case(CRASHING, (Rule.LEDGER_THEN_CONFIRMED, Rule.OWN_DESCENDS, Rule.PUSH_DESCENDS), "lost"),
    Case(SLOW, (Rule.LEDGER_BY_CAS,), "stall"),
    Case(CRASHING, (Rule.CRASH_MARKER,), "stall"),
    Case(RACE, (Rule.LEASE_ON_PUSH,), "lost"),
    Case(DEAD_AUTHOR, (Rule.PUSH_FOR_ALL,), "stall"),
    Case(MESSAGES, (Rule.LATER_OF_BOTH,), "not delivered"),
    Case(RACE, (Rule.BELIEVE_THE_FETCH,), "wrong answer"),
    Case(BAD, (Rule.LEAVE_OUT,), "stall"),
    Case(DEAF, (Rule.ALL_IS_NONE,), "stall"),
    Case(TIDY, (Rule.KEEP_ANNOUNCED,), "lost"),
    Case(SYNCED_THEN_RESTORED, (Rule.LOG_KEEPS,), "lost: ann.0 is nowhere"),
    Case(FORKED_AND_DEAD, (Rule.ANNOUNCED_LEASE,), "lost"),
    Case(ENDING, (Rule.DELETE_IF_CONFIRMED,), "lost"),
    Case(RETIRING, (Rule.END_IS_FINAL,), "held for ever"),
    Case(RACE, (Rule.LOOK_AT_HUB,), "wrong answer"),
    Case(RACE, (Rule.REFUSED_IF_CONFIRMED,), "wrong answer"),
    Case(IMPATIENT, (Rule.OPPOSITE_ALWAYS,), "held unawares"),
    Case(KILLED, (Rule.SETTLE_FIRST,), "counted twice"),
    Case(IMPATIENT, (Rule.UNDO_ON_GIVING_UP,), "held unawares"),
    Case(INSISTING, (Rule.CONFIRMED_MEETS_FIRST,), "wrong answer"),
    Case(OUTAGE, (Rule.RENEW,), "robbed alive"),
    Case(CUT_HALF, (Rule.RENEW_FIRST,), "renewal behind the robbery"),
    Case(CLOCK_SET_RIGHT, (Rule.NEWEST_COUNTS, Rule.RENEW_AHEAD), "lease lengthened"),
    Case(UNAWARE, (Rule.PLAIN_IS_PLAIN,), "robbed alive"),
    Case(OUTAGE, (Rule.EVIDENCE,), "robbed alive"),
    Case(NO_GRACE, (Rule.SKEW,), "two holders"),
    Case(TWO_TAKERS, (Rule.NOTHING_ELSE,), "two holders"),
    Case(OVERRIDDEN, (Rule.ONLY_OVERLAP,), "lost unwanted"),
    Case(OVERRIDDEN, (Rule.REST_IS_RELEASED,), "held for ever"),
    Case(OUTAGE, (Rule.GRACE,), "robbed alive"),
    Case(WRONG_CLOCK, (Rule.CLOCKS_AGREE,), "robbed alive"),
    Case(CUT, (Rule.OWN_LEASE,), "two holders"),
    Case(AHEAD_AND_DEAD, (Rule.AHEAD,), "stall"),
    Case(CLOCK_AHEAD, (Rule.WATCHED,), "robbed alive"),
    Case(CLOCK_AHEAD, (Rule.GRACE,), "robbed alive"),
    Case(CLOCK_AHEAD, (Rule.WATCH_APART,), "robbed alive"),
    Case(WATCHED_THEN_OVER, (Rule.WATCH_APART,), "robbed alive"),
    Case(AHEAD_AND_CUT, (Rule.SIGN_NAMED,), "two holders"),
    Case(SET_RIGHT, (Rule.RENEW_AHEAD,), "robbed alive"),
    Case(SLOW_TAKER, (Rule.WATCHED, Rule.OF_EVERYBODY), "robbed alive"),
    Case(RETIRING, (Rule.RETIRED_IS_MERGED,), "stall"),
    Case(CONTAINER, (Rule.SAME_NAMESPACE,), "robbed alive"),
    Case(QUIET, (Rule.AGENT_LIVES,), "robbed alive"),
    Case(FAMILY, (Rule.HANDOFF_IS_CHECKED,), "two holders"),
    Case(OLD_DISK, (Rule.REAPPEND,), "stall"),
    Case(REMEMBERED, (Rule.MEND_AGAIN,), "stall"),
    Case(COPIED, (Rule.COPY_IS_NEW,), "two holders"),
    Case(FORGED, (Rule.VOID,), "two holders"),
    Case(RESTORED, (Rule.PUSH_BACK,), "stall"),
    Case(RESTORED, (Rule.DROPPED_CHAIN,), "stall"),
    Case(DROPPED, (Rule.DROPPED_FIRST,), "demoted"),
    Case(FORGOTTEN, (Rule.REPAIR,), "token fell"),
    Case(OLD_DISK, (Rule.FAST_FORWARD,), "stall"),
    Case(CRASHING, (Rule.LEDGER_THEN_CONFIRMED, Rule.OWN_DESCENDS), "stall"),
    Case(LATE, (Rule.LEASE_ON_PUSH,), "lost"),
    Case(EMPTIED, (Rule.LEASE_ON_PUSH,), "lost"),
    Case(REPLACED, (Rule.OTHER_ROOT,), "stall"),
    Case(ASTRAY, (Rule.HUB_IS_AN_ADDRESS,), "wrong answer"),
    Case(UNMET, (Rule.CONFIRMED_BY_HUB,), "wrong answer"),
    Case(SET_BACK, (Rule.OWN_DESCENDS,), "stall"),
    Case(SET_BACK, (Rule.OWN_DESCENDS, Rule.PUSH_DESCENDS), "lost"),
)

SPARE = {
    Rule.LEDGER_THEN_CONFIRMED: (CRASHING,),
    Rule.PUSH_DESCENDS: (CRASHING, RESTORED, OLD_DISK),
    Rule.ARCHIVE_FIRST: (CRASHING, DROPPED, FORGOTTEN),
    Rule.OF_EVERYBODY: (CLOCK_AHEAD, SLOW_TAKER),
    Rule.HUB_LOCK: (SLOW._replace(members=(member("A", ann=script("claim x")), SLOW.members[1])),),
}
"""Rules without which nothing was found: a second wall, or for another reason (docs/protocol.md)."""

LIMITS = (
    (RESTORED._replace(strict=True), "token"),
    (
        WRONG_CLOCK._replace(
            members=(member("A", ann=()), member("B", 8, bob=script("take x"))), given=BORN_AT_0, grace=1
        ),
        "robbed",
    ),
)
"""What cannot be promised: with all rules this is found where it is asked for."""
