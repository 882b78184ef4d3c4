"""Each reader is shown each message once, in its sender's order, whatever becomes of sender, reader and clone."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.board import board, brief, look
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.history import feed
from gitcoord.domain.message import inbox, mailbox, send
from gitcoord.domain.message import record as message
from gitcoord.domain.message.inbox import Inbox, Request
from gitcoord.domain.message.mailbox import Filter
from gitcoord.domain.message.record import Address, Letter
from gitcoord.domain.session import end, resume, retire, start
from gitcoord.domain.session import record as session
from gitcoord.errors import Busy, NotFound, NotMine, Usage
from gitcoord.errors.storage import ObjectDamaged
from gitcoord.ledger.event import Draft
from gitcoord.policy.lease import LEASE
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from conftest import ManualClock, Repo

    from gitcoord.domain.message.record import Message
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Entry
    from gitcoord.ledger.event import Event


class Post:
    """Sessions of one clone that write to each other. A second passes with everything that is said."""

    def __init__(self, repo: Repo, workspace: Workspace, clock: ManualClock) -> None:
        self.repo = repo
        self.workspace = workspace
        self.clock = clock

    def session(self, name: str, **said: Any) -> Session:
        """Start a session, which has no process: only its lease says when it is gone."""
        self.clock.pass_by(1)
        started = start.start(self.workspace, start.Request(name=name, **said))
        found = session.read(self.workspace.ledger.state(), started.session)
        assert found is not None
        return found

    def send(self, sender: Session, to: str | Session, subject: str = "s", body: str = "", **said: Any) -> str:
        """Send a message; returns its id."""
        self.clock.pass_by(1)
        reply_to = said.pop("reply_to", "")
        address = to if isinstance(to, str) else to.id
        return send.send(self.workspace, sender, address, Letter(subject, body, **said), reply_to=reply_to).id

    def look(self, reader: Session, wanted: Filter | None = None, **asked: Any) -> Inbox:
        """What the inbox answers."""
        request = Request(wanted or Filter(), **asked)
        with inbox.reading(self.workspace, reader, request) as found:
            return found

    def read(self, reader: Session, wanted: Filter | None = None, **asked: Any) -> list[str]:
        """The subjects that the inbox shows."""
        return [item.subject for item in self.look(reader, wanted, **asked).messages]

    def crash(self, who: Session) -> None:
        """Its lease runs out, unlike that of the others, who live on."""
        self.clock.pass_by(LEASE + 1)
        for other in session.every(self.workspace.ledger.state()):
            if other.id != who.id:
                self.workspace.ledger.record(other.id, Draft("renew", "renew the lease"))

    def forget_chronicle(self) -> None:
        """Delete the view."""
        for file in self.workspace.place.coord_dir.glob("chronicle*"):
            file.unlink()


@pytest.fixture
def post(repo: Repo, workspace: Workspace, clock: ManualClock) -> Post:
    """A repository whose sessions talk."""
    return Post(repo, workspace, clock)


# --- to whom


def test_each_sort_of_address_reaches_those_it_means(post: Post) -> None:
    """An id and a name one session, `all` everybody else, a role and a capability who has it; never the sender."""
    alice, bob = post.session("alice", role="lead"), post.session("bob", role="lead", capabilities=("sql", "c"))
    carol = post.session("carol", capabilities=("sql",))
    post.send(alice, bob, "by id")
    post.send(alice, "bob", "by name")
    post.send(alice, "all", "to all")
    post.send(alice, "role:lead", "to the leads")
    post.send(alice, "can:sql", "to those who can")
    post.send(bob, "can:c", "to himself alone")
    assert post.read(bob) == ["by id", "by name", "to all", "to the leads", "to those who can"]
    assert post.read(carol) == ["to all", "to those who can"]
    assert post.read(alice) == []


def test_who_lives_and_reads_is_said(post: Post) -> None:
    """The answer names the living recipients, and how they are; who writes or reads messages is not idle."""
    alice, bob = post.session("alice"), post.session("bob")
    claim.acquire(post.workspace, bob, claim.Request((Scope("directory", "f"),)))

    def statuses() -> list[tuple[str, str]]:
        sent = send.send(post.workspace, alice, "bob", Letter("s"))
        return [(item.session, item.status) for item in sent.recipients]

    assert statuses() == [(bob.id, "active")]
    post.clock.pass_by(11 * 60)
    assert statuses() == [(bob.id, "idle")]
    post.send(bob, "alice")
    assert statuses() == [(bob.id, "active")]
    wanted = (Scope("directory", "f"),)
    assert [item.status for item in look.claims(post.workspace, wanted).claims] == ["active"]
    refused = claim.acquire(post.workspace, alice, claim.Request(wanted))
    assert [item.held.status for item in refused.conflicts] == ["active"]
    post.clock.pass_by(11 * 60)
    post.read(bob)
    assert statuses() == [(bob.id, "active")]
    post.clock.pass_by(LEASE)
    assert statuses() == [(bob.id, "gone")]


def test_a_name_of_two_is_refused_with_their_ids(post: Post) -> None:
    """Which of them was meant is not guessed."""
    alice, first, second = post.session("alice"), post.session("bob"), post.session("bob")
    with pytest.raises(Usage) as refused:
        post.send(alice, "bob")
    assert first.id in refused.value.message
    assert second.id in refused.value.message
    post.send(alice, second, "by id")
    assert (post.read(first), post.read(second)) == ([], ["by id"])


def test_nobody_of_that_name(post: Post) -> None:
    """A slip of the pen is told, with the name that is near; an id that is over, with the name that goes on."""
    alice, bob = post.session("alice"), post.session("reviewer")
    with pytest.raises(NotFound) as refused:
        post.send(alice, "reviewr")
    assert "reviewer" in refused.value.hint
    with pytest.raises(NotFound) as refused:
        post.send(alice, "zzz")
    assert "git coord sessions" in refused.value.hint
    end.end(post.workspace, bob, "")
    with pytest.raises(NotFound) as refused:
        post.send(alice, bob)
    assert "'reviewer'" in refused.value.hint
    with pytest.raises(NotFound):
        post.send(alice, "")


def test_to_oneself(post: Post) -> None:
    """Neither by id nor by name; to another of the same name it goes."""
    alice = post.session("alice")
    for to in (alice.id, "alice"):
        with pytest.raises(Usage):
            post.send(alice, to)
    other = post.session("alice")
    post.send(alice, "alice", "to my namesake")
    assert post.read(other) == ["to my namesake"]


# --- once, in order


def test_once_and_in_the_senders_order(post: Post) -> None:
    """What was shown is not shown again, and what one sender wrote stands in the order of writing."""
    alice, bob, carol = post.session("alice"), post.session("bob"), post.session("carol")
    for number in range(5):
        post.send(alice, bob, f"a{number}")
        post.send(carol, "all", f"c{number}")
    assert post.read(bob) == [f"{who}{number}" for number in range(5) for who in "ac"]
    assert post.read(bob) == []
    post.send(alice, bob, "a5")
    assert post.read(bob) == ["a5"]
    assert post.read(alice) == [f"c{number}" for number in range(5)]


def test_order_of_a_sender_whose_clock_is_set_back(post: Post) -> None:
    """The order is that of its log, not of its clock; also where the chronicle is made anew."""
    alice, bob = post.session("alice"), post.session("bob")
    for number in range(4):
        post.send(alice, bob, f"a{number}")
        post.clock.pass_by(-10)
    post.clock.pass_by(100)
    post.forget_chronicle()
    assert post.read(bob) == ["a0", "a1", "a2", "a3"]


def test_peeking_leaves_it_unread(post: Post) -> None:
    """Looked at ahead of time it is there the next time, too."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob)
    assert [post.read(bob, peek=True), post.read(bob, peek=True), post.read(bob), post.read(bob)] == [
        ["s"],
        ["s"],
        ["s"],
        [],
    ]


