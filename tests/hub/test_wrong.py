"""When something is wrong: each row of the protocol's table, as far as a hub and clones can be brought there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gitcoord.ledger import sequence
from gitcoord.ledger.ledger import Ledger
from gitcoord.policy.ids import StoreOid
from gitcoord.sync import adopt, turn

from .conftest import LEDGER, Clone, Hub, make_clone
from .peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitcoord.kernel.refs import Update


def ids(clone: Clone, since: str = "") -> list[str]:
    """The ids of all operations that a clone's ledger lists, in its order."""
    span = f"{since}..{LEDGER}" if since else LEDGER
    lines = clone.git("log", "--first-parent", "--reverse", "--format=%B", span).splitlines()
    return [line.split(" ")[2] for line in lines if line.startswith("Coord-Verdict: ")]


def warned(clone: Clone, session: str) -> list[str]:
    """What the session is told at its next command."""
    found = clone.here("claims", "--json", session=session).json["warnings"]
    assert isinstance(found, list)
    return found


# The hub


def test_the_hub_lost_its_refs(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The next operation pushes ours back, and nothing is lost or told as lost."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    hub.lose_refs()
    one.sync()
    two.won(bob, "h")
    assert two.holders() == {"f": "alice", "g": "bob", "h": "bob"}
    assert warned(one, alice) == warned(two, bob) == []
    one.sync()
    assert one.ledger == two.ledger == hub.ledger


def test_the_hub_lost_its_refs_and_the_newest_is_not_the_first_to_notice(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Whoever comes first pushes what it has; who knows more brings the rest."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.sync()
    one.won(alice, "later")
    hub.lose_refs()
    two.won(bob, "g")
    one.sync()
    two.sync()
    assert one.holders() == two.holders() == {"f": "alice", "later": "alice", "g": "bob"}
    assert one.ledger == two.ledger == hub.ledger


def test_the_hub_was_begun_anew(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """An empty repository in the hub's place is filled again."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    shutil.rmtree(hub.top)
    hub.top.mkdir()
    hub.git("init", "-q", "--bare")
    assert two.claim(bob, "g")["confirmed"] is True
    one.sync()
    two.sync()
    assert two.holders() == {"f": "alice", "g": "bob"}


def test_restored_from_an_old_backup(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A hub that is an ancestor of what is known gets ours back; nothing has changed for anybody."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    backup = hub.save()
    one.won(alice, "g")
    before = one.confirmed
    hub.restore(backup)
    one.sync()
    assert hub.ledger == before
    assert two.claim(bob, "g")["result"] == "refused"
    assert not one.refs("refs/coord/archive/")
    assert warned(one, alice) == []


def test_what_follows_a_takeover_that_the_hub_forgot(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A provisional claim of who took something over is not left out where the takeover is sequenced again."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.sync()
    backup = hub.save()
    two.here("claim", "f", "--override", "-m", "urgent", session=bob, check=True)
    hub.away()
    assert two.claim(bob, "g")["confirmed"] is False
    hub.back()
    two.forget_away()
    hub.restore(backup)
    one.won(alice, "h")
    two.sync()
    assert two.holders() == {"f": "bob", "g": "bob", "h": "alice"}
    one.sync()
    assert one.holders() == two.holders()


def test_restored_and_then_written(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What the hub forgot is kept, sequenced again, and told to whoever lost by it; no number is given twice after."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "kept")
    two.sync()
    backup = hub.save()
    tokens = [one.won(alice, name) for name in ("f", "g", "h")]
    old = one.confirmed
    hub.restore(backup)
    two.won(bob, "g")  # knows nothing of alice's
    done = one.sync()
    assert any("archive" in text for text in done["warnings"]), done
    assert old in one.refs("refs/coord/archive/").values()
    assert [text for text in warned(one, alice) if "claim g" in text]
    assert one.holders() == {"kept": "alice", "f": "alice", "h": "alice", "g": "bob"}
    one.sync()
    token = two.won(bob, "new")
    assert token > max(tokens)
    assert one.won(alice, "newer") > token
    numbers = one.git("log", "--first-parent", "--format=%B", LEDGER)
    given = [line.split(" ")[1] for line in numbers.splitlines() if line.startswith("Coord-Verdict: ")]
    assert len(given) == len(set(given))
    assert given == sorted(given, key=int, reverse=True) or sorted(map(int, given))[-1] == token + 1


@pytest.mark.slow
def test_the_counter_is_lifted_once(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """One repair for one archived ledger, however often one syncs; no number that was given is given again by it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "kept")
    two.sync()
    backup = hub.save()
    names = [f"f{number}" for number in range(6)]  # more than what comes before them when they are sequenced again
    given = [one.won(alice, name) for name in names]
    hub.restore(backup)
    two.won(bob, "x")
    one.sync()
    claims = one.here("claims", "--json", session=alice, check=True).json["claims"]
    assert min(item["token"] for item in claims if item["scope"] in names) > max(given)
    for _ in range(3):
        one.sync()
        one.here("claims", session=alice, check=True)
        one.won(alice, "again")
    said = hub.git("log", "--first-parent", "--format=%B", LEDGER)
    assert said.count("lift the counter") <= 2, said  # subject, and perhaps in a list
    assert len(one.refs("refs/coord/archive/")) == 1


def test_restored_while_something_is_provisional(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What was confirmed goes before what was provisional, whoever has it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "kept")
    two.sync()
    backup = hub.save()
    one.won(alice, "f")
    hub.away()
    one.claim(alice, "g")
    hub.back()
    hub.restore(backup)
    two.won(bob, "x")
    one.sync()
    two.sync()
    assert one.holders() == two.holders() == {"kept": "alice", "f": "alice", "g": "alice", "x": "bob"}
    assert hub.ledger == one.ledger


@pytest.mark.slow
def test_restored_while_another_announces_a_rival(
    clones: tuple[Clone, Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was confirmed once does not lose to what is only announced, whichever clone is first in the round."""
    one, two, three = clones
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    for clone in clones:
        clone.sync()
    backup = hub.save()
    hub.away()
    two.claim(bob, "f")
    hub.back()
    one.won(alice, "f")
    hub.restore(backup)
    three.won(carol, "x")
    announced = json.loads((two.coord / "clone").read_text())["id"]
    two.git("push", "-q", str(hub.top), f"+{LEDGER}:refs/coord/clones/{announced}")
    # Of all orders of the clones the one that favours the rival, and of all draws the one that sequences everybody.
    monkeypatch.setattr(adopt, "_in_order", lambda base, others, clone, mine: [*others.values(), mine])
    monkeypatch.setattr(turn, "draw", lambda: 0.0)
    one.forget_others()
    one.claim(alice, "g")
    for clone in (two, three):
        clone.sync()
    assert two.holders() == three.holders() == {"x": "carol", "f": "alice", "g": "alice"}


def test_a_hub_of_another_root(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """Another repository's ledger is not adopted unasked: one goes on provisionally, and sync says what is there."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    before = one.confirmed
    stranger = make_clone(tmp_path, "stranger", env)
    stranger.here("init", "--hooks", "none", check=True)
    stranger.git("push", "-q", "-f", str(hub.top), f"{LEDGER}:{LEDGER}")
    theirs = hub.ledger
    answer = one.claim(alice, "g")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    ran = one.here("sync", "--json")
    assert ran.status == 3
    assert "another repository" in ran.json["message"]
    assert "init --hub" in ran.json["remedy"]
    assert one.confirmed == before
    assert hub.ledger == theirs, "nor is theirs overwritten"
    # What the hint says.
    one.git("config", "--unset", "coord.hub")
    one.git("update-ref", "-d", "refs/coord-remote/origin/ledger")
    one.here("init", "--hub", "origin", "--hooks", "none", check=True)
    assert one.holders() == {"f": "alice", "g": "alice"}
    assert hub.ledger == one.ledger


def test_first_contact_sequences_ours_on_theirs(
    hub: Hub, pair: tuple[Clone, Clone], newcomer: Callable[..., Clone], tmp_path: Path, env: dict[str, str]
) -> None:
    """A repository that worked alone joins: what it holds is sequenced on the hub's ledger, what is held is lost."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    alone = make_clone(tmp_path, "alone", env)
    alone.here("init", "--hooks", "none", check=True)
    dave = alone.start("dave")
    alone.won(dave, "f")
    alone.won(dave, "g")
    ran = alone.join(str(hub.top))
    assert ran.status == 0, ran.err
    assert alone.holders() == {"f": "alice", "g": "dave"}
    one.sync()
    assert one.holders() == {"f": "alice", "g": "dave"}


def test_a_left_over_lock_is_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where a dead receive-pack left ledger.lock at the hub, whoever meets it names the file; claims are provisional.

    Once it is known a command tries once; with the file gone everything goes on.
    """
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    lock = hub.top / "refs" / "coord" / "ledger.lock"
    lock.touch()
    log = hub.top.parent / "pushes"
    hub.hook("pre-receive", f"echo push >>{log}")
    tried = []
    for path in "gh":
        answer = one.claim(alice, path)
        assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "ok")
        assert sum("refs/coord/ledger.lock" in text for text in answer["warnings"]) == 1
        tried.append(len(log.read_text().splitlines()))
    assert tried[1] - tried[0] == 1
    assert "refs/coord/ledger.lock" in one.here("sync").err
    lock.unlink()
    assert not [text for text in one.claim(alice, "i")["warnings"] if "does not exist yet" not in text]
    one.won(alice, "k")
    assert one.holders() == dict.fromkeys("fghik", "alice")
    lock.touch()
    one.claim(alice, "l")
    assert len(log.read_text().splitlines()) - tried[1] > 4, "it is tried as often as at first"


@pytest.mark.slow
@pytest.mark.parametrize("from_ours", [False, True])
def test_a_mirror_accident(pair: tuple[Clone, Clone], hub: Hub, from_ours: bool) -> None:
    """`git push --mirror` deletes our refs at the hub, or sets them back: the next contact puts them right."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.sync()
    one.won(alice, "f")
    pusher = two if from_ours else make_clone(hub.top.parent, "plain", hub.env)
    pusher.git("commit", "-q", "--allow-empty", "-m", "x")
    pusher.git("push", "-q", "--mirror", str(hub.top))
    assert hub.ledger != one.confirmed
    one.sync()
    assert hub.ledger == one.confirmed
    assert two.claim(bob, "f")["result"] == "refused"


@pytest.mark.slow
def test_gc_at_the_hub(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """`gc --prune=now` at the hub between the pushes of two clones takes nothing that anybody needs."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    for number in range(3):
        one.won(alice, f"one/{number}")
        hub.git("gc", "-q", "--prune=now")
        two.won(bob, f"two/{number}")
        hub.git("gc", "-q", "--prune=now")
    one.sync()
    assert len(one.holders()) == 6
    assert one.ledger == two.ledger == hub.ledger
    hub.git("fsck", "--connectivity-only")


# What the hub refuses

POISON = """while read old new ref; do
  case $new in *[!0]*) ;; *) continue ;; esac
  git log --format=%B $new | grep -q poison && { echo "no poison here" >&2; exit 1; }
done
exit 0
"""


def test_what_the_hub_refuses_is_quarantined(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Of two sessions in a clone the one whose log the hub refuses is left out and told; the other goes on."""
    one, two = pair
    alice, mallory, bob = one.start("alice"), one.start("mallory"), two.start("bob")
    one.won(alice, "f")
    one.won(mallory, "m")
    hub.hook("pre-receive", POISON)
    ran = one.here("claim", "g", "-m", "poison", "--json", session=mallory)
    assert ran.status != 0, ran.out
    assert (ran.json["result"], ran.json["token"], ran.json["reason"]) == ("refused", None, "not_found")
    assert "the hub refuses" in ran.json["why"]
    assert any("new session" in text for text in warned(one, mallory))
    one.won(alice, "h")
    assert one.holders() == {"f": "alice", "m": "mallory", "h": "alice"}
    two.won(bob, "g")
    one.won(alice, "i")
    again = one.here("claim", "k", session=mallory)
    assert (
        again.status,
        "the hub refuses an object that this session wrote" in again.err,
        "git coord start" in again.err,
    ) == (1, True, True)


def test_a_quarantined_log_is_no_failure_of_sync(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Sync names the log that stays here as a warning, delivers everything else, and succeeds."""
    one, _ = pair
    alice, mallory = one.start("alice"), one.start("mallory")
    one.won(alice, "f")
    hub.hook("pre-receive", POISON)
    one.here("claim", "g", "-m", "poison", session=mallory)
    one.here("send", "all", "good", session=alice, check=True)
    for _ in range(2):
        ran = one.here("sync", "--json")
        assert (ran.status, ran.json["undelivered"]) == (0, [])
        (kept_back,) = [text for text in ran.json["warnings"] if "stays here" in text]
        assert mallory in kept_back
    assert f"refs/coord/sessions/{alice}/log" in hub.refs()
    assert f"refs/coord/sessions/{mallory}/log" not in hub.refs()


def test_what_others_announced_and_the_hub_refuses(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """An announcement that the hub no longer takes is left out until it changes; one's own goes through."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    peer = Peer(two)
    base = peer.look()
    first = peer.session()
    poison = peer.announced(StoreOid(base), peer.event(first.session, "register", {"clone": "evil", "name": "poison"}))
    peer.push(poison, "refs/coord/clones/eeeeeeeeeeeeeeee")
    hub.hook("pre-receive", POISON)
    two.won(bob, "g")
    one.forget_others()
    one.won(alice, "h")
    two.won(bob, "i")
    assert (one.coord / "quarantine").exists()
    two.sync()
    assert two.holders() == {"f": "alice", "g": "bob", "h": "alice", "i": "bob"}


@pytest.mark.slow
def test_a_hub_that_refuses_everything(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Nobody is quarantined: claims are provisional, sync says that everything is refused; later they are confirmed."""
    one, two = pair
    alice, dave = one.start("alice"), one.start("dave")
    one.won(alice, "f")
    hub.hook("pre-receive", "echo closed; exit 1")
    for session, path in ((alice, "g"), (dave, "h")):
        answer = one.claim(session, path)
        assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert "refuses" in one.here("sync").err
    assert not (one.coord / "quarantine").exists()
    hub.hook("pre-receive", "")
    one.sync()
    two.sync()
    assert two.holders() == {"f": "alice", "g": "alice", "h": "dave"}


def test_a_hub_that_checks_objects(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """With receive.fsckObjects all that we write passes, odd paths too."""
    one, two = pair
    hub.git("config", "receive.fsckObjects", "true")
    hub.git("config", "receive.denyNonFastForwards", "true")
    alice, bob = one.start("alice"), two.start(".gitmodules")
    one.won(alice, ".gitmodules", ".git~1", "a b/\u00fc")
    two.won(bob, "x")
    two.release(bob, "x")
    one.won(alice, "x")


def test_a_new_hub_refuses_one_ref_only(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where the hub refuses announcements, the ledger alone goes through, as long as nobody interferes."""
    one, two = pair
    hub.hook("update", "case $1 in refs/coord/clones/*) exit 1;; esac")
    one.won(one.start("alice"), "f")
    two.won(two.start("bob"), "g")


# Our own disk


def test_the_disk_was_restored(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """A clone restored from an older copy catches up with the hub, and its sessions go on where they were."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = shutil.copytree(one.top / ".git", tmp_path / "copy", symlinks=True)
    one.won(alice, "g")
    one.release(alice, "f")
    shutil.rmtree(one.top / ".git")
    shutil.copytree(copy, one.top / ".git", symlinks=True)
    one.sync()
    assert one.holders() == {"g": "alice"}
    one.won(alice, "h")
    two.sync()
    assert two.holders() == {"g": "alice", "h": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("forgotten", ["g", "gk"])
def test_the_disk_was_restored_and_written(
    pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path, forgotten: str, offline: bool
) -> None:
    """A log that forked from what was merged follows the merged one; what is missing there is appended once more."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = shutil.copytree(one.top / ".git", tmp_path / "copy", symlinks=True)
    for path in forgotten:
        one.won(alice, path)
    shutil.rmtree(one.top / ".git")
    shutil.copytree(copy, one.top / ".git", symlinks=True)
    if offline:
        hub.away()
    ran = one.here("claim", "h", "--json", session=alice)
    if offline:
        hub.back()
        assert ran.json["confirmed"] is False
    else:
        assert (ran.json["result"], ran.json["confirmed"]) == ("won", True), ran.out
    forked = one.ref(f"refs/coord/sessions/{alice}/log")
    name = one.git("log", "-1", "--format=%(trailers:key=Coord-Id,valueonly)", forked).strip()
    one.sync()
    one.forget_away()
    one.won(alice, "i")
    two.sync()
    assert two.holders() == dict.fromkeys("fhi" + forgotten, "alice")
    assert ids(two).count(name) == 1


class Forked:
    """A clone set back to before its session won g, where that claimed h with the hub away: its log has forked."""

    def __init__(self, clone: Clone, hub: Hub, aside: Path) -> None:
        self.clone, self._git, self._aside = clone, clone.top / ".git", aside
        self.alice = clone.start("alice")
        clone.won(self.alice, "f")
        self.keep()
        clone.won(self.alice, "g")
        self.set_back()
        hub.away()
        assert clone.claim(self.alice, "h")["confirmed"] is False
        hub.back()
        clone.forget_away()

    def keep(self) -> None:
        """Copy the repository aside."""
        shutil.rmtree(self._aside, ignore_errors=True)
        shutil.copytree(self._git, self._aside, symlinks=True)

    def set_back(self) -> None:
        """Make it what it was when it was copied."""
        shutil.rmtree(self._git)
        shutil.copytree(self._aside, self._git, symlinks=True)


@pytest.fixture
def forked(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> Forked:
    """The first of the pair, with a log that has forked."""
    return Forked(pair[0], hub, tmp_path / "aside")


def test_the_disk_was_restored_again(forked: Forked, pair: tuple[Clone, Clone]) -> None:
    """Set back to where its log had forked already, a clone appends nothing that it appended once more before."""
    one, two = pair
    name = ids(one)[-1]
    forked.keep()
    for path in "ik":
        one.won(forked.alice, path)
        forked.set_back()
    one.won(forked.alice, "l")
    two.sync()
    assert two.holders() == dict.fromkeys("fghikl", "alice")
    assert ids(two).count(name) == 1


def test_words_on_a_log_that_forked(forked: Forked, pair: tuple[Clone, Clone]) -> None:
    """A message is appended behind what is missing, and is what the answer speaks of."""
    one, two = pair
    bob = two.start("bob")
    two.won(bob, "x")
    one.sync()
    sent = one.here("send", "all", "hello", "--json", session=forked.alice, check=True).json["id"]
    one.sync()
    two.sync()
    assert [item["id"] for item in two.here("inbox", "--json", session=bob).json["messages"]] == [sent]
    one.won(forked.alice, "i")
    assert one.holders() == dict.fromkeys("fghi", "alice") | {"x": "bob"}


def test_what_is_missing_is_refused(forked: Forked, pair: tuple[Clone, Clone]) -> None:
    """What is appended once more and lost to somebody else meanwhile is told, and is no answer to what is asked now."""
    one, two = pair
    bob = two.start("bob")
    two.won(bob, "h")
    one.sync()
    answer = one.here("renew", "--json", session=forked.alice, check=True).json
    (told,) = [text for text in answer["warnings"] if "refused" in text]
    assert warned(one, forked.alice) == []
    assert told.startswith(f"the hub refused what was provisional here: claim h: bob ({bob}) holds h until ")
    assert one.holders() == dict.fromkeys("fg", "alice") | {"h": "bob"}


def test_a_copied_clone(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    """A copy of a clone gets an id of its own, and does nothing as a session of the original."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = Clone(tmp_path / "copy", one.env)
    shutil.copytree(one.top, copy.top, symlinks=True)
    ran = copy.here("claim", "g", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (1, "not_found")
    assert "of another clone" in ran.json["message"]
    assert (copy.coord / "clone").read_text() != (one.coord / "clone").read_text()
    dave = copy.start("dave")
    copy.won(dave, "g")
    assert copy.claim(dave, "f")["result"] == "refused"
    one.won(alice, "h")


def test_a_crash_between_two_refs(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """With our ledger adopted and the confirmed one not yet moved, or moved back, the next contact heals it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    old = one.confirmed
    two.won(bob, "g")
    one.sync()
    one.git("update-ref", "refs/coord-remote/origin/ledger", old)
    one.won(alice, "h")
    assert one.holders() == {"f": "alice", "g": "bob", "h": "alice"}
    assert len(ids(one)) == len(set(ids(one)))
    one.git("update-ref", "-d", "refs/coord-remote/origin/ledger")
    one.won(alice, "i")
    assert len(ids(one)) == len(set(ids(one)))
    assert hub.ledger == one.ledger == one.confirmed


class Crash(BaseException):
    """Nobody handles it."""


def test_a_crash_while_it_adopts(pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever ref was moved first when it died, the next push takes nothing from the hub."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    move = Ledger._move

    def dying(self: Ledger, moves: list[Update]) -> None:
        move(self, moves)
        raise Crash

    before = hub.ledger
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(Ledger, "_move", dying)
        one.sync()
    assert before in (one.ledger, one.confirmed) and one.ledger != one.confirmed
    one.won(alice, "h")
    assert hub.git("merge-base", before, hub.ledger) == before
    assert one.holders() == {"f": "alice", "g": "bob", "h": "alice"}


@pytest.mark.slow
def test_a_void_commit_is_told_and_verified_by_a_newcomer(
    pair: tuple[Clone, Clone], hub: Hub, newcomer: Callable[[str], Clone]
) -> None:
    """Sync says which commit is void, the mend names it, and a fresh clone that walks the whole history agrees."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    peer = Peer(two)
    evil = peer.ledger_commit(StoreOid(peer.look()), (peer.session().oid,))
    peer.push(evil, LEDGER)
    told = one.sync()["warnings"]
    assert any(evil[:12] in text for text in told), told
    one.won(alice, "g")
    assert f"Coord-Void: {evil}" in hub.git("log", "--first-parent", "--format=%B", LEDGER)
    new = newcomer("new")
    assert new.holders() == {"f": "alice", "g": "alice"}
    assert new.ledger == hub.ledger
    tree = sequence.load(peer.objects, StoreOid(peer.look())).tree
    assert tree == new.git("rev-parse", f"{LEDGER}^{{tree}}")


def test_a_hub_that_is_not_there_is_named_as_git_does(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """`sync` says why, and joining a remote that does not exist is a slip of the pen, not a hub that is away."""
    one, _ = pair
    hub.away()
    alice = one.start("alice")
    one.claim(alice, "f")
    said = one.here("sync", session=alice)
    assert (said.status, "does not appear to be a git repository" in said.err) == (3, True), said.err
    joined = one.here("init", "--hub", "orgin", session=alice)
    assert (joined.status, "there is no remote orgin" in joined.err) == (1, True), joined.err
    assert one.git("config", "coord.hub") == "origin"


def test_hooks_are_out_before_the_hub_is_asked(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """`uninit --purge` takes the hooks out before it waits for a hub, and the hub's name only after that."""
    one, _ = pair
    one.here("init", "--hooks", "files", check=True)
    seen = one.top / "seen"
    asked = one.top / "upload-pack"
    asked.write_text(f"#!/bin/sh\n(ls {one.top}/.git/hooks; git -C {one.top} config coord.hub) >{seen}\nexit 1\n")
    asked.chmod(0o755)
    assert (one.top / ".git/hooks/pre-commit").exists()
    one.git("config", "remote.origin.uploadpack", str(asked))
    told = one.here("uninit", "--purge", check=True).out
    assert "the refs of this clone stay there" in told
    assert "pre-commit\n" not in seen.read_text()
    assert "origin" in seen.read_text()
    assert one.git("config", "coord.hub", check=False) == ""
