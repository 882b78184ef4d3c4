"""The chronicle: a view that may be lost, damaged, read-only or shared, and never tells other than the ledger does."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.dataclass import replace
from gitcoord.domain.history import feed
from gitcoord.domain.message import news
from gitcoord.domain.message import record as message
from gitcoord.domain.message.record import Address, Letter
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start as starting
from gitcoord.errors import Busy, DamagedFile, Unreadable
from gitcoord.kernel import database
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit, event, position, sequence
from gitcoord.ledger.chronicle import FILE, FORMAT, VERDICT, Chronicle, Entry
from gitcoord.ledger.event import Draft, Event
from gitcoord.policy.ids import NO_OBJECT, EventId, SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import ManualClock, Repo

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

NOW = 1_800_000_000


@pytest.fixture
def start(workspace: Workspace) -> Callable[[str], Session]:
    """Starts sessions in this process."""

    return functools.partial(started, workspace)


def started(workspace: Workspace, name: str) -> Session:
    """A session of the workspace's clone."""
    begun = starting.start(workspace, starting.Request(name=name))
    found = session.read(workspace.ledger.state(), begun.session)
    assert found is not None
    return found


def say(workspace: Workspace, who: Session, text: str) -> Event:
    """A message to all."""
    draft = message.draft(Address("all"), Letter(text), workspace.clock.now())
    return workspace.ledger.append(who.id, lambda _: [draft])[0]


def claim(workspace: Workspace, who: Session, path: str) -> str:
    """Claim a path; returns the operation's id."""
    return workspace.ledger.record(who.id, claiming(path)).outcomes[0].event.id


def claiming(path: str) -> Draft:
    """A claim of one path."""
    return Draft("claim", f"claim {path}", {"scopes": [{"directory": path}]})


def entries(workspace: Workspace) -> list[Entry]:
    """Everything in the chronicle."""
    with feed.opened(workspace) as chronicle:
        return chronicle.about()


def kept(workspace: Workspace) -> list[tuple[str, str]]:
    """Everything in the chronicle, as kind and subject."""
    return [(entry.kind, entry.subject) for entry in entries(workspace)]


def file_of(workspace: Workspace) -> Path:
    """The chronicle's file."""
    return workspace.place.coord_dir / FILE


def counted(workspace: Workspace) -> int:
    """How many entries the file itself has."""
    with closing(sqlite3.connect(file_of(workspace))) as found:
        return int(found.execute("SELECT count(*) FROM events").fetchone()[0])