def test_a_reader_that_dies_while_it_shows_sees_it_again(post: Post) -> None:
    """Read is what was shown whole: who dies before loses nothing."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob)

    with suppress(BrokenPipeError), inbox.reading(post.workspace, bob, Request()):
        raise BrokenPipeError
    assert post.read(bob) == ["s"]


FILTERS = [
    (Filter(topic="web.#"), ["in web.tasks"]),
    (Filter(topic="*"), ["in db"]),
    (Filter(topic="#"), ["in web.tasks", "in db"]),
    (Filter(priority="high"), ["high", "urgent"]),
    (Filter(priority="urgent"), ["urgent"]),
]


@pytest.mark.parametrize(("wanted", "expected"), FILTERS, ids=range(len(FILTERS)))
def test_filters_leave_the_rest_unread(post: Post, wanted: Filter, expected: list[str]) -> None:
    """What a filter passes over is counted, and shown later, in order; what it let through is not shown again."""
    alice, bob = post.session("alice"), post.session("bob")
    every = {
        "plain": {},
        "in web.tasks": {"topic": "web.tasks"},
        "in db": {"topic": "db"},
        "low": {"priority": "low"},
        "high": {"priority": "high"},
        "urgent": {"priority": "urgent"},
        "last": {},
    }
    for subject, said in every.items():
        post.send(alice, bob, subject, **said)
    found = post.look(bob, wanted)
    assert [item.subject for item in found.messages] == expected
    assert found.left == len(every) - len(expected)
    post.forget_chronicle()
    assert post.read(bob) == [subject for subject in every if subject not in expected]
    assert post.read(bob) == []


@pytest.mark.slow
def test_many_read_past_the_order(post: Post) -> None:
    """However many were picked out by filters, all of them are remembered, and nothing comes twice."""
    alice, bob = post.session("alice"), post.session("bob")
    drafts = []
    for number in range(1205):
        letter = Letter(str(number), topic="picked" if number else "")
        drafts.append(message.draft(Address("session", bob.id, "bob"), letter, post.clock.now()))
    post.workspace.ledger.append(alice.id, lambda _: drafts)
    assert len(post.read(bob, Filter(topic="picked"), limit=0)) == 1204
    assert post.read(bob, Filter(topic="picked")) == []
    post.send(alice, bob, "last")
    assert post.read(bob) == ["0", "last"]


def test_limit(post: Post) -> None:
    """So many of the first, the rest the next time; the number left is said."""
    alice, bob = post.session("alice"), post.session("bob")
    for number in range(5):
        post.send(alice, bob, str(number))
    found = post.look(bob, limit=2)
    assert ([item.subject for item in found.messages], found.left) == (["0", "1"], 3)
    assert post.read(bob, limit=2) == ["2", "3"]
    assert post.read(bob) == ["4"]


def test_expiry(post: Post) -> None:
    """After its time to live a message is shown no more as news; history still has it."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "short", ttl=60)
    post.send(alice, bob, "long", ttl=3600)
    post.clock.pass_by(58)
    assert post.read(bob, peek=True) == ["short", "long"]
    post.clock.pass_by(2)
    assert post.read(bob) == ["long"]
    assert post.read(bob, history=True) == ["short", "long"]


