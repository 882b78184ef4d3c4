"""Agreement at the hub: push our ledger with what is provisional; when somebody was faster, look, sequence, push again.

One process of a clone talks to the hub at a time and pushes for all; who waited for it looks for its verdict first.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gitcoord.domain import news, notification
from gitcoord.errors import Busy, Unreadable
from gitcoord.kernel import doorbell, lock
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.ledger import REF, SESSIONS, Done
from gitcoord.policy.lease import SKEW
from gitcoord.sync import clocks
from gitcoord.sync import grace as patience_with
from gitcoord.sync.adopt import Adopted, adopt
from gitcoord.sync.grace import GRACE
from gitcoord.sync.quarantine import Quarantine
from gitcoord.sync.transport import Outcome, Wish
from gitcoord.sync.turn import pause

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.state import State
    from gitcoord.sync.transport import Heard, Hub, Pushed

PATIENCE = 10.0
"""Seconds for all rounds of one command."""

AWAY = 60.0
"""Seconds for which a hub that did not answer is not tried again."""

HEALING = 30.0
"""Seconds for fetching everything anew after objects were lost."""

BUSY = "the hub was busy for too long"
"""Said where it answered, and patience was over."""

STUCK = 4
"""Rounds lost while the hub's ledger stood still: a dead receive-pack left a lock there."""


class Lost(Unreadable):
    """Neither ledger has an operation that was recorded: it may yet get in."""


@dataclass(slots=True)
class Contact:
    """How a contact ended. `rounds` counts pushes, `reached` says whether the hub answered last.

    `alive`: it did answer in this contact, or was never asked, so it does not count as away.
    """

    reached: bool
    rounds: int = 0
    said: str = ""
    pushed: bool = False
    alive: bool = False


