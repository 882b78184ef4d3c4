"""The rules of the protocol as switches. The search runs with all of them, then without one.

The numbers are those of docs/protocol.md; a letter tells parts of a rule apart, `w` stands for the table of what is
found wrong.
"""

from __future__ import annotations

from enum import Enum


class Rule(Enum):
    """One switch: its value is the number and what the model does while it is on."""

    ID_IS_RANDOM = "1 an operation is known by its random id"
    REFER_BY_ID = "2 operations refer to claims by id, not by number"
    NEXT_OF_SESSION = "3 an event is merged only after the one before it"
    FORK_IS_ALONE = "4 a forked log quarantines its session and nobody else"
    NO_PROVISIONAL_TOKEN = "5 a provisional claim has no token"
    APPLY_IS_PURE = "6 a verdict depends on no clock but the times in commits"
    TAKES_LAST = "7a takes come after everything else that is sequenced with them"
    NOTHING_LEFT_OUT = "7b what follows a take in its chain is sequenced too"
    ONCE = "7c what the ledger has already is not appended again"
    CHAINS_NOT_LOGS = "7d operations of others come in the order somebody saw them, never log by log"
    LEDGER_THEN_CONFIRMED = "8a the own ledger is written before the confirmed one"
    ARCHIVE_FIRST = "8b the archive is written before the confirmed ledger"
    LEDGER_BY_CAS = "8c the own ledger is replaced only if nobody moved it meanwhile"
    WRITER_LOCK = "9a a look and what follows from it are one step"
    CRASH_MARKER = "9b the next writer sequences what a crash left on a log"
    HUB_LOCK = "10 one process of a clone talks to the hub"
    LEASE_ON_PUSH = "11a a push names the ledger that it expects at the hub"
    PUSH_DESCENDS = "11b a ledger that does not descend from the hub's is not pushed"
    ANNOUNCE = "11c a push carries the announcement"
    PUSH_FOR_ALL = "11d whoever comes pushes what is provisional, whoever's it is"
    LATER_OF_BOTH = "12 a reader takes the later of log ref and position"
    BELIEVE_THE_FETCH = "13a a push that failed may have arrived"
    LEAVE_OUT = "13b what makes the hub refuse is left out, session by session"
    ALL_IS_NONE = "13c a hub that refuses every log quarantines nobody"
    KEEP_ANNOUNCED = "15a an announcement is deleted only when all in it is merged"
    DELETE_IF_CONFIRMED = "15b a log ref is deleted only when the confirmed ledger ended its session and has it whole"
    END_IS_FINAL = "15c what comes after the end of its session is refused"
    LOOK_AT_HUB = "16a a refusal without an operation needs a fetch made after asking"
    REFUSED_IF_CONFIRMED = "16b an appended operation is refused only by the confirmed ledger"
    OPPOSITE_ALWAYS = "16c the opposite is appended unless the confirmed ledger refuses it"
    SETTLE_FIRST = "17 a command first settles what its session left open"
    UNDO_ON_GIVING_UP = "18a who gives up waiting appends the opposite"
    CONFIRMED_MEETS_FIRST = "18b an operation that insists on the hub meets it before it is appended"
    RENEW = "19a a holder renews when half its lease is over"
    RENEW_FIRST = "19b a renewal that is due is appended before anything else is done with the hub"
    NEWEST_COUNTS = "19c a lease runs from the newest operation, also when its time is earlier than one before"
    PLAIN_IS_PLAIN = "20d a plain claim never takes over"
    EVIDENCE = "20a a take needs evidence"
    SKEW = "20b the clocks of two clones are compared with a tolerance"
    NOTHING_ELSE = "20c a take is refused while a claim that it does not name is in the way"
    ONLY_OVERLAP = "20e a take ends only what overlaps what it wants"
    REST_IS_RELEASED = "20f a release gives up what a take left of the claims that it names"
    GRACE = "21a a taker meets the hub twice, a grace apart"
    CLOCKS_AGREE = "21b nothing is taken over while the clocks disagree"
    OWN_LEASE = "22 the holder's own claims are provisional when its lease has run out"
    RETIRED_IS_MERGED = "24 what a retired session had pending is merged as refused"
    SAME_NAMESPACE = "25a a process of another pid namespace or boot is not known to be dead"
    AGENT_LIVES = "25b within a clone a live agent is never gone, however quiet"
    HANDOFF_IS_CHECKED = "26 a handoff is checked like a new claim"
    PASS_THE_WAITER = "27a who holds what an earlier waiter wants passes it"
    LIVING_WAITERS = "27b only living waiters count"
    NO_CIRCLE = "27c a wait that would close a circle is refused"
    ONE_UPGRADE = "27d a second upgrade of a shared claim is refused while one waits"
    HUB_IS_AN_ADDRESS = "28a where the hub's name leads to another address nothing is pushed, fetched or confirmed"
    CONFIRMED_BY_HUB = "28b before a clone has met its hub nothing is confirmed there"
    OWN_DESCENDS = "29a an own ledger that does not stand on the confirmed one is brought onto it before anything else"
    LOG_KEEPS = "29b a log at the hub is replaced only by one that has everything of it"
    ANNOUNCED_LEASE = "29c an announcement replaces only what this clone pushed; where another stands it takes a new id"
    AHEAD = "31a a holder whose times are ahead of everybody's can be taken over"
    WATCHED = "31b the taker has watched such a holder for a whole lease without a sign of it"
    WATCH_APART = "31c a meeting made while the holder's times are ahead is not the first meeting of rule 21"
    SIGN_NAMED = "31d such a take names the last event of the holder that the taker saw"
    RENEW_AHEAD = "31e a holder whose last operation is ahead of its own clock renews at once"
    OF_EVERYBODY = "31f nobody is ahead of a taker to whom sessions of other clones are ahead, too"
    HALT_IN_FOLD = "33 a claim that is sequenced behind a halt is refused"
    ROLE_IN_FOLD = "37 a claim that is sequenced behind a change of its session's role is judged by the new rights"
    OFFER_ENDS_ONCE = "39a of an accept, a decline and the time of an offer the first in the ledger counts"
    ALL_OR_NOTHING = "39b a handoff moves all that it names, or nothing"
    ADOPT_LAST = "39c an adoption comes after everything else that is sequenced with it"
    SAW_STANDS = "40 a write is refused where another one stands than the one that it saw"
    FAST_FORWARD = "w1a an own log that is behind is moved forward"
    REAPPEND = "w2a an own log that forked follows the merged one, the rest is appended again under its id"
    MEND_AGAIN = "w2b an own log is compared with the ledger just sequenced, not with the confirmed one only"
    COPY_IS_NEW = "w3 a copied clone takes a new id and new sessions"
    VOID = "w4 a sequencing commit that does not verify changes nothing"
    PUSH_BACK = "w6 a hub that fell back gets the ledger pushed back"
    DROPPED_CHAIN = "w7a when the ledgers forked, the confirmed chain that was dropped is sequenced again"
    DROPPED_FIRST = "w7b the dropped confirmed chain goes before all others"
    REPAIR = "w7c the counter is lifted above the highest number that was seen"
    OTHER_ROOT = "w8 a ledger with another root is not adopted"


EVERY = frozenset(Rule)
Rules = frozenset[Rule]


def without(*off: Rule) -> Rules:
    """All rules but these."""
    return EVERY - set(off)