def test_a_broadcast_before_it_came(post: Post) -> None:
    """What everybody was told before a session began is neither news to it nor its history, in the same second too."""
    alice = post.session("alice")
    post.read(alice)  # the chronicle begins here, and hears of the rest only later
    post.send(alice, "all", "before")
    bob = post.session("bob")
    post.send(alice, "all", "after")
    assert post.read(bob) == ["after"]
    assert post.read(bob, history=True) == ["after"]


# --- threads and history


def test_threads(post: Post) -> None:
    """A reply is in the thread of what it answers, found by the beginning of an id; a thread shows both sides."""
    alice, bob, carol = post.session("alice"), post.session("bob"), post.session("carol")
    first = post.send(alice, bob, "question")
    post.send(alice, bob, "something else")
    answer = post.send(bob, alice, "answer", reply_to=first[:8])
    third = post.send(alice, bob, "thanks", reply_to=answer)
    assert post.read(bob, Filter(thread=first), peek=True) == ["question", "thanks"]
    whole = post.look(bob, Filter(thread=first), history=True)
    assert [item.subject for item in whole.messages] == ["question", "answer", "thanks"]
    assert {item.thread for item in whole.messages} == {first}
    assert [item.reply_to for item in whole.messages] == ["", first, answer]
    assert [item.from_another_session for item in whole.messages] == [True, False, True]
    assert post.read(bob) == ["something else"], "what was shown of the thread is read"
    assert third
    with pytest.raises(NotFound):
        post.send(carol, alice, reply_to="0" * 32)
    with pytest.raises(Usage):
        post.send(carol, alice, reply_to="xyz")


