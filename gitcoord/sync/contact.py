"""One contact with the hub: push our ledger with what is provisional; when somebody was faster, look, sequence, push
again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.message import news
from gitcoord.errors import Unreadable, Withheld
from gitcoord.kernel import clone, coordfile, mark
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import sequence
from gitcoord.sync import clocks, dangling, delivery, descent, missing, turn
from gitcoord.sync.adopt import Adopted, adopt
from gitcoord.sync.announced import Announced
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.quarantine import Quarantine
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.ledger.ledger import Ledger
    from gitcoord.policy.ids import SessionId, StoreOid
    from gitcoord.sync.transport import FetchResult, Hub, Pushed

PATIENCE = 10.0
"""Seconds for all rounds of one command."""

BUSY = "the hub was busy for too long"
"""Said where it answered, and patience was over."""

CUT = "the hub answers, but pushes to it are cut off"
"""Said where no push came to an end and the ledger stood still: nothing speaks of a lock there."""

STUCK = 4
"""Rounds lost while the hub's ledger stood still: a dead receive-pack left a lock there."""

SEVERAL = 8
"""Announcements after a lost push from which on they count as a crowd's: taking them in is hundreds of reads."""


@dataclass(slots=True)
class Contact:
    """How a contact ended. `rounds` counts pushes, `reached` says whether the hub answered last.

    `alive`: it did answer in this contact, or was never asked, so it does not count as away. `gathered` is
    everything that the hub had, where that was fetched. `late`: time was up before anything was known. `withheld` is
    set where the hub does not send what it has beside its ledger.
    """

    reached: bool
    rounds: int = 0
    said: str = ""
    pushed: bool = False
    alive: bool = False
    gathered: FetchResult | None = None
    late: bool = False
    withheld: Withheld | None = None


