"""Refs that name objects which are not there, in a clone or at the hub: the next contact heals them by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.moulds import press
from support.programs import sealed
from support.torture import every

from gitcoord.kernel.refs import ABSENT
from gitcoord.sync import dangling
from gitcoord.sync.agree import Agreement

from .conftest import CONFIRMED, LEDGER, Clone, make_clone
from .test_faults_upkeep import loose, whole

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ManualClock

    from .conftest import Hub, Mould

NOWHERE = "5626abf0f72e58d7a153368ba57db4c673c0e171"
"""The id of an object that nobody has."""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory, mould_of_clones: Mould) -> tuple[Path, str, str]:
    """A directory with a hub and two clones that know of each other's claims, to be copied, and their sessions."""
    base = tmp_path_factory.mktemp("worked")
    one, two = mould_of_clones.press(base, sealed(tmp_path_factory.mktemp("home")), "one", "two")
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    one.sync()
    return base, alice, bob


@pytest.fixture
def working(
    tmp_path: Path, env: dict[str, str], hub: Hub, worked: tuple[Path, str, str]
) -> tuple[Clone, Clone, str, str]:
    """Two clones that know of each other's claims, and their sessions."""
    base, alice, bob = worked
    press(base, tmp_path, env)
    return Clone(tmp_path / "one", env), Clone(tmp_path / "two", env), alice, bob


@pytest.mark.slow
@pytest.mark.parametrize("command", [("sync",), ("claim", "h"), ("claims",)], ids=lambda words: words[0])
@pytest.mark.parametrize("which", ["", "^{tree}", ":sessions"], ids=["tip", "tree", "deep"])
def test_a_fetched_object_is_gone(working: tuple[Clone, Clone, str, str], which: str, command: tuple[str, ...]) -> None:
    """Whatever command comes next fetches it again and answers; so does a command that reads what lies deeper."""
    one, two, alice, bob = working
    assert one.ledger == two.ledger, "the newest commit is one that was fetched"
    loose(one, one.ref(LEDGER + which)).unlink()
    ran = one.here(*command, session=alice)
    assert ran.status == 0, ran.err
    assert one.claim(alice, "g")["result"] == "refused"
    one.won(alice, "i")
    two.won(bob, "k")
    whole(one)


def test_all_that_was_fetched_is_pruned(working: tuple[Clone, Clone, str, str], hub: Hub) -> None:
    """A prune that took everything, as if no ref had named it: ours is in the journal, the rest is fetched again."""
    one, _, alice, _ = working
    refs = one.refs("refs/")
    for ref in refs:
        one.git("update-ref", "-d", ref)
    one.git("prune", "--expire=now")
    for ref, oid in refs.items():
        path = one.top / ".git" / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(oid + "\n")
    one.sync()
    one.won(alice, "h")
    assert one.holders() == {"f": "alice", "g": "bob", "h": "alice"}
    assert one.ledger == hub.ledger
    whole(one)


@pytest.mark.parametrize("ref", [LEDGER, CONFIRMED])
def test_a_ref_names_what_nobody_has(working: tuple[Clone, Clone, str, str], hub: Hub, ref: str) -> None:
    """The ledger is built again on what is confirmed, the confirmed one is learned from the hub; nothing is lost."""
    one, _, alice, _ = working
    hub.away()
    assert one.claim(alice, "pending")["result"] == "won"
    hub.back()
    (one.top / ".git" / ref).write_text(NOWHERE + "\n")
    one.sync()
    assert one.ledger == one.confirmed == hub.ledger
    assert one.holders() == {"f": "alice", "g": "bob", "pending": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", every(2, ["beat", "log", "archive", "incoming", "files", "all"]))
@pytest.mark.parametrize("command", [("sync",), ("claim", "h")], ids=lambda words: words[0])
def test_any_ref_of_ours_names_what_nobody_has(
    working: tuple[Clone, Clone, str, str], hub: Hub, kind: str, command: tuple[str, ...]
) -> None:
    """Git fetches nothing while any ref here names nothing; each is mended, and what was recorded is still there."""
    one, two, alice, bob = working
    refs = {
        "log": f"refs/coord/sessions/{alice}/log",
        "beat": f"refs/coord/sessions/{alice}/beat",
        "archive": "refs/coord/archive/0123456789abcdef",
        "incoming": f"refs/coord-remote/origin/incoming/sessions/{bob}/beat",
        "files": f"refs/coord/files/{alice}",
        "ledger": LEDGER,
        "confirmed": CONFIRMED,
    }
    before = {"f": "alice", "g": "bob", "k": "bob"}
    two.won(bob, "k")  # so there is something to fetch
    for ref in refs.values() if kind == "all" else [refs[kind]]:
        path = one.top / ".git" / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOWHERE + "\n")
    ran = one.here(*command, session=alice)
    assert ran.status == 0, ran.err
    one.won(alice, "i")
    one.sync()
    assert one.holders() == before | {"i": "alice"} | ({"h": "alice"} if command[0] == "claim" else {})
    whole(one)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("store", "content"),
    [("repo", f"{NOWHERE}\n"), ("repo", ""), ("repo", "garbage\n"), ("separate", f"{NOWHERE}\n")],
    ids=["missing", "emptied", "garbage", "separate"],
)
def test_the_notes_are_lost(hub: Hub, tmp_path: Path, env: dict[str, str], store: str, content: str) -> None:
    """The view of who made a commit is made anew from the clone's record, and the hub is not called away for it."""
    one = make_clone(tmp_path, "one", env)
    assert one.join(str(hub.top), "--hooks", "files", "--store", store).status == 0
    alice = one.start("alice")
    one.won(alice, "f")
    assert one.commit("f", session=alice).status == 0
    one.sync()
    (one.top / ".git/refs/notes/coord").write_text(content)
    one.sync()
    one.won(alice, "g")
    assert f"Coord-Session: {alice}" in one.git("log", "-1", "--notes=coord", "--format=%N")