def test_history(post: Post) -> None:
    """The last so many, since a time, of what was for the session: read or not, marked as which."""
    alice, bob, carol = post.session("alice"), post.session("bob"), post.session("carol")
    post.send(alice, bob, "0")
    post.read(bob)
    for number in range(1, 6):
        if number == 3:
            half = post.clock.now()
        post.send(alice, bob, str(number))
        post.send(alice, carol, f"carol's {number}")
        post.send(bob, alice, f"sent {number}")
    found = post.look(bob, history=True, peek=True)
    assert [item.subject for item in found.messages] == ["0", "1", "2", "3", "4", "5"]
    assert [item.read for item in found.messages] == [True, False, False, False, False, False]
    assert post.read(bob, Filter(since=half + 1), history=True, peek=True) == ["3", "4", "5"]
    assert post.read(bob, history=True, limit=2, peek=True) == ["4", "5"]
    assert post.read(bob, history=True, limit=2) == ["4", "5"]
    assert post.read(bob) == ["1", "2", "3"]


def test_history_looks_as_far_back_as_it_must(post: Post) -> None:
    """A filter that little passes still finds the last ones that do, and no more than are asked for."""
    alice, bob = post.session("alice"), post.session("bob")
    for number in range(30):
        post.send(alice, bob, str(number), topic="usual" if number % 10 else "rare")
    for limit, found in ((1, ["20"]), (2, ["10", "20"]), (9, ["0", "10", "20"])):
        assert post.read(bob, Filter(topic="rare"), history=True, limit=limit, peek=True) == found


# --- acknowledging


def test_acknowledging(post: Post) -> None:
    """The sender is told, in the thread; the message counts as read."""
    alice, bob, carol = post.session("alice"), post.session("bob"), post.session("carol")
    first = post.send(alice, bob, "please", wants_ack=True)
    with pytest.raises(NotMine):
        inbox.acknowledge(post.workspace, carol, first, "")
    answer = inbox.acknowledge(post.workspace, bob, first[:8], "will do")
    assert (answer.acknowledged, answer.to) == (first, "alice")
    assert post.read(bob) == []
    (told,) = post.look(alice).messages
    assert (told.type, told.body, told.reply_to, told.thread) == ("ack", "will do", first, first)
    assert told.id == answer.id
    with pytest.raises(NotFound):
        inbox.acknowledge(post.workspace, bob, "f" * 32, "")


def test_an_acknowledgement_reads_nothing_else(post: Post) -> None:
    """What came before it stays unread."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "first")
    second = post.send(alice, bob, "second")
    inbox.acknowledge(post.workspace, bob, second, "")
    assert post.read(bob) == ["first"]


# --- those who come after


@pytest.mark.parametrize("how", ["crashed", "retired", "ended"])
def test_the_next_of_that_name_gets_what_was_not_read(post: Post, how: str) -> None:
    """What a bearer of the name had not read, also what came after its end, goes to the next one, however it ended."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, "bob", "read")
    post.read(bob)
    post.send(alice, "bob", "by name")
    post.send(alice, bob, "by id")
    if how == "ended":
        end.end(post.workspace, bob, "")
    else:
        post.crash(bob)
    if how == "retired":
        retire.retire(post.workspace, alice, (bob.id,), every_gone=False)
    post.send(alice, "bob", "to whoever comes")
    second = post.session("bob")
    post.send(alice, second, "to the new one")
    other = post.session("carol")
    assert post.read(second) == ["by name", "by id", "to whoever comes", "to the new one"]
    assert post.read(second) == []
    assert post.read(other) == []
    post.forget_chronicle()
    assert post.read(second) == []


def test_a_living_bearer_keeps_its_own(post: Post) -> None:
    """Another session of the same name gets it only once the first is over."""
    alice, first, second = post.session("alice"), post.session("bob"), post.session("bob")
    post.send(alice, first, "to the first")
    post.send(alice, second, "to the second")
    assert post.read(second) == ["to the second"]
    assert post.read(second) == []
    assert post.read(first, peek=True) == ["to the first"]
    end.end(post.workspace, first, "")
    assert post.read(second) == ["to the first"]


