"""Agreement at the hub, as commands use it: carry to it what was recorded, and look what became of it.

One process of a clone talks to the hub at a time and pushes for all; who waited for it looks for its verdict first.
"""

from __future__ import annotations

import time
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import replace
from gitcoord.domain.message import news, notification
from gitcoord.domain.session import record as sessions
from gitcoord.errors import Busy, CoordError, Elsewhere, Lost, Unreadable
from gitcoord.kernel import clone, coordfile, lock, mark
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.ledger import Done
from gitcoord.ledger.state import State
from gitcoord.policy.ids import NOBODY, StoreOid
from gitcoord.policy.lease import SKEW
from gitcoord.sync import address, clocks, habit, handed, large, looking, loss, missing, owed
from gitcoord.sync import grace as grace_period
from gitcoord.sync.contact import PATIENCE, Contact, Exchange
from gitcoord.sync.grace import GRACE
from gitcoord.sync.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger, Outcome
    from gitcoord.policy.ids import EventId, SessionId
    from gitcoord.sync.adopt import Adopted
    from gitcoord.sync.transport import Hub

AWAY = 60.0
"""Seconds for which a hub that did not answer is not tried again."""


class Agreement:
    """The hub as commands use it (`domain.agreement.Agreement`)."""

    def __init__(
        self,
        ledger: Ledger,
        hub: Hub,
        clone_id: str,
        *,
        read_only: bool = False,
        grace: int = GRACE,
        skew: int = SKEW,
        look_every: int = looking.EVERY,
        insists: bool = False,
    ) -> None:
        self.ledger = ledger
        self._directory = ledger.store.directory
        self.grace, self.skew, self.look_every = grace, skew, look_every
        self.hub = hub
        self.clone = clone_id
        self.read_only = read_only
        self.status = "offline" if self.away() else "ok"
        self.news, self.warnings = list[str](), list[str]()
        self.rounds, self.unannounced = 0, ""
        self._awaited: set[EventId] = set()
        self._expected = False  # others were found before this command wrote
        self.behind = False  # what piled up here goes to the hub before the ledger does
        self._insists = insists  # a push waits for as much as it has to carry
        self._spoke = False  # a contact told sessions something, which is not in what it gathered before
        self.recent, self._heard = 0.0, -inf  # `_heard`: when the hub answered this process, by the monotonic clock

    @property
    def met(self) -> int:
        """When the hub answered last, in seconds; 0 for never."""
        return mark.number(self._directory / coordfile.HUB_MET)

    @property
    def looked(self) -> int:
        """When everything at the hub was fetched last, in seconds; 0 for never."""
        return mark.number(self._directory / coordfile.HUB_LOOKED)

    def look(self, later: Callable[[], None]) -> bool:
        """Take in what is at the hub where the last look is too old (`sync.looking`); says whether a look was made."""
        return looking.look(self, later)

    def settle(self, done: Done, *, wait: bool = True) -> Done:
        """Push until what was recorded has a verdict in the confirmed ledger, or time is up.

        Without `wait` nothing is pushed: the next contact does.
        """
        wanted = {outcome.event.id for outcome in (*done.again, *done.outcomes) if outcome.verdict is not None}
        if not wanted:
            return done
        if not wait:
            return self._look(done, wanted)
        self._awaited = wanted
        session = (*done.again, *done.outcomes)[0].event.session
        self._try(wanted, session)
        try:
            known = self._look(done, wanted)
        except Lost:
            self._refuse_moved(session)
            # The hub merged another log of that session. What it lacks is recorded again, under the same ids.
            again = self.ledger.transact(session, lambda _: []).again
            done = replace(done, again=[*done.again, *(item for item in again if item.event.id not in wanted)])
            wanted = self._awaited = wanted | {item.event.id for item in again if item.verdict is not None}
            self._try(wanted, session)
            known = self._look(done, wanted)
        if not self.read_only:
            owed.note(self._directory, known)
        for outcome in known.again:
            if outcome.refused and outcome.confirmed and outcome.verdict is not None:
                self._say(session, loss.told(outcome.event, outcome.verdict, known.state))
        return known

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of this clone: the present one, and those that it had before."""
        return (self.clone, *clone.former(self._directory))

    def _refuse_moved(self, session_id: SessionId) -> None:
        """Raise `Unreadable` where a copy of this clone goes on as this session: its log is not written here."""
        living = sessions.read(self.ledger.state(), session_id)
        if living is not None and living.clone not in self.ids:
            raise errors.session.LogElsewhere(session_id)

    def look_ahead(self) -> bool:
        """Learn what the hub's ledger is before something is recorded, where another clone most likely wrote to it."""
        return not self.read_only and habit.expects_others(self._directory) and self.refresh(recent=True)

    def refresh(self, *, insist: bool = False, recent: bool = False) -> bool:
        """Fetch and verify what the hub has, unless that is `recent` enough; after `insist` pushes insist, too."""
        self._insists |= insist
        known = recent and time.monotonic() - self._heard < self.recent
        return known or self._try(set(), push=False, insist=insist)

    def moved(self) -> bool:
        """Whether the hub shows another ledger than was confirmed last, or nothing, or is not where it should be."""
        with suppress(Elsewhere):
            address.check(self.ledger, self.hub)
            confirmed = self.ledger.store.refs.read(self.hub.confirmed)
            return self.away() or self.hub.value(self.hub.ledger) != confirmed
        return True

    def _try(
        self, wanted: set[EventId], session: SessionId = NOBODY, *, push: bool = True, insist: bool = False
    ) -> bool:
        """Meet the hub; where it holds what cannot be adopted, we go on without it, and the session is told why."""
        told = len(self.news)
        try:
            contact = self.meet(wanted, push=push, insist=insist)
            self.warnings += self.news[told:]
            if contact.alive and contact.said:
                self.warnings.append(contact.said)
            return contact.reached
        except Unreadable as error:
            self.status = "offline"
            if isinstance(error, Elsewhere):
                self.warnings.append(f"{error.message}; {error.hint}")
                return False
            self._remember(False, 0)
            if session:
                news.leave(self._directory, session, f"provisional for now: {error.message}")
            return False

    def confirmed(self) -> State:
        """Return the state of the hub's ledger as last verified; an empty one before the first contact.

        Raises `Unreadable` where the ref that says it names something that is not a ledger.
        """
        objects, tip = self.ledger.store.objects, self.ledger.store.refs.read(self.hub.confirmed)
        if tip == ABSENT:
            return State(objects, EMPTY_TREE)
        state = self.ledger.views.of(tip)
        if not sequence.is_ledger(state):
            raise errors.storage.NotALedger(self.hub.confirmed)
        return state

    def heard(self) -> dict[str, StoreOid]:
        """What sessions of other clones said, as fetched last: `<session>/log` or `<session>/beat` -> commit."""
        below = f"{self.hub.incoming}/sessions/"
        return {ref.removeprefix(below): oid for ref, oid in self.ledger.store.refs.list(below).items()}

    def heard_of(self, session: SessionId) -> dict[str, StoreOid]:
        """Return the part of `heard` that one session said."""
        below = f"{self.hub.incoming}/sessions/"
        found = self.ledger.store.refs.list(f"{below}{session}/").items()
        return {ref.removeprefix(below): oid for ref, oid in found}

    def listen(self) -> None:
        """Fetch what they say by now."""
        self._try(set())

    def bring_back(self) -> bool:
        """Fetch again what is missing here of what the hub has; returns whether something was, and is here now."""
        try:
            address.check(self.ledger, self.hub)
            with lock.held(self._directory / coordfile.HUB_LOCK, PATIENCE):
                brought = missing.bring_back(self.ledger, self.hub)
        except CoordError as error:
            self.warnings.append(error.message)
            return False
        if brought is not None:
            self._tell(brought)
            self.warnings += brought.news
        return brought is not None

    def hand_over(self) -> bool:
        """Push the snapshots that are offered, where the hub answers; returns whether all of them are there now."""
        if self.read_only or not self._is_there():
            return False
        return not handed.send(self.ledger, self.hub, self.ledger.state(), timeout=self.hub.timeout)

    def receive(self, snapshot: StoreOid) -> bool:
        """Fetch a snapshot that was handed over; false where the hub does not have it, or does not answer."""
        return self._is_there() and self.hub.fetch_handed(snapshot)

    def _is_there(self) -> bool:
        """Return whether the hub may be asked outside of a contact: it is not away, and its name leads to it."""
        if self.away():
            return False
        try:
            address.check(self.ledger, self.hub)
        except Elsewhere:
            return False  # the contact of the same command has said so
        return True

    def left_out(self) -> list[str]:
        """Sessions that are quarantined: the hub refuses something that they wrote."""
        return Quarantine.load(self._directory).sessions

    def meet(
        self, wanted: set[EventId], *, push: bool = True, patience: float = PATIENCE, insist: bool = False
    ) -> Contact:
        """Talk to the hub until everything provisional is there. `insist`: also where it was away a moment ago.

        Who waits for no verdict comes to exchange, and fetches everything at once.
        """
        self._spoke = False
        if self.away() and not insist:
            self.status = "offline"
            return Contact(False, said="the hub did not answer a moment ago")
        deadline, now = time.monotonic() + patience, self.ledger.clock.now()
        recorded = address.check(self.ledger, self.hub)
        self.behind = push and not (insist or self._insists) and large.is_heavy(self)
        try:
            with lock.held(self._directory / coordfile.HUB_LOCK, patience):
                if wanted and self._settled(wanted):
                    return Contact(True)  # whoever had the lock before pushed ours too
                self.ledger.recover()
                self.clone = clone.read(self._directory)  # another process may have renamed it
                reads = self.read_only
                talk = Exchange(self.ledger, self.hub, self.clone, self._tell, deadline, met=self.met, read_only=reads)
                contact = talk.run(push=push and not reads and not self.behind, everything=push and not wanted)
                self.clone = talk.clone
                self.rounds += contact.rounds
                self.unannounced = talk.unannounced
                self._learn(talk.others, now, wrote=bool(wanted) and contact.reached)
                if contact.gathered is not None:
                    mark.put(self._directory / coordfile.HUB_LOOKED, str(now))
                if self._spoke:
                    contact.gathered = None
                contact.said = large.FIRST if self.behind and contact.reached else contact.said
        except Busy as error:
            contact = Contact(False, said=error.message, alive=True)
        if contact.reached or not contact.alive:
            self._remember(contact.reached, now)
        self.status = "ok" if contact.reached else "offline"
        if contact.reached:
            self._heard = time.monotonic()
            if push and not contact.said:
                owed.settle(self._directory)
            if not recorded:
                address.record(self.ledger, self.hub)
            self.ledger.wake()
        return contact

    def fetch_all(self, patience: float, *, brief: bool) -> Contact:
        """Take in everything that the hub has, unless another process has just done so; nothing is pushed.

        `brief`: a hub that takes longer than `patience` seconds is not called away for that.
        """
        deadline, now, told = time.monotonic() + patience, self.ledger.clock.now(), len(self.news)
        try:
            address.check(self.ledger, self.hub)
            with lock.held(self._directory / coordfile.HUB_LOCK, patience):
                if not looking.is_due(self):
                    return Contact(True)
                self.clone = clone.read(self._directory)
                here = self.ledger, self.hub, self.clone, self._tell, deadline
                talk = Exchange(*here, met=self.met, brief=brief, read_only=self.read_only)
                contact = talk.run(push=False, everything=True)
                self.clone = talk.clone
                self._learn(talk.others, now, wrote=False)
                if contact.gathered is not None:
                    mark.put(self._directory / coordfile.HUB_LOOKED, str(now))
                if not contact.late or not brief:
                    self._remember(contact.reached, now)
                    self.status = "ok" if contact.reached else "offline"
        except Busy as error:
            return Contact(False, said=error.message, alive=True)
        except Elsewhere as error:
            self.status = "offline"
            self.warnings.append(f"{error.message}; {error.hint}")
            return Contact(False, said=error.message, alive=True)
        self.warnings += self.news[told:]
        if contact.reached:
            self.ledger.wake()
        return contact

    def _learn(self, others: Mapping[str, int], began: int, *, wrote: bool) -> None:
        """Keep whether other clones wrote since the last time, for the next time that something is written."""
        if others:
            habit.found_others(self._directory, others, began)
        elif wrote and not self._expected:
            habit.found_nobody(self._directory)
        self._expected = bool(others) and not wrote

    def _tell(self, adopted: Adopted) -> None:
        self.news += adopted.news
        for item in adopted.lost:
            if item.event.id in self._awaited:
                continue  # whoever waits for the verdict is answered with it
            self._say(item.event.session, loss.told(item.event, item.verdict, self.ledger.state()))
        for item in adopted.changed:
            if item.event.id not in self._awaited:
                given = f"{item.event.subject}: the hub gave {item.verdict.detail['value']}, not what was answered here"
                self._say(item.event.session, given)

    def _say(self, session: SessionId, text: str) -> None:
        notification.lost(self.ledger, session, text)
        self._spoke = True

    def _settled(self, wanted: set[EventId]) -> bool:
        tip = self.ledger.store.refs.read(self.hub.confirmed)
        return tip != ABSENT and len(sequence.verdicts(self.ledger.store.objects, tip, wanted, 200)) == len(wanted)

    def _look(self, done: Done, wanted: set[EventId]) -> Done:
        """The outcomes as they are known now: from the confirmed ledger where it has them, else from ours."""
        objects, own = self.ledger.store.objects, self.ledger.tip()
        tip = self.ledger.store.refs.read(self.hub.confirmed)
        agreed = sequence.verdicts(objects, tip, wanted) if tip != ABSENT else {}
        provisional = sequence.verdicts(objects, own, wanted - agreed.keys())

        def now(outcome: Outcome) -> Outcome:
            known = agreed.get(outcome.event.id) or provisional.get(outcome.event.id)
            if outcome.verdict is None:
                return outcome
            if known is None:
                return replace(outcome, verdict=self._left_out(outcome.event))  # for good
            number, verdict = known
            # Where nothing is ever brought to the hub, a refusal of our own is as good as its.
            final = outcome.event.id in agreed or (self.read_only and not verdict.accepted)
            return replace(outcome, number=number, verdict=verdict, confirmed=final)

        again = [now(outcome) for outcome in done.again]
        return Done([now(outcome) for outcome in done.outcomes], self.ledger.views.of(own), again)

    def grace_elapsed(self, session: SessionId, last_seen: int, expired_at: int) -> bool:
        """Whether this clone has met the hub twice since, a grace apart (`grace`), and its clock is right."""
        directory, times = self._directory, {"last_seen": last_seen, "expired_at": expired_at}
        if not grace_period.passed(directory, session, **times, met=self.met, grace=self.grace):
            return False
        doubt = clocks.disagreement(directory, now=self.ledger.clock.now(), skew=self.skew)
        if doubt and doubt not in self.warnings:
            self.warnings.append(doubt)
        return not doubt

    def grace_ends(self, session: SessionId, last_seen: int, expired_at: int) -> int:
        """Return when a grace has passed since the first meeting after `expired_at`; without one it begins now."""
        first = grace_period.first_meeting(self._directory, session, last_seen=last_seen, expired_at=expired_at)
        return (first or max(expired_at, self.ledger.clock.now())) + self.grace

    def _left_out(self, event: Event) -> Verdict:
        """Why neither ledger has an operation that was recorded. Raises `Unreadable` where it may yet get in."""
        if event.session in Quarantine.load(self._directory).sessions:
            return Verdict("quarantined")
        raise Lost(event.session)

    def away(self) -> bool:
        """Whether the hub did not answer a moment ago, and so is not asked."""
        try:
            return time.time() - (self._directory / coordfile.HUB_AWAY).stat().st_mtime < AWAY
        except FileNotFoundError:
            return False

    def _remember(self, reached: bool, now: int) -> None:
        """Keep whether the hub answered to what it was asked at `now`."""
        away = self._directory / coordfile.HUB_AWAY
        if reached:
            owed.came_back(self._directory, away)
            mark.put(self._directory / coordfile.HUB_MET, str(now))
        else:
            with suppress(OSError):  # read-only or full: the next command asks the hub again
                away.touch()