def test_each_event_is_kept_once_in_the_order_of_arrival(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """Operations and statements of all sessions, each once, with the verdicts; a second look finds nothing new."""
    alice, bob = start("alice"), start("bob")
    won = claim(workspace, alice, "src")
    said = say(workspace, bob, "hello")
    lost = claim(workspace, bob, "src/a.py")
    first = entries(workspace)
    assert [entry.kind for entry in first] == ["register", "register", "claim", "message", "claim"]
    assert entries(workspace) == first
    with feed.opened(workspace) as chronicle:
        verdicts = [chronicle.verdict(EventId(one)) for one in (won, lost, said.id)]
        assert [found and (found[0], found[1].reason) for found in verdicts] == [(3, ""), (4, "held"), None]


@pytest.mark.parametrize("harm", ["deleted", "emptied", "noise", "cut", "no tables", "older"])
def test_a_file_that_is_lost_or_damaged_is_made_anew(
    workspace: Workspace, start: Callable[[str], Session], harm: str
) -> None:
    """Whatever became of the file, the same is found as before."""
    alice = start("alice")
    for at in range(40):
        say(workspace, alice, f"message {at} {'x' * 300}")
    before, path = entries(workspace), file_of(workspace)
    size = path.stat().st_size
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    if harm == "deleted":
        path.unlink()
    elif harm == "emptied":
        path.write_bytes(b"")
    elif harm == "noise":
        path.write_bytes(os.urandom(size))
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[: size // 2])
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as made:
            made.execute(f"PRAGMA user_version = {FORMAT if harm == 'no tables' else FORMAT - 1}")
    claim(workspace, alice, "src")
    assert [entry.id for entry in entries(workspace)][:-1] == [entry.id for entry in before]
    assert counted(workspace) == len(before) + 1


def test_damage_deep_in_the_file_is_found_and_mended(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """A page that only a reader comes by: it is told once, with status 3 and not as a bug, and then it is mended."""
    alice = start("alice")
    for at in range(300):
        say(workspace, alice, f"message {at} {'x' * 100}")
    whole, path = entries(workspace), file_of(workspace)
    content = bytearray(path.read_bytes())
    for page in range(8, len(content) // 4096):  # the first ones hold the tables' roots
        content[page * 4096 : page * 4096 + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    for attempt in range(3):
        try:
            assert entries(workspace) == whole
            break
        except DamagedFile:
            assert attempt == 0
    assert counted(workspace) == len(whole)


def test_a_file_of_a_newer_version_is_left_alone(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """Two versions side by side do not take the file away from each other: the older one does without it."""
    alice = start("alice")
    path = file_of(workspace)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("CREATE TABLE theirs (value)")
        newer.execute(f"PRAGMA user_version = {FORMAT + 1}")
    say(workspace, alice, "hello")
    assert kept(workspace)[-1] == ("message", "to all: hello")
    with closing(sqlite3.connect(path)) as found:
        assert found.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


def test_where_nothing_can_be_written_it_is_in_memory(
    workspace: Workspace, start: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk and a read-only file cost time, not messages."""
    alice = start("alice")
    say(workspace, alice, "one")
    assert len(entries(workspace)) == 2
    say(workspace, alice, "two")
    connect = database.Database._connect

    def limited(self: database.Database, path: Path | str) -> sqlite3.Connection:
        found = connect(self, path)
        if path != ":memory:":
            (pages,) = found.execute("PRAGMA page_count").fetchone()
            found.execute(f"PRAGMA max_page_count = {pages}")  # as a full disk does: SQLITE_FULL
        return found

    monkeypatch.setattr(database.Database, "_connect", limited)
    for at in range(200):
        say(workspace, alice, f"more {at}")
    assert kept(workspace)[-1] == ("message", "to all: more 199")
    assert counted(workspace) == 2
    monkeypatch.undo()
    assert len(entries(workspace)) == 203


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="root writes where nothing may be written")
def test_a_read_only_directory_is_enough_to_read(repo: Repo) -> None:
    """In a sandbox that keeps .git read-only `log` shows what there is."""
    alice = repo.start("alice")
    repo.here("send", "all", "hello", session=alice, check=True)
    coord = repo.top / ".git/coord"
    program = str(Path(sys.executable).parent / "git-coord")
    drop = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    for path in coord.glob(f"{FILE}*"):
        path.unlink()
    coord.chmod(0o555)
    try:
        assert repo.run(*drop, "touch", str(coord / "written"), check=False).status != 0
        ran = repo.run(*drop, program, "log", "--kind", "message", check=False)
    finally:
        coord.chmod(0o755)
    assert (ran.status, "to all: hello" in ran.out) == (0, True), ran.err
    assert not (coord / FILE).exists()


@pytest.mark.slow
def test_many_processes_take_in_the_same_events_once(repo: Repo, workspace: Workspace) -> None:
    """Eight processes that make the file at the same moment, and again after it was damaged, agree on it."""
    alice = repo.start("alice")
    for at in range(60):
        repo.here("send", "all", f"message {at}", session=alice, check=True)
    path = file_of(workspace)
    for round_ in range(3):
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        if round_ == 2:
            path.write_bytes(os.urandom(20_000))
        crowd = [
            subprocess.Popen(
                ["git-coord", "log", "--kind", "message", "--limit", "0"],
                cwd=repo.top, env=repo.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(8)
        ]  # fmt: skip
        for one in crowd:
            out, err = one.communicate(timeout=120)
            assert (one.returncode, err) == (0, "")
            assert [line.rpartition(" ")[2] for line in out.splitlines()] == [str(at) for at in range(59, -1, -1)]
        assert counted(workspace) == 61


@pytest.mark.slow
def test_a_killed_update_leaves_the_file_sound(repo: Repo, workspace: Workspace) -> None:
    """kill -9 at any moment of the first update: whoever comes next has everything, in a sound file."""
    alice = repo.start("alice")
    for at in range(300):
        said = message.draft(Address("all"), Letter(f"m {at}"), NOW)
        workspace.ledger.append(SessionId(alice), functools.partial(lambda one, _: [one], said))
    path = file_of(workspace)
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]); from gitcoord.interfaces.cli import main\n"
        "main.run(['-C', sys.argv[1], 'log', '--limit', '1'], dict(__import__('os').environ))"
    )
    killed = 0
    for at in range(12):
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        one = subprocess.Popen(
            [sys.executable, "-c", script, str(repo.top), "."], cwd=repo.top, env=repo.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while one.poll() is None and not path.exists():
            pass
        try:
            one.wait(timeout=at * 0.004)
        except subprocess.TimeoutExpired:
            one.send_signal(signal.SIGKILL)
            killed += one.wait() == -signal.SIGKILL
        assert len(entries(workspace)) == 301
        with closing(sqlite3.connect(path)) as found:
            assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert killed


def test_another_writer_is_waited_for_and_then_named(
    workspace: Workspace, start: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds the file locked for too long is told so with status 3; it is not thrown away."""
    alice = start("alice")
    assert len(entries(workspace)) == 1
    say(workspace, alice, "hello")
    init = database.Database.__init__
    monkeypatch.setattr(
        database.Database, "__init__", lambda self, *args, **named: init(self, *args, **{**named, "patience": 0.2})
    )
    with closing(sqlite3.connect(file_of(workspace), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="another process has been writing"):
            entries(workspace)
        other.execute("ROLLBACK")
    assert len(entries(workspace)) == 2


def move(workspace: Workspace, tip: str) -> None:
    """Put the ledger's ref somewhere else, as a contact with the hub does."""
    refs = workspace.ledger.store.refs
    refs.update([Update(LEDGER, StoreOid(tip), refs.read(LEDGER))])


def sequenced(workspace: Workspace, base: StoreOid, *chains: list[Event]) -> StoreOid:
    """A ledger of these chains on a base."""
    ledger = workspace.ledger
    tip, _ = sequence.resequence(
        ledger.store.objects,
        base,
        chains,
        sequence.Signature("hub", "h@example.com", ledger.clock.now()),
        ledger.kinds(),
    )
    ledger.store.objects.publish()
    return tip


def test_a_ledger_sequenced_again_changes_verdicts_and_says_so(
    workspace: Workspace, start: Callable[[str], Session], repo: Repo
) -> None:
    """Provisional operations get the hub's verdicts and numbers; each change is an entry, nothing is there twice."""
    alice, bob = start("alice"), start("bob")
    base = workspace.ledger.tip()
    mine = workspace.ledger.record(alice.id, claiming("src")).outcomes[0].event
    theirs = workspace.ledger.record(bob.id, claiming("docs")).outcomes[0].event
    old = workspace.ledger.tip()
    assert [entry.kind for entry in entries(workspace)] == ["register", "register", "claim", "claim"]
    # At the hub bob came first, and claims src, too: what was alice's is refused now.
    where = position.Position(theirs.number, theirs.oid, "live")
    log = workspace.ledger.compose(bob.id, where, [claiming("src")], NOW)
    move(workspace, sequenced(workspace, base, [theirs, *log], [mine]))
    found = entries(workspace)
    assert [(entry.kind, entry.session) for entry in found[4:]] == [("claim", bob.id), (VERDICT, alice.id)]
    assert found[5].oid == mine.oid
    with feed.opened(workspace) as chronicle:
        verdicts = {one: chronicle.verdict(one) for one in (mine.id, theirs.id, log[0].id)}
        assert {one: said and (said[0], said[1].reason) for one, said in verdicts.items()} == {
            theirs.id: (3, ""), log[0].id: (4, ""), mine.id: (5, "held")
        }  # fmt: skip
    # The ledger commits of before vanish, and the chronicle is none the worse.
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert repo.run("git", "cat-file", "-e", old, check=False).status != 0
    assert entries(workspace) == found
    file_of(workspace).unlink()
    assert {entry.id for entry in entries(workspace)} == {entry.id for entry in found if entry.kind != VERDICT}


def test_an_operation_that_is_left_out_has_no_verdict_any_more(
    workspace: Workspace, start: Callable[[str], Session]
) -> None:
    """What a ledger sequenced again does not have any more is not shown as accepted."""
    alice, bob = start("alice"), start("bob")
    base = workspace.ledger.tip()
    mine = workspace.ledger.record(alice.id, claiming("src")).outcomes[0].event
    theirs = workspace.ledger.record(bob.id, claiming("docs")).outcomes[0].event
    assert len(entries(workspace)) == 4
    move(workspace, sequenced(workspace, base, [theirs]))
    with feed.opened(workspace) as chronicle:
        assert chronicle.verdict(mine.id) is None
        said = chronicle.verdict(theirs.id)
        assert said is not None
        assert (said[0], said[1].accepted) == (3, True)


def test_an_older_view_of_the_ledger_does_not_overwrite_a_newer_one(
    workspace: Workspace, start: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that read the refs before somebody else sequenced again comes second, and looks again."""
    alice, bob = start("alice"), start("bob")
    assert len(entries(workspace)) == 2
    base = workspace.ledger.tip()
    mine = workspace.ledger.record(alice.id, claiming("src")).outcomes[0].event
    where = position.read(workspace.ledger.state(), bob.id)
    rival = workspace.ledger.compose(bob.id, where, [claiming("src")], NOW)
    newer = sequenced(workspace, base, rival, [mine])
    writing = Chronicle._update
    begun: list[int] = []

    def overtaken(self: Chronicle, *args: object) -> list[Entry]:
        tip = workspace.ledger.tip()
        if not begun:
            begun.append(1)
            workspace.ledger.tip = lambda: tip  # type: ignore[method-assign] # what the slow one read before
            rows = self._db.run

            def late(query: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
                if query == "BEGIN IMMEDIATE":
                    del workspace.ledger.tip
                    move(workspace, newer)
                    with feed.opened(workspace) as other:
                        assert not other.verdict(mine.id)[1].accepted  # type: ignore[index] # it has one
                return rows(query, values)

            self._db.run = late  # type: ignore[method-assign,assignment] # the other process, at the worst moment
        return writing(self, *args)  # type: ignore[arg-type] # handed on as they are

    monkeypatch.setattr(Chronicle, "_update", overtaken)
    with feed.opened(workspace) as chronicle:
        said = chronicle.verdict(mine.id)
        assert said is not None
        assert said[1].reason == "held"


def forged(
    workspace: Workspace, session: str, number: int, parent: StoreOid, text: str, kind: str = "message"
) -> StoreOid:
    """An event that somebody else wrote in a session's name."""
    draft = message.draft(Address("all"), Letter(text), NOW) if kind == "message" else Draft(kind, text)
    content = event.encode(
        draft,
        session=SessionId(session),
        number=number,
        event_id=EventId(os.urandom(16).hex()),
        time=NOW,
        mail="m@example.com",
        parent=parent,
    )
    oid = workspace.ledger.store.objects.write("commit", content)
    workspace.ledger.store.objects.publish()
    return oid


def heard(workspace: Workspace, **logs: StoreOid) -> list[str]:
    """Subjects of what is taken in when these logs of other clones were fetched."""
    said = {SessionId(session.replace("_", "-")): oid for session, oid in logs.items()}
    with feed.opened(workspace) as chronicle:
        return [entry.subject for entry in chronicle.update(workspace.ledger, said, NOW, workspace.clone)]


def away(workspace: Workspace, name: str) -> tuple[str, position.Position]:
    """A session of another clone as the ledger knows it, with four events merged."""
    found = started(replace(workspace, clone="another-clone"), name)
    for path in ("one", "two", "three"):
        claim(workspace, found, path)
    where = position.read(workspace.ledger.state(), found.id)
    refs = workspace.ledger.store.refs
    refs.update([Update(log_ref(found.id), ABSENT, refs.read(log_ref(found.id)))])
    return found.id.replace("-", "_"), where


def test_a_heard_log_is_believed_where_it_continues_what_was_merged(workspace: Workspace) -> None:
    """New statements beyond the ledger's position are taken in, once."""
    name, where = away(workspace, "victim")
    session = name.replace("_", "-")
    one = forged(workspace, session, where.number + 1, where.tip, "one")
    two = forged(workspace, session, where.number + 2, one, "two")
    assert heard(workspace, **{name: one}) == ["to all: one"]
    assert heard(workspace, **{name: two}) == ["to all: two"]
    assert heard(workspace, **{name: one}) == []


def test_reading_announces_nothing(
    workspace: Workspace, start: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail of another clone is announced once, by what fetched it, whoever has read the chronicle before that."""
    ana = start("ana")
    name, where = away(workspace, "bob")
    stranger = name.replace("_", "-")
    entries(workspace)
    tip = forged(workspace, stranger, where.number + 1, where.tip, "hello")
    monkeypatch.setattr(type(workspace.agreement), "heard", lambda _: {f"{stranger}/log": tip})
    directory = workspace.place.coord_dir
    assert "to all: hello" in [entry.subject for entry in entries(workspace)]
    assert news.waiting(directory, ana.id).told == []
    feed.hear(workspace)
    (told,) = news.waiting(directory, ana.id).told
    assert "hello" in told
    feed.hear(workspace)
    assert news.waiting(directory, ana.id).told == [told]


@pytest.mark.parametrize(
    "fork", ["beside", "below", "below, numbered on", "gap", "no parent", "another's", "on a refused one", "no event"]
)
def test_a_heard_log_that_forked_is_not_believed(
    workspace: Workspace, start: Callable[[str], Session], fork: str
) -> None:
    """Nobody speaks in another session's name by a log that does not continue what the ledger merged of it."""
    name, where = away(workspace, "victim")
    session = name.replace("_", "-")
    objects = workspace.ledger.store.objects
    below = sequence.read_event(objects, where.tip).parent
    other = start("other")
    if fork == "beside":
        tip = forged(workspace, session, where.number, below, "forged")
    elif fork == "below":
        tip = forged(
            workspace, session, where.number + 1, forged(workspace, session, where.number, below, "forged"), "x"
        )
    elif fork == "below, numbered on":
        tip = forged(workspace, session, where.number + 1, below, "forged")
    elif fork == "gap":
        tip = forged(workspace, session, where.number + 2, where.tip, "forged")
    elif fork == "no parent":
        tip = forged(workspace, session, where.number + 1, NO_OBJECT, "forged")
    elif fork == "another's":
        base = position.read(workspace.ledger.state(), other.id)
        tip = forged(workspace, session, where.number + 1, base.tip, "forged")
    elif fork == "no event":
        tip = forged(workspace, session, where.number + 1, workspace.ledger.tip(), "forged")
    else:
        tip = forged(workspace, session, where.number, below, "forged")
        heard(workspace, **{name: tip})
        tip = forged(workspace, session, where.number + 1, tip, "forged")
    heard(workspace)
    assert heard(workspace, **{name: tip}) == []
    sound = forged(workspace, session, where.number + 1, where.tip, "sound")
    assert heard(workspace, **{name: sound}) == ["to all: sound"]


def test_a_heard_log_of_a_session_of_this_clone_is_not_believed(
    workspace: Workspace, start: Callable[[str], Session]
) -> None:
    """Not even where it continues what was merged: what its sessions said stands on this clone's own logs."""
    own = start("own")
    where = position.read(workspace.ledger.state(), own.id)
    refs = workspace.ledger.store.refs
    refs.update([Update(log_ref(own.id), ABSENT, refs.read(log_ref(own.id)))])
    tip = forged(workspace, own.id, where.number + 1, where.tip, "forged")
    heard(workspace)
    assert heard(workspace, **{own.id.replace("-", "_"): tip}) == []
    assert kept(workspace) == [("register", "start own")]


def test_a_log_that_names_a_ledger_commit_hides_nothing(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """A hostile log ref on a ledger commit that is not ours yet does not keep it from being taken in later."""
    name, _ = away(workspace, "mallory")
    alice = start("alice")
    assert kept(workspace)
    base = workspace.ledger.tip()
    claim(workspace, alice, "src")
    newer = workspace.ledger.tip()
    move(workspace, base)
    refs = workspace.ledger.store.refs
    log = refs.read(log_ref(alice.id))
    refs.update([Update(log_ref(alice.id), ABSENT, log)])
    assert heard(workspace, **{name: newer}) == []
    move(workspace, newer)
    heard(workspace, **{name: newer})
    assert kept(workspace)[-1] == ("claim", "claim src")


def test_an_id_used_by_another_session_hides_nothing(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """Who copies the id of somebody's message does not take its place."""
    alice, mallory = start("alice"), start("mallory")
    own = message.draft(Address("all"), Letter("copied"), NOW)
    stolen = "ab" * 16
    workspace.ledger.append(mallory.id, lambda _: [Draft(own.kind, own.subject, own.data, id=stolen)])
    workspace.ledger.append(alice.id, lambda _: [Draft(own.kind, "to all: mine", own.data, id=stolen)])
    assert {subject for kind, subject in kept(workspace) if kind == "message"} == {"to all: copied", "to all: mine"}


def test_what_is_appended_once_more_is_read_from_its_new_commit(
    workspace: Workspace, start: Callable[[str], Session], repo: Repo
) -> None:
    """After a restored disk the same event is another commit: it is there once, the lost commit is not asked for."""
    alice = start("alice")
    base, log = workspace.ledger.tip(), workspace.ledger.store.refs.read(log_ref(alice.id))
    lost = say(workspace, alice, "hello")
    (entry,) = [one for one in entries(workspace) if one.kind == "message"]
    refs = workspace.ledger.store.refs
    refs.update([Update(log_ref(alice.id), log, lost.oid)])
    assert workspace.ledger.tip() == base
    say(workspace, alice, "before it")
    again = Draft(lost.kind, lost.subject, lost.data, lost.body, lost.id)
    (second,) = workspace.ledger.append(alice.id, lambda _: [again])
    workspace.ledger.record(alice.id, Draft("renew", "renew the lease"))
    (found,) = [one for one in entries(workspace) if one.id == lost.id]
    assert (found.seq, found.oid) == (entry.seq, second.oid)


def test_a_hole_in_the_history_hides_only_what_is_in_it(
    workspace: Workspace, start: Callable[[str], Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where objects were lost, the chronicle has what can still be read."""
    alice = start("alice")
    claim(workspace, alice, "one")
    lost = workspace.ledger.tip()
    claim(workspace, alice, "two")
    read = workspace.ledger.store.objects.read

    def holed(oid: str) -> tuple[str, bytes]:
        if oid == lost:
            raise Unreadable("gone")
        return read(StoreOid(oid))

    monkeypatch.setattr(workspace.ledger.store.objects, "read", holed)
    file_of(workspace).unlink(missing_ok=True)
    assert kept(workspace)[-1] == ("claim", "claim two")


def test_bytes_that_are_no_text_and_huge_words_are_kept(
    workspace: Workspace, start: Callable[[str], Session], clock: ManualClock
) -> None:
    """Half characters, NULs, invalid UTF-8 and a subject of a megabyte neither break the file nor hide the event."""
    alice = start("alice")
    objects = workspace.ledger.store.objects
    log = log_ref(alice.id)
    for at, subject in enumerate((b"\xff\xfe", "\u202e".encode(), b"x" * 900_000, b"\x1b[2J")):
        before = sequence.read_event(objects, workspace.ledger.store.refs.read(log))
        raw = commit.Commit(
            EMPTY_TREE, (before.oid,), alice.id, "a@b", clock.now(), "SUBJECT", "",
            (("Coord-Event", "progress"), ("Coord-Session", alice.id), ("Coord-Number", str(before.number + 1)),
             ("Coord-Id", f"{at:032x}"), ("Coord-Data", '{"action":"\\ud800"}')),
        ).encode()  # fmt: skip
        oid = objects.write("commit", raw.replace(b"SUBJECT", subject))
        objects.publish()
        workspace.ledger.store.refs.update([Update(log, oid, before.oid)])
    found = [entry for entry in entries(workspace) if entry.kind == "progress"]
    assert len(found) == 4
    assert all(len(entry.subject) <= 5000 for entry in found)


def test_the_last_and_the_first_are_those_of_the_whole(workspace: Workspace, start: Callable[[str], Session]) -> None:
    """Looking along the index of each term finds what looking at everything does, whatever else is asked for."""
    one, two = start("one"), start("two")
    for number in range(12):
        say(workspace, (one, two)[number % 2], str(number))
    claim(workspace, one, "src")
    with feed.opened(workspace) as chronicle:
        terms = ["to:all:", f"to:session:{one.id}", "name:one"]
        middle = entries(workspace)[6].seq
        asked: list[dict[str, Any]] = [
            {},
            {"kinds": ["message"]},
            {"session": two.id},
            {"after": middle, "before": middle + 4},
            {"since": NOW, "sessions": [one.id, two.id], "kinds": ["message", "register"]},
        ]
        for more in asked:
            for some in (terms, []):
                whole = chronicle.about(some, **more)
                for limit in (1, 3, 100):
                    assert chronicle.about(some, newest=limit, **more) == whole[-limit:]
                    assert chronicle.about(some, oldest=limit, **more) == whole[:limit]