def test_two_in_a_row(post: Post) -> None:
    """A successor that reads nothing hands it on; one that read keeps the third from reading it again."""
    alice, first = post.session("alice"), post.session("bob")
    post.send(alice, first, "one")
    end.end(post.workspace, first, "")
    second = post.session("bob")
    post.send(alice, second, "two")
    end.end(post.workspace, second, "")
    third = post.session("bob")
    assert post.read(third) == ["one", "two"]
    post.send(alice, third, "three")
    end.end(post.workspace, third, "")
    fourth = post.session("bob")
    assert post.read(fourth) == ["three"]


def test_exactly_one_of_two_successors(post: Post) -> None:
    """Whoever reads first has it; each has its own besides."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "left")
    end.end(post.workspace, bob, "")
    second, third = post.session("bob"), post.session("bob")
    post.send(alice, third, "to the third")
    assert post.read(third) == ["left", "to the third"]
    assert post.read(second) == []


def test_what_a_namesake_read_of_its_own_hides_nothing_of_anothers(post: Post) -> None:
    """That a bearer read a later message of the sender's does not mean that it read what was for its namesake."""
    alice, first, second = post.session("alice"), post.session("bob"), post.session("bob")
    post.send(alice, first, "to the first")
    post.send(alice, second, "to the second")
    assert post.read(second) == ["to the second"]
    end.end(post.workspace, second, "")
    post.crash(first)
    third = post.session("bob")
    assert post.read(third) == ["to the first"]


@pytest.mark.parametrize("said", [{"role": "reviewer"}, {"capabilities": ("sql",)}], ids=["role", "capability"])
def test_roles_and_capabilities_are_handed_on_as_names_are(post: Post, said: dict[str, Any]) -> None:
    """What nobody who has it read is the first one's who comes; each who was there then has it by itself."""
    to = "role:reviewer" if "role" in said else "can:sql"
    alice = post.session("alice")
    post.send(alice, to, "before anybody")
    bob, carol = post.session("bob", **said), post.session("carol", **said)
    post.send(alice, to, "to both")
    assert post.read(carol) == ["before anybody", "to both"]
    assert post.read(bob) == ["to both"]
    post.send(alice, to, "not read by anybody")
    post.send(alice, to, "nor this")
    for one in (bob, carol):
        end.end(post.workspace, one, "")
    dave, erin = post.session("dave", **said), post.session("erin", **said)
    assert post.read(dave) == ["not read by anybody", "nor this"]
    assert post.read(erin) == []


def test_a_session_of_that_role_that_sent_it_did_not_read_it(post: Post) -> None:
    """What one who has a role sends to it is left for the next, however often the sender looks into its inbox."""
    alice = post.session("alice", role="reviewer")
    post.send(alice, "role:reviewer", "who follows me?")
    assert post.read(alice) == []
    bob = post.session("bob", role="reviewer")
    assert post.read(bob) == ["who follows me?"]


def test_two_successors_at_once(post: Post) -> None:
    """Of two that read at the same time one has it: the one waits until the other has recorded it."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "left")
    end.end(post.workspace, bob, "")
    second, third = post.session("bob"), post.session("bob")
    showing, go_on = threading.Event(), threading.Event()
    found: list[str] = []

    def read() -> None:
        workspace = post.repo.workspace(post.clock)
        with inbox.reading(workspace, second, Request()) as what:
            found.extend(item.subject for item in what.messages)
            showing.set()
            go_on.wait(30)
        workspace.ledger.store.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert showing.wait(30)
    thread_two = threading.Thread(target=lambda: found.extend(post.read(third)))
    thread_two.start()
    thread_two.join(0.3)
    assert thread_two.is_alive(), "it has to wait"
    go_on.set()
    thread.join(30)
    thread_two.join(30)
    assert found == ["left"]


def test_a_reader_that_takes_its_time_stops_nobody_else(post: Post) -> None:
    """While one pages through its own mail, others read theirs."""
    alice, bob, carol = post.session("alice"), post.session("bob"), post.session("carol")
    post.send(alice, "all", "news")
    with inbox.reading(post.workspace, bob, Request()):
        assert post.read(carol) == ["news"]
    assert post.read(bob) == []


def test_two_inboxes_of_one_session_take_turns(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one shows its messages another of the same session waits, and then there are none."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob)
    monkeypatch.setattr(inbox, "PATIENCE", 0.1)

    with inbox.reading(post.workspace, bob, Request()), pytest.raises(Busy):
        post.read(bob)
    assert post.read(bob) == []


def test_resuming_goes_on_where_the_old_one_stopped(post: Post) -> None:
    """The same work in a new process: what was read stays read, by whatever name it was sent, the rest is there."""
    alice, bob = post.session("alice"), post.session("bob", role="r")
    post.send(alice, "all", "read")
    post.send(alice, bob, "read, too")
    assert len(post.read(bob)) == 2
    for to in (bob.id, "all", "role:r", "bob"):
        post.send(alice, to, f"to {to}")
    end.end(post.workspace, bob, "")
    resumed = resume.resume(post.workspace, start.Request(), bob.id)
    again = session.read(post.workspace.ledger.state(), resumed.session)
    assert again is not None
    assert post.read(again) == [f"to {bob.id}", "to all", "to role:r", "to bob"]
    assert post.read(again) == []
    namesake = post.session("bob")
    assert post.read(namesake) == [], "what the resumed one read is nobody's any more"


def test_a_resumed_one_that_lives_keeps_what_was_sent_to_the_old_one(post: Post) -> None:
    """A namesake does not get it before."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "left")
    end.end(post.workspace, bob, "")
    resumed = resume.resume(post.workspace, start.Request(), bob.id)
    namesake = post.session("bob")
    assert post.read(namesake) == []
    again = session.read(post.workspace.ledger.state(), resumed.session)
    assert again is not None
    assert post.read(again) == ["left"]