class Exchange:
    """A contact as it goes on, under the hub lock.

    `tell` hears what became of both ledgers, `deadline` is by the monotonic clock, `met` when the hub answered last.
    `others` are the clones of which the ledger had something new, with its newest time in seconds. `unannounced` says
    why the last push brought the hub our ledger and not our announcement, '' where it brought both.
    `brief`: what is missing here is not fetched anew, since that takes long and somebody waits for an answer.
    """

    def __init__(
        self,
        ledger: Ledger,
        hub: Hub,
        clone_id: str,
        tell: Callable[[Adopted], None],
        deadline: float,
        *,
        met: int,
        brief: bool = False,
        read_only: bool = False,
    ) -> None:
        self._ledger = ledger
        self._hub = hub
        self.clone = clone_id
        self._announced = Announced.load(ledger.store.directory, hub.tracking, clone_id)
        self._tell = tell
        self._deadline = deadline
        self._met = met
        self._brief = brief
        self._read_only = read_only
        self._lacking = False
        self._mended = False
        self._renamed = False
        self._withheld: Withheld | None = None
        self.others: dict[str, int] = {}
        self.unannounced = ""

    def run(self, *, push: bool, everything: bool) -> Contact:
        """Talk until everything provisional is there, or time is up; without `push` only learn what is there.

        What is missing here is brought back first where nothing can be read without it.
        """
        try:
            contact = self._run(push=push, everything=everything)
        except Unreadable:
            brought = None if self._brief else missing.bring_back(self._ledger, self._hub)
            if brought is None:
                raise
            self._tell(brought)
            contact = self._run(push=push, everything=everything)
        contact.withheld = self._withheld
        return contact

    def _run(self, *, push: bool, everything: bool) -> Contact:
        contact = Contact(True)
        heard: FetchResult | None = None
        outcome, said = Outcome.UNKNOWN, ""
        first, stood_still = False, 0
        while True:
            own, confirmed = self._stand(pick_up=everything and heard is None)
            lease = heard.ledger if heard is not None else confirmed
            if not push or own == confirmed == lease:
                if heard is not None:
                    return contact
            else:
                began = time.monotonic()
                outcome, said = self._send(own, lease, contact)
                if outcome is Outcome.UNREACHABLE:
                    return replace(contact, reached=False, said=said or "it cannot be reached")
                if outcome is not Outcome.PUSHED:
                    first = self._wait(contact, time.monotonic() - began, stood_still)
                elif not self._renamed:
                    return contact
            heard = self._hear(own, confirmed, contact, first=first, everything=everything)
            if not heard.reached:
                if heard.late or not self._mend():
                    return _unheard(contact, heard)
                heard = None
                continue
            if outcome in (Outcome.REFUSED, Outcome.UNKNOWN) and said:
                if self._drop_dangling(said):
                    continue
                if self._withheld is not None and self._withheld.refs:  # so it refuses every push
                    return replace(contact, said=self._withheld.message)
            if outcome is Outcome.REFUSED and heard.ledger == lease:  # not a lost race: nobody moved the ledger
                left = self._leave_out(heard, lease, contact, said)
                if left is not None:
                    return left
            stood_still = stood_still + 1 if contact.rounds and heard.ledger == lease else 0
            if stood_still and stood_still >= self._patience_when_stuck(lease):
                return replace(contact, said=self._stuck(lease) if outcome is Outcome.LOST else CUT)
            if time.monotonic() >= self._deadline:
                return replace(contact, said=BUSY)

    def _stand(self, *, pick_up: bool) -> tuple[StoreOid, StoreOid]:
        """Return our ledger, on top of what is confirmed, and what that is.

        With `pick_up` what stands on logs and not in the ledger is sequenced, too.
        """
        refs = self._ledger.store.refs
        own, confirmed = refs.read(LEDGER), refs.read(self._hub.confirmed)
        while not descent.stands(self._ledger, own, confirmed):
            self._tell(descent.bring_up(self._ledger, confirmed, self.clone))
            own, pick_up = refs.read(LEDGER), False
        if pick_up:
            self._ledger.pick_up()
            own = refs.read(LEDGER)
        return own, confirmed

    def _send(self, own: StoreOid, lease: StoreOid, contact: Contact) -> tuple[Outcome, str]:
        """Push once; return what became of the ledger at the hub, and what the hub said."""
        contact.rounds += 1
        pushed = self._push(own, lease, alive=contact.alive)
        outcome = pushed.of(self._hub.ledger)
        contact.alive |= pushed.alive and outcome is not Outcome.UNREACHABLE
        if outcome is Outcome.PUSHED:
            self._confirm(own)
            self._unstuck()
            contact.pushed = True
        return outcome, pushed.said

    def _wait(self, contact: Contact, took: float, stood_still: int) -> bool:
        """Wait for our turn after a lost push; whether it most likely falls to us to sequence everybody."""
        if contact.rounds > 1 and not stood_still:
            return False  # another was faster to sequence, and had what we announced with the first push
        share, began = turn.draw(), time.monotonic()
        first = share < turn.EARLY
        if first:
            self._ledger.store.objects.expect_many()  # in the pause: until we are done, all others wait
        paused = time.monotonic() - began
        pause = min(share * turn.longest(took, stood_still), self._deadline - began)
        time.sleep(max(0.0, pause - paused))
        return first

    def _hear(
        self, own: StoreOid, confirmed: StoreOid, contact: Contact, *, first: bool, everything: bool
    ) -> FetchResult:
        """Learn and take in what the hub has; after a lost push also what everybody announced.

        Who is not `first` looks at the ledger alone before: in a crowd somebody has sequenced ours with everybody's.
        """
        lost = contact.rounds > 0
        everything = everything and not lost
        heard = self._fetch(announcements=first, alive=contact.alive, everything=everything)
        contact.gathered = heard if everything and heard.reached else None
        others = first
        if lost and not first and heard.reached and not self._sequenced(own, confirmed, heard.ledger):
            heard = self._fetch(announcements=True, alive=True)
            others = True
        if heard.reached and self._renamed:  # what stands under the former id is another's now, to be sequenced
            heard = heard if others else self._fetch(announcements=True, alive=True)
            others, self._renamed = True, False
        if heard.reached:
            if others and len(heard.announced) > SEVERAL:
                self._ledger.store.objects.expect_many()
            self._adopt(heard, others=others)
            contact.alive = True
        return heard

    def _sequenced(self, own: StoreOid, confirmed: StoreOid, ledger: StoreOid) -> bool:
        """Whether a ledger says to have all that is provisional here. It is verified before that is believed."""
        objects = self._ledger.store.objects
        if ABSENT in (confirmed, ledger):
            return False
        chain = sequence.first_parents(objects, own, confirmed)
        ids = {item.id for _, record in chain for item in sequence.judged(record)}
        return bool(ids) and len(sequence.verdicts(objects, ledger, ids, 200)) == len(ids)

    def _fetch(self, *, announcements: bool, alive: bool, everything: bool = False) -> FetchResult:
        confirmed = self._ledger.store.refs.read(self._hub.confirmed)
        known: list[str] = [self._ledger.tip()]
        if confirmed != ABSENT:
            known.append(f"{self._hub.tracking}/*" if everything else confirmed)
        limit = max(0.1, self._deadline - time.monotonic())
        silence = None if alive else self._hub.timeout
        heard = self._hub.fetch(
            known, announcements=announcements, everything=everything, timeout=limit, silence=silence, own=self.clone
        )
        self._look_at_own(heard.own)
        if not heard.reached and not heard.late and self._hub.value(self._hub.ledger) is not None:
            # It answers, so it may have lost objects of an announcement or a log: that says nothing of its ledger.
            limit = max(0.1, self._deadline - time.monotonic())
            said, heard = heard.said, self._hub.fetch(known, timeout=limit, silence=silence)
            if heard.reached and not self._brief:
                if self._drop_dangling(said):
                    return self._fetch(announcements=announcements, alive=True, everything=everything)
                self._withheld = self._withheld or dangling.withheld(self._hub.name, [], said)
        if self._brief:
            return heard
        failed = not heard.reached and not heard.late
        if self._lacking or heard.incomplete or (failed and missing.found(self._ledger, self._hub)):
            self._lacking = False
            # A prune beside a fetch took what it had brought: ours is in the journal, the rest comes once more.
            limit = max(limit, missing.HEALING)
            heard = missing.fetch_again(self._ledger, self._hub, announcements=announcements, timeout=limit)
        return heard

    def _mend(self) -> bool:
        """Mend refs here that name what nobody has: git fetches nothing beside them. Returns whether there were any."""
        mended = None if self._brief or self._mended else missing.mend(self._ledger, self._hub)
        if mended is not None:
            self._mended = True
            self._tell(mended)
        return mended is not None

    def _drop_dangling(self, said: str) -> bool:
        """Delete the refs at the hub whose objects it has lost; returns whether there is one less."""
        deleted, left = dangling.drop(self._hub, said, read_only=self._read_only)
        if left:
            self._withheld = dangling.withheld(self._hub.name, left)
        if deleted:
            own, confirmed = self._ledger.store.refs.read_all(LEDGER, self._hub.confirmed)
            news = [f"the hub had lost what {ref} names: that ref was deleted there" for ref in deleted]
            self._tell(Adopted(confirmed, own, news=news))
        return bool(deleted)

    def _push(self, own: StoreOid, lease: StoreOid, *, alive: bool, limit: float = 0.0) -> Pushed:
        # Time is left to look what became of a push whose answer does not come.
        limit = limit or max(0.1, (self._deadline - time.monotonic()) * 2 / 3)
        ours = RefUpdate(self._hub.announcement(self.clone), own, self._announced.lease)
        updates = [RefUpdate(self._hub.ledger, own, lease), ours]
        self._announced.trying(own)
        pushed = self._hub.push(updates, timeout=limit, silence=None if alive else self._hub.timeout)
        in_doubt = pushed.of(self._hub.ledger) in (Outcome.REFUSED, Outcome.UNKNOWN)
        self._lacking = pushed.incomplete or (in_doubt and missing.found(self._ledger, self._hub))
        self.unannounced = ""
        if pushed.of(ours.ref) is Outcome.PUSHED:
            self._announced.found(own)
        elif pushed.of(self._hub.ledger) is Outcome.PUSHED:
            shown = self._hub.value(ours.ref)
            self._look_at_own(shown)
            if shown in (None, ours.expected):
                self.unannounced = pushed.said or "the hub gave no reason"
        return pushed

    def _look_at_own(self, shown: StoreOid | None) -> None:
        """Take a new id where the hub shows an announcement under ours that this clone never pushed."""
        if shown is None or self._read_only:
            return
        if self._announced.is_ours(shown, self._ledger.store.objects, self._ledger.tip()):
            self._announced.found(shown)
            return
        self._renamed = True
        before, directory = self.clone, self._ledger.store.directory
        self.clone = clone.rename(directory, self._ledger.ids)
        self._announced = Announced.load(directory, self._hub.tracking, self.clone)
        own, confirmed = self._ledger.store.refs.read_all(LEDGER, self._hub.confirmed)
        said = f"another clone announces itself at {self._hub.name} as {before}, which was the id of this one"
        why = "this one is a copy, was copied, or its disk was restored; it has an id of its own now"
        self._tell(Adopted(confirmed, own, news=[f"{said}: {why}"]))

    def _patience_when_stuck(self, lease: StoreOid) -> int:
        """Rounds to try: one where the last contact found the same ledger stuck."""
        return 1 if mark.word(self._ledger.store.directory / coordfile.HUB_STUCK) == lease else STUCK

    def _stuck(self, lease: StoreOid) -> str:
        for blocked in delivery.explain(self._hub, {self._hub.ledger: ""}):
            if blocked.in_the_way:
                way = errors.hub.make_way(self._hub.name, delivery.in_the_way([blocked]))
                return f"{blocked.sentence}; delete it: {way}"
        if lease == ABSENT:
            hidden = "it may hide its refs (transfer.hideRefs, uploadpack.hideRefs)"
            return f"the hub shows no ledger and takes none: {hidden}, or a dead process left {self._hub.ledger}.lock"
        mark.put(self._ledger.store.directory / coordfile.HUB_STUCK, lease)
        left = f"the hub does not move its ledger; a dead process may have left {self._hub.ledger}.lock there"
        return f"{left}: if nothing runs at the hub, delete that file"

    def _unstuck(self) -> None:
        (self._ledger.store.directory / coordfile.HUB_STUCK).unlink(missing_ok=True)

    def _confirm(self, tip: StoreOid) -> None:
        store = self._ledger.store
        with self._ledger.writing():
            before = store.refs.read(self._hub.confirmed)
            if before != tip:
                self._ledger.move([Update(self._hub.confirmed, tip, before)])

    def _adopt(self, heard: FetchResult, *, others: bool, anew: bool = False) -> None:
        store = self._ledger.store
        before = store.refs.read(self._hub.confirmed)
        with self._ledger.writing():
            adopted = adopt(self._ledger, self._hub, heard, self.clone, others=others, anew=anew)
        if ABSENT != before != adopted.confirmed:
            times = clocks.heard(store, before, adopted.confirmed, self.clone, clone.former(store.directory))
            self.others |= times
            clocks.observe(store.directory, times, met=self._met, now=self._ledger.clock.now())
        self._tell(adopted)

    def _leave_out(self, heard: FetchResult, lease: StoreOid, contact: Contact, said: str) -> Contact | None:
        """The hub refuses an object in our ledger, and `said` why: find out whose, and push without it.

        None where the ledger moved meanwhile: a race was lost, and nobody is to blame.
        """
        directory = self._ledger.store.directory
        aside = Quarantine.load(directory)
        if self._push_without(heard, lease):
            aside.clones |= {other: oid for other, oid in heard.announced.items() if other != self.clone}
            aside.save(directory)
            return replace(contact, pushed=True)
        if self._hub.value(self._hub.ledger) != lease:
            return None
        logs = self._ledger.logs()
        refused = [session for session, oid in logs.items() if self._is_refused(session, oid)]
        if not refused or len(refused) == len(logs):
            return replace(contact, said=f"the hub refuses whatever is pushed there: {said or 'it does not say why'}")
        aside.sessions += refused
        aside.save(directory)
        for session in refused:
            news.leave(directory, session, "the hub refuses something this session wrote: start a new session")
        pushed = self._push_without(heard, lease)
        return replace(contact, pushed=pushed, said="" if pushed else "the hub refuses our ledger")

    def _is_refused(self, session: SessionId, oid: StoreOid) -> bool:
        """Whether the hub refuses a log for what is in it, and not because somebody else moved that ref."""
        ref = self._hub.own(log_ref(session))
        before = self._hub.value(ref)
        refused = self._hub.push([RefUpdate(ref, oid, onward=True)]).of(ref) is Outcome.REFUSED
        return refused and self._hub.value(ref) == before != oid

    def _push_without(self, heard: FetchResult, lease: StoreOid) -> bool:
        """Sequence anew what is ours and not set aside, and push that."""
        self._adopt(heard, others=False, anew=True)
        own = self._ledger.tip()
        pushed = self._push(own, lease, alive=True, limit=PATIENCE).of(self._hub.ledger) is Outcome.PUSHED
        if pushed:
            self._confirm(own)
        return pushed


def _unheard(contact: Contact, heard: FetchResult) -> Contact:
    """The contact that ends with a fetch which brought nothing."""
    alive = contact.alive or heard.alive
    said = BUSY if alive and heard.late else missing.explain(heard.said)
    return replace(contact, reached=False, said=said, alive=alive, late=heard.late or heard.incomplete)