def test_a_ref_of_the_users_names_nothing(working: tuple[Clone, Clone, str, str]) -> None:
    """It is theirs to mend: the message names it, with the command."""
    one, two, _, bob = working
    two.won(bob, "k")
    (one.top / ".git/refs/heads/lost").write_text(NOWHERE + "\n")
    ran = one.here("sync")
    assert ran.status == 3
    assert "git update-ref -d refs/heads/lost" in ran.err
    one.git("update-ref", "-d", "refs/heads/lost")
    one.sync()


def test_without_the_hub_it_stays_unknown(working: tuple[Clone, Clone, str, str], hub: Hub) -> None:
    """Nothing is guessed and no ref is moved while the hub is away; when it is back the next command heals it."""
    one, _, alice, _ = working
    tip = one.ledger
    loose(one, tip).unlink()
    hub.away()
    assert one.here("claims").status == 3
    assert (one.top / ".git" / LEDGER).read_text().strip() == tip
    hub.back()
    one.forget_away()
    one.won(alice, "h")


@pytest.mark.slow
@pytest.mark.parametrize("whose", every(2, ["own", "another's", "log", "files"]))
@pytest.mark.parametrize("first", ["sync", "claim"])
def test_a_dangling_ref_at_the_hub(working: tuple[Clone, Clone, str, str], hub: Hub, whose: str, first: str) -> None:
    """The hub refuses every push then: the client that meets the ref deletes it, says so, and goes on."""
    one, two, alice, bob = working
    own = next(ref for ref in hub.refs("refs/coord/clones/") if hub.ref(ref) == two.ledger)
    other = next(ref for ref in hub.refs("refs/coord/clones/") if ref != own)
    ref = {"own": own, "another's": other, "log": f"refs/coord/sessions/{alice}/log"}.get(
        whose, f"refs/coord/files/{alice}"
    )
    path = hub.top / ref
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NOWHERE + "\n")
    if first == "sync":
        warned = [text for text in two.sync()["warnings"] if ref in text]
        assert warned or whose == "files", "files are not fetched before somebody waits for one"
    two.won(bob, "h")
    assert not path.exists() or path.read_text().strip() != NOWHERE
    one.won(alice, "i")
    assert two.here("sync").status == 0
    whole(hub)


def test_a_dangling_ref_that_may_not_be_deleted(working: tuple[Clone, Clone, str, str], hub: Hub) -> None:
    """Where the hub lets nobody delete, `sync` names the ref with the command for it, and ends with 3."""
    _, two, _, bob = working
    hub.hook("update", f"[ $3 != {ABSENT} ]\n")
    ref = next(iter(hub.refs("refs/coord/clones/")))
    (hub.top / ref).write_text(NOWHERE + "\n")
    ran = two.here("sync")
    assert ran.status == 3
    assert f"git update-ref -d {ref}" in ran.err
    assert "in agreement" not in ran.out.removeprefix("not ")
    hub.git("update-ref", "-d", ref)
    two.won(bob, "h")
    assert two.here("sync").status == 0


def test_what_the_hub_can_send_is_not_deleted(
    working: tuple[Clone, Clone, str, str], hub: Hub, clock: ManualClock
) -> None:
    """A ref that is named in an error, whatever it says, stays where the hub sends what it names."""
    one, _, _, _ = working
    before = hub.refs("refs/coord/")
    agreement = one.workspace(clock).agreement
    assert isinstance(agreement, Agreement)
    said = f"error: missing necessary objects: {' '.join(before)}"
    assert dangling.drop(agreement.hub, said, read_only=False) == ([], [])
    (hub.top / "HEAD").rename(hub.top / "HEAD.away")
    assert dangling.drop(agreement.hub, said, read_only=False) == ([], [])
    (hub.top / "HEAD.away").rename(hub.top / "HEAD")
    assert hub.refs("refs/coord/") == before