# --- whatever happens to the files


def test_messages_of_one_who_is_over_arrive(post: Post) -> None:
    """Its log has no ref any more; the ledger reaches it."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "before the end")
    end.end(post.workspace, alice, "the end")
    assert post.read(bob) == ["before the end", "ended: the end"]


def test_gc_and_a_lost_chronicle_change_nothing(post: Post) -> None:
    """Messages, and how far one has read, are commits that refs reach."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "read")
    post.read(bob)
    post.send(alice, bob, "unread")
    end.end(post.workspace, alice, "")
    for journal in post.workspace.place.coord_dir.glob("journal*"):
        journal.unlink()  # what it could bring back does not count here
    post.repo.git("gc", "--prune=now", "-q")
    post.forget_chronicle()
    assert post.read(bob, peek=True) == ["unread"]
    post.forget_chronicle()
    assert post.read(bob) == ["unread"]
    post.forget_chronicle()
    assert post.read(bob) == []


@pytest.mark.parametrize("damage", ["garbage", "cut short", "a page of zeros", "an old format", "empty"])
def test_a_damaged_chronicle_is_made_anew(post: Post, damage: str) -> None:
    """It is only a view: whatever is wrong with the file, the mail is there."""
    alice, bob = post.session("alice"), post.session("bob")
    for number in range(20):
        post.send(alice, bob, str(number))
    post.read(bob, limit=5)
    for end_of_name in ("-wal", "-shm"):
        Path(f"{post.workspace.place.coord_dir}/chronicle{end_of_name}").unlink(missing_ok=True)
    file = post.workspace.place.coord_dir / "chronicle"
    content = file.read_bytes()
    if damage == "an old format":
        import sqlite3

        file.unlink()
        db = sqlite3.connect(file)
        db.execute("PRAGMA user_version = 1")
        db.execute("CREATE TABLE events (x)")
        db.commit()
        db.close()
    else:
        file.write_bytes(
            {
                "garbage": b"no database at all" * 1000,
                "cut short": content[: len(content) // 2],
                "a page of zeros": content[:4096] + bytes(len(content) - 4096),
                "empty": b"",
            }[damage]
        )
    with suppress(Exception):
        post.read(bob, peek=True)  # the command that meets the damage may say so
    assert post.read(bob) == [str(number) for number in range(5, 20)]


def test_a_read_only_directory_is_read(post: Post) -> None:
    """Where no view can be kept, it is made in memory."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob)
    post.forget_chronicle()
    post.workspace.place.coord_dir.joinpath("chronicle").mkdir()  # nothing can be written there, root or not
    with feed.opened(post.workspace) as chronicle:
        assert [entry.subject for entry in chronicle.about([f"to:session:{bob.id}"])] == ["to bob: s"]


def broadcast(post: Post, sender: Session, count: int) -> None:
    """So many messages to everybody."""
    drafts = [message.draft(Address("all"), Letter(f"number {number}"), post.clock.now()) for number in range(count)]
    post.workspace.ledger.append(sender.id, lambda _: drafts)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The subjects of the messages whose commits were read."""
    found: list[str] = []

    def read(workspace: Workspace, entry: Entry) -> Message | None:
        found.append(entry.subject)
        return message_at(workspace, entry)

    message_at = feed.message_at
    monkeypatch.setattr(feed, "message_at", read)
    return found


def test_a_new_session_reads_nothing_of_what_was_said_to_all_before(post: Post, opened: list[str]) -> None:
    """Neither its first inbox nor its board: a thousand broadcasts ago is of no concern to it."""
    broadcast(post, post.session("alice"), 300)
    post.clock.pass_by(5)
    bob = post.session("bob")
    board.read(post.workspace, bob)
    assert post.read(bob) == []
    assert opened == []


def test_the_board_of_who_speaks_to_all_reads_nothing_of_its_own(post: Post, opened: list[str]) -> None:
    """A session that never reads its inbox finds the few words of others among hundreds of its own."""
    alice, bob = post.session("alice"), post.session("bob")
    broadcast(post, bob, 3)
    broadcast(post, alice, 300)
    seen = board.read(post.workspace, alice)
    assert (seen.unread.count, [item.subject for item in seen.messages]) == (3, ["number 0", "number 1", "number 2"])
    assert len(opened) < 20


def test_the_board_of_who_never_reads_looks_at_the_newest(post: Post, opened: list[str]) -> None:
    """It counts 50, says that there are more, and shows the last ones as unread; the inbox has all of them."""
    alice, bob = post.session("alice"), post.session("bob")
    broadcast(post, alice, 300)
    seen = board.read(post.workspace, bob)
    assert len(opened) < 70
    assert (seen.unread.count, seen.unread.more) == (50, True)
    assert seen.unread.newest is not None
    assert seen.unread.newest.subject == "number 299"
    assert [(item.subject, item.read) for item in seen.messages] == [(f"number {n}", False) for n in range(295, 300)]
    short = brief.short(post.workspace, bob)
    assert (short.unread, short.more) == (50, True)
    assert len(post.read(bob, limit=270)) == 270
    seen = board.read(post.workspace, bob)
    assert (seen.unread.count, seen.unread.more) == (30, False)
    assert post.read(bob) == [f"number {n}" for n in range(270, 300)]


def test_what_is_read_out_of_order_is_found_below_it(post: Post) -> None:
    """The board goes on looking where the newest messages are all read, as far as there is anything."""
    alice, bob = post.session("alice"), post.session("bob")
    post.send(alice, bob, "the first")
    drafts = [
        message.draft(Address("session", bob.id, "bob"), Letter(str(number), topic="picked"), post.clock.now())
        for number in range(120)
    ]
    post.workspace.ledger.append(alice.id, lambda _: drafts)
    post.read(bob, Filter(topic="picked"), limit=0)
    seen = board.read(post.workspace, bob)
    assert (seen.unread.count, seen.unread.more) == (1, False)
    assert seen.unread.newest is not None
    assert seen.unread.newest.subject == "the first"


@pytest.mark.parametrize("to", ["all", "reader", "role:reader"])
def test_what_cannot_be_read_just_now_is_not_passed_over(post: Post, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    """A message whose object is away for a moment holds back what its sender said then, and nobody else's."""
    ana, ben = post.session("ana"), post.session("ben")
    reader = post.session("reader", role="reader")
    read, away = feed.event, set[str]()

    def event(workspace: Workspace, entry: Entry) -> Event:
        if entry.id in away:
            raise ObjectDamaged(entry.oid)
        return read(workspace, entry)

    monkeypatch.setattr(feed, "event", event)
    post.send(ana, to, "first")
    away.add(post.send(ana, to, "second"))
    post.send(ben, to, "from ben")
    post.send(ana, to, "third")
    assert post.read(reader) == ["first", "from ben"]
    assert post.read(reader) == []
    away.clear()
    assert post.read(reader) == ["second", "third"]
    away.add(post.send(ana, to, "lost"))
    post.send(ana, to, "last")
    assert post.read(reader) == []
    post.clock.pass_by(mailbox.PATIENCE)
    assert post.read(reader) == ["last"]
    assert post.read(reader) == []