class Agreement:
    """The hub as commands use it (`domain.agreement.Agreement`)."""

    def __init__(
        self,
        ledger: Ledger,
        hub: Hub,
        clone: str,
        *,
        read_only: bool = False,
        grace: int = GRACE,
        skew: int = SKEW,
    ) -> None:
        self.ledger = ledger
        self.grace = grace
        self.skew = skew
        self.hub = hub
        self.clone = clone
        self.read_only = read_only
        self.status = "offline" if self._away() else "ok"
        self.news: list[str] = []
        self.warnings: list[str] = []
        self.rounds = 0
        self.gathered: Heard | None = None  # everything that the hub had, where the last contact fetched it
        self._awaited: set[str] = set()
        self._lacking = False

    @property
    def met(self) -> int:
        """When the hub answered last, in seconds; 0 for never."""
        try:
            return int((self.ledger.store.directory / "hub-met").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def settle(self, done: Done) -> Done:
        """Push until what was recorded has a verdict in the confirmed ledger, or time is up."""
        wanted = {outcome.event.id for outcome in done.outcomes if outcome.verdict is not None}
        if not wanted:
            return done
        self._awaited = wanted
        session = done.outcomes[0].event.session
        self._try(wanted, session)
        try:
            return self._look(done, wanted)
        except Lost:
            # The hub merged another log of that session. What it lacks is recorded again, under the same ids.
            self.ledger.transact(session, lambda _: [])
            self._try(wanted, session)
            return self._look(done, wanted)

    def refresh(self, *, insist: bool = False) -> bool:
        """Fetch and verify what the hub has."""
        return self._try(set(), push=False, insist=insist)

    def _try(self, wanted: set[str], session: str = "", *, push: bool = True, insist: bool = False) -> bool:
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
            self._remember(False)
            if session:
                news.leave(self.ledger.store.directory, session, f"provisional for now: {error.message}")
            return False

    def confirmed(self) -> State | None:
        """The state of the hub's ledger as last verified."""
        tip = self.ledger.store.refs.read(self.hub.confirmed)
        return sequence.load(self.ledger.store.objects, tip) if tip != ABSENT else None

    def heard(self) -> dict[str, str]:
        """What sessions of other clones said, as fetched last: `<session>/log` or `<session>/beat` -> commit."""
        below = f"{self.hub.incoming}/sessions/"
        return {ref.removeprefix(below): oid for ref, oid in self.ledger.store.refs.list(below).items()}

    def listen(self) -> None:
        """Fetch what they say by now."""
        self.meet(set())

    def left_out(self) -> list[str]:
        """Sessions that are quarantined: the hub refuses something that they wrote."""
        return Quarantine.load(self.ledger.store.directory).sessions

    def meet(self, wanted: set[str], *, push: bool = True, patience: float = PATIENCE, insist: bool = False) -> Contact:
        """Talk to the hub until everything provisional is there. `insist`: also where it was away a moment ago.

        Who waits for no verdict comes to exchange, and fetches everything at once.
        """
        self.gathered = None
        if self._away() and not insist:
            self.status = "offline"
            return Contact(False, said="the hub did not answer a moment ago")
        deadline = time.monotonic() + patience
        try:
            with lock.held(self.ledger.store.directory / "hub-lock", patience):
                if wanted and self._settled(wanted):
                    return Contact(True)  # whoever had the lock before pushed ours too
                self.ledger.recover()
                contact = self._talk(deadline, push=push and not self.read_only, everything=push and not wanted)
        except Busy as error:
            contact = Contact(False, said=error.message, alive=True)
        if contact.reached or not contact.alive:
            self._remember(contact.reached)
        self.status = "ok" if contact.reached else "offline"
        if contact.reached:
            doorbell.ring(self.ledger.store.directory / "bells")
        return contact

    def _talk(self, deadline: float, *, push: bool, everything: bool) -> Contact:
        refs = self.ledger.store.refs
        contact = Contact(True)
        heard: Heard | None = None
        stood_still = 0
        while True:
            own, confirmed = refs.read(REF), refs.read(self.hub.confirmed)
            lease = heard.ledger if heard is not None else confirmed
            if not push or own == confirmed == lease:
                if heard is not None:
                    return contact
            else:
                began = time.monotonic()
                contact.rounds += 1
                self.rounds += 1
                pushed = self._push(own, lease, deadline, alive=contact.alive)
                outcome = pushed.of(self.hub.ledger)
                contact.alive |= pushed.alive and outcome is not Outcome.UNREACHABLE
                if outcome is Outcome.PUSHED:
                    self._confirm(own)
                    self._unstuck()
                    contact.pushed = True
                    return contact
                if outcome is Outcome.REFUSED:
                    heard = heard or self._fetch(deadline, announcements=True, alive=True)
                    return self._leave_out(heard, lease, contact)
                if outcome is Outcome.UNREACHABLE:
                    return replace(contact, reached=False, said="the hub cannot be reached")
                now = time.monotonic()
                time.sleep(min(pause(now - began, stood_still), max(0.0, deadline - now)))
            heard = self._hear(deadline, own, confirmed, contact, push=push, everything=everything)
            if not heard.reached:
                alive = contact.alive or heard.alive
                return replace(contact, reached=False, said=BUSY if alive and heard.late else heard.said, alive=alive)
            contact.alive = True
            stood_still = stood_still + 1 if contact.rounds and heard.ledger == lease else 0
            if stood_still and stood_still >= self._patience_when_stuck(lease):
                return replace(contact, said=self._stuck(lease))
            if time.monotonic() >= deadline:
                return replace(contact, said=BUSY)

    def _hear(
        self, deadline: float, own: str, confirmed: str, contact: Contact, *, push: bool, everything: bool
    ) -> Heard:
        """Learn and take in what the hub has; after a lost push also what everybody announced.

        First the ledger alone: in a crowd somebody has most likely sequenced ours with everybody's.
        """
        lost = push and contact.rounds > 0
        everything = everything and not lost
        heard = self._fetch(deadline, announcements=False, alive=contact.alive, everything=everything)
        self.gathered = heard if everything and heard.reached else None
        others = lost and heard.reached and not self._sequenced(own, confirmed, heard.ledger)
        if others:
            heard = self._fetch(deadline, announcements=True, alive=True)
        if heard.reached:
            self._adopt(heard, others=others)
        return heard

    def _sequenced(self, own: str, confirmed: str, ledger: str) -> bool:
        """Whether a ledger says to have all that is provisional here. It is verified before that is believed."""
        objects = self.ledger.store.objects
        if ABSENT in (confirmed, ledger):
            return False
        chain = sequence.first_parents(objects, own, confirmed)
        ids = {item.id for _, record in chain for item in sequence.judged(record)}
        return bool(ids) and len(sequence.verdicts(objects, ledger, ids, 200)) == len(ids)

    def _fetch(self, deadline: float, *, announcements: bool, alive: bool, everything: bool = False) -> Heard:
        confirmed = self.ledger.store.refs.read(self.hub.confirmed)
        known = [self.ledger.tip()]
        if confirmed != ABSENT:
            known.append(f"{self.hub.tracking}/*" if everything else confirmed)
        limit = max(0.1, deadline - time.monotonic())
        silence = None if alive else self.hub.timeout
        heard = self.hub.fetch(
            known, announcements=announcements, everything=everything, timeout=limit, silence=silence
        )
        if not heard.reached and (everything or (announcements and "not our ref" in heard.said)) and not heard.late:
            # The hub lost objects of an announcement or a log, which says nothing against its ledger.
            heard = self.hub.fetch(known, timeout=limit, silence=silence)
        if heard.incomplete or self._lacking:
            self._lacking = False
            # A prune beside a fetch took what it had brought: ours is in the journal, the rest comes once more.
            with self.ledger.store.write_lock():
                self.ledger.store.objects.heal()
            heard = self.hub.fetch(announcements=announcements, timeout=max(limit, HEALING), all_again=True)
        return heard

    def _push(self, own: str, lease: str, deadline: float, *, alive: bool) -> Pushed:
        # Time is left to look what became of a push whose answer does not come.
        limit = max(0.1, (deadline - time.monotonic()) * 2 / 3)
        wishes = [Wish(self.hub.ledger, own, lease), Wish(self.hub.announcement(self.clone), own)]
        pushed = self.hub.push(wishes, timeout=limit, silence=None if alive else self.hub.timeout)
        self._lacking = pushed.incomplete
        return pushed

    def _patience_when_stuck(self, lease: str) -> int:
        """Rounds to try: one where the last contact found the same ledger stuck."""
        try:
            return 1 if (self.ledger.store.directory / "hub-stuck").read_text() == lease else STUCK
        except OSError:
            return STUCK

    def _stuck(self, lease: str) -> str:
        (self.ledger.store.directory / "hub-stuck").write_text(lease)
        left = f"the hub does not move its ledger; a dead process may have left {self.hub.ledger}.lock there"
        return f"{left}: if nothing runs at the hub, delete that file"

    def _unstuck(self) -> None:
        (self.ledger.store.directory / "hub-stuck").unlink(missing_ok=True)

    def _confirm(self, tip: str) -> None:
        store = self.ledger.store
        with self.ledger.writing():
            before = store.refs.read(self.hub.confirmed)
            if before != tip:
                self.ledger.move([Update(self.hub.confirmed, tip, before)])

    def _adopt(self, heard: Heard, *, others: bool, anew: bool = False) -> None:
        store = self.ledger.store
        before = store.refs.read(self.hub.confirmed)
        with self.ledger.writing():
            adopted = adopt(self.ledger, self.hub, heard, self.clone, others=others, anew=anew)
        if ABSENT != before != adopted.confirmed:
            times = clocks.heard(store.objects, before, adopted.confirmed, self.clone)
            clocks.observe(store.directory, times, met=self.met, now=self.ledger.clock.now())
        self._tell(adopted)

    def _leave_out(self, heard: Heard, lease: str, contact: Contact) -> Contact:
        """The hub refuses an object in our ledger: find out whose, and push without it."""
        directory = self.ledger.store.directory
        aside = Quarantine.load(directory)
        if self._push_without(heard, lease):
            aside.clones |= {clone: oid for clone, oid in heard.announced.items() if clone != self.clone}
            aside.save(directory)
            return replace(contact, pushed=True)
        logs = {ref: oid for ref, oid in self.ledger.store.refs.list(SESSIONS + "/").items() if ref.endswith("/log")}
        refused = []
        for ref, oid in logs.items():
            theirs = self.hub.prefix + ref.removeprefix("refs/coord")
            if self.hub.push([Wish(theirs, oid)]).of(theirs) is Outcome.REFUSED:
                refused.append(ref.split("/")[3])
        if not refused or len(refused) == len(logs):
            return replace(contact, said="the hub refuses whatever is pushed there")
        aside.sessions += refused
        aside.save(directory)
        for session in refused:
            news.leave(directory, session, "the hub refuses something this session wrote: start a new session")
        pushed = self._push_without(heard, lease)
        return replace(contact, pushed=pushed, said="" if pushed else "the hub refuses our ledger")

    def _push_without(self, heard: Heard, lease: str) -> bool:
        """Sequence anew what is ours and not set aside, and push that."""
        self._adopt(heard, others=False, anew=True)
        own = self.ledger.tip()
        pushed = self._push(own, lease, time.monotonic() + PATIENCE, alive=True).of(self.hub.ledger) is Outcome.PUSHED
        if pushed:
            self._confirm(own)
        return pushed

    def _tell(self, adopted: Adopted) -> None:
        self.news += adopted.news
        for item in adopted.lost:
            if item.event.id in self._awaited:
                continue  # whoever waits for the verdict is answered with it
            text = f"the hub refused what was provisional here: {item.event.subject} ({item.verdict.reason})"
            notification.lost(self.ledger, item.event.session, text)
        for item in adopted.changed:
            if item.event.id not in self._awaited:
                given = f"{item.event.subject}: the hub gave {item.verdict.detail['value']}, not what was answered here"
                notification.lost(self.ledger, item.event.session, given)

    def _settled(self, wanted: set[str]) -> bool:
        tip = self.ledger.store.refs.read(self.hub.confirmed)
        return tip != ABSENT and len(sequence.verdicts(self.ledger.store.objects, tip, wanted, 200)) == len(wanted)

    def _look(self, done: Done, wanted: set[str]) -> Done:
        """The outcomes as they are known now: from the confirmed ledger where it has them, else from ours."""
        objects, refs = self.ledger.store.objects, self.ledger.store.refs
        tip, own = refs.read(self.hub.confirmed), self.ledger.tip()
        agreed = sequence.verdicts(objects, tip, wanted) if tip != ABSENT else {}
        provisional = sequence.verdicts(objects, own, wanted - agreed.keys())
        outcomes = []
        for outcome in done.outcomes:
            known = agreed.get(outcome.event.id) or provisional.get(outcome.event.id)
            if outcome.verdict is None:
                outcomes.append(outcome)
            elif known is None:
                outcomes.append(replace(outcome, verdict=self._left_out(outcome.event)))  # for good
            else:
                number, verdict = known
                # Where nothing is ever brought to the hub, a refusal of our own is as good as its.
                final = outcome.event.id in agreed or (self.read_only and not verdict.accepted)
                outcomes.append(replace(outcome, number=number, verdict=verdict, confirmed=final))
        return Done(outcomes, sequence.load(objects, own))

    def patient(self, session: str, sign: int, over: int) -> bool:
        """Whether this clone has met the hub twice since, a grace apart (`grace`), and its clock is right."""
        directory = self.ledger.store.directory
        if not patience_with.passed(directory, session, sign=sign, over=over, met=self.met, grace=self.grace):
            return False
        doubt = clocks.disagreement(directory, now=self.ledger.clock.now(), skew=self.skew)
        if doubt and doubt not in self.warnings:
            self.warnings.append(doubt)
        return not doubt

    def _left_out(self, event: Event) -> Verdict:
        """Why neither ledger has an operation that was recorded. Raises `Unreadable` where it may yet get in."""
        if event.session in Quarantine.load(self.ledger.store.directory).sessions:
            return Verdict("quarantined")
        raise Lost(
            f"what becomes of it is not known: the log of {event.session} forked from what the hub merged of it",
            "run it again: what is missing is appended once more, and counts once",
        )

    def _away(self) -> bool:
        try:
            return time.time() - (self.ledger.store.directory / "hub-away").stat().st_mtime < AWAY
        except FileNotFoundError:
            return False

    def _remember(self, reached: bool) -> None:
        mark = self.ledger.store.directory / "hub-away"
        if reached:
            mark.unlink(missing_ok=True)
            (mark.parent / "hub-met").write_text(str(self.ledger.clock.now()))
        else:
            mark.touch()
