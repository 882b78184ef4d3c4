"""`git coord claim`, from outside."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

from gitcoord.kernel import machine

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo
    from support.programs import Ran


def started(repo: Repo, *names: str) -> list[str]:
    """Start sessions; returns their ids."""
    return [repo.here("start", name, "--json", check=True).json["session"] for name in names]


def test_claim_wins_and_a_second_session_is_refused_by_name(repo: Repo) -> None:
    """The first session wins; the second is told who holds what, with exit status 1 and nothing recorded."""
    alice, bob = repo.start("alice"), repo.start("bob")
    won = repo.coord("claim", "src", "-m", "rewrite", "--json", session=alice)
    assert (won.status, won.json["result"]) == (0, "won")
    before = repo.git("rev-parse", "refs/coord/ledger")
    refused = repo.coord("claim", "src/a.py", "--json", session=bob)
    assert (refused.status, refused.json["result"], refused.json["reason"]) == (1, "refused", "held")
    (conflict,) = refused.json["conflicts"]
    assert conflict["scope"] == "src/a.py"
    assert (conflict["held"]["session"], conflict["held"]["work"]) == (alice, "rewrite")
    assert repo.git("rev-parse", "refs/coord/ledger") == before


def test_answer_has_the_fields_of_the_contract(repo: Repo) -> None:
    """A win names result, token, time and claims; a refusal names everything about the holder."""
    alice, bob = repo.start("alice"), repo.start("bob")
    won = repo.coord("claim", "src", "slot:deploy", "-m", "rewrite", "--json", session=alice).json
    assert won["confirmed"] is True
    assert isinstance(won["token"], int)
    assert won["files"] == 2
    assert (won["took_over"], won["stale"], won["conflicts"]) == ([], [], [])
    assert [set(item) for item in won["claims"]] == [
        {"scope", "kind", "session", "token", "held_until", "confirmed"}
    ] * 2
    assert [item["scope"] for item in won["claims"]] == ["src", "slot:deploy"]
    refused = repo.coord("claim", "src/a.py", "--json", session=bob).json
    assert (refused["token"], refused["claims"]) == (None, [])
    held = refused["conflicts"][0]["held"]
    named = ("scope", "session", "name", "user", "host", "branch", "worktree", "work", "status", "since", "held_until")
    assert set(named) <= set(held)
    assert (held["scope"], held["name"], held["branch"], held["status"]) == ("src", "alice", "main", "active")
    assert (held["worktree"], held["held_until"]) == (str(repo.top), won["held_until"])
    told = repo.coord("claim", "src/a.py", session=bob)
    assert (told.status, told.out) == (1, "")
    for fact in ("src/a.py is held by alice", "who claims src", "rewrite", "until"):
        assert fact in told.err
    assert "hint: git coord claim src/a.py --wait 30m\n" in told.err


def test_several_scopes_are_all_or_nothing(shared_repo: Repo) -> None:
    """One scope that is held refuses the whole claim; nothing of it is held afterwards."""
    alice, bob = started(shared_repo, "alice", "bob")
    shared_repo.here("claim", "whole/b", session=alice, check=True)
    refused = shared_repo.here("claim", "whole/a", "whole/b", "slot:whole", "--json", session=bob)
    assert (refused.status, [item["scope"] for item in refused.json["conflicts"]]) == (1, ["whole/b"])
    assert shared_repo.here("claims", "--mine", "--json", session=bob).json["claims"] == []
    assert shared_repo.here("claim", "whole/a", "slot:whole", session=bob).status == 0


def test_scopes_of_all_kinds_meet_where_they_could_share_a_path(shared_repo: Repo) -> None:
    """A directory holds its files and globs below it, a glob what it matches; names meet only themselves."""
    alice, bob = started(shared_repo, "alice", "bob")
    shared_repo.here("claim", "kinds/dir/", "kinds/*.py", "slot:kinds", session=alice, check=True)
    for scope in (
        "kinds/dir",
        "kinds/DIR/x",
        "kinds/",
        "kinds/x.py",
        "Kinds/X.py",
        "kinds/?.py",
        "kinds/d*/z",
        "slot:kinds",
    ):
        assert shared_repo.here("claim", scope, session=bob).status == 1, scope
    for scope in ("kinds/dir2", "kinds/x.pyc", "kinds/x/y.py", "kinds/*.md", "slot:kinds2", "issue:kinds"):
        assert shared_repo.here("claim", scope, session=bob).status == 0, scope


def test_shared_claims_stand_beside_each_other_and_not_beside_an_exclusive_one(shared_repo: Repo) -> None:
    """Two may hold a scope shared; an exclusive claim is refused while another does, and the other way round."""
    alice, bob = started(shared_repo, "alice", "bob")
    shared_repo.here("claim", "--shared", "common/", session=alice, check=True)
    shared_repo.here("claim", "--shared", "common/x", session=bob, check=True)
    assert "(shared)" in shared_repo.here("claims", "common").out
    refused = shared_repo.here("claim", "common", session=alice)
    assert (refused.status, "held by bob" in refused.err) == (1, True)
    shared_repo.here("release", "common/x", session=bob, check=True)
    shared_repo.here("claim", "common", session=alice, check=True)
    refused = shared_repo.here("claim", "--shared", "common/x", session=bob)
    assert (refused.status, "common/x --shared --wait 30m" in refused.err) == (1, True)


def test_claiming_again_renews_and_keeps_the_token(shared_repo: Repo) -> None:
    """The same claim again, or one within it, keeps token and claim; --ttl gives it a new deadline."""
    (me,) = started(shared_repo, "alice")
    first = shared_repo.here("claim", "again/", "--json", session=me).json
    again = shared_repo.here("claim", "again/", "--ttl", "5m", "--json", session=me).json
    inner = shared_repo.here("claim", "again/x.py", "--json", session=me).json
    assert first["token"] == again["token"] == inner["token"]
    assert again["held_until"] < first["held_until"]
    (listed,) = shared_repo.here("claims", "--mine", "--json", session=me).json["claims"]
    assert (listed["scope"], listed["held_until"]) == ("again", again["held_until"])


def test_widening_is_one_operation_with_a_new_token(shared_repo: Repo) -> None:
    """`wide` over one's own `wide/a` is one sequencing commit; the narrow claim has ended, the token is new."""
    (me,) = started(shared_repo, "alice")
    narrow = shared_repo.here("claim", "wide/a", "slot:wide", "--json", session=me).json
    before = shared_repo.git("rev-list", "--count", "--first-parent", "refs/coord/ledger")
    wide = shared_repo.here("claim", "wide/", "--json", session=me).json
    after = shared_repo.git("rev-list", "--count", "--first-parent", "refs/coord/ledger")
    assert int(after) == int(before) + 1
    assert wide["token"] > narrow["token"]
    listed = shared_repo.here("claims", "--mine", "--json", session=me).json["claims"]
    assert {item["scope"]: item["token"] for item in listed} == {"wide": wide["token"], "slot:wide": narrow["token"]}


def test_deadline_that_passed_is_taken_over_and_the_old_holder_told(repo: Repo) -> None:
    """After --ttl the next one takes over by itself; the old holder is warned once, its release refused by name."""
    alice, bob = repo.start("alice"), repo.start("bob")
    old = repo.coord("claim", "src", "--ttl", "1s", "-m", "rewrite", "--json", session=alice).json
    repo = repo.later(3)
    assert "(over)" in repo.coord("claims").out
    new = repo.coord("claim", "src/a.py", "--json", session=bob).json
    assert (new["result"], new["token"] > old["token"]) == ("won", True)
    (taken,) = new["took_over"]
    assert (taken["scope"], taken["session"], taken["work"]) == ("src", alice, "rewrite")
    (warning,) = repo.coord("claims", "--json", session=alice).json["warnings"]
    assert "bob took over" in warning
    assert "src" in warning
    assert repo.coord("claims", "--json", session=alice).json["warnings"] == []
    for words in (["release", "src"], ["renew", "src"]):
        refused = repo.coord(*words, "--json", session=alice)
        assert (refused.status, refused.json["reason"]) == (1, "not_mine")
        assert re.search(r"bob took it over at \d\d:\d\d", refused.json["message"])


def test_lock_of_an_agent_ends_by_itself_and_can_be_forced(repo: Repo) -> None:
    """`agent:NAME` is claimed with a reason and a time; who holds it is told; it ends in time, or by force."""
    alice, bob = repo.start("alice"), repo.start("bob")
    lock = ("claim", "agent:reviewer", "--json")
    repo.here(*lock, "-m", "nightly review", "--ttl", "1h", session=alice, check=True)
    (held,) = repo.here("claims", "agent:reviewer", "--json").json["claims"]
    assert (held["scope"], held["kind"], held["name"], held["work"]) == (
        "agent:reviewer",
        "name",
        "alice",
        "nightly review",
    )
    for words in (lock, (*lock, "--wait", "1s")):
        refused = repo.here(*words, session=bob)
        assert (refused.status, refused.json["reason"]) == (1, "held")
        assert refused.json["conflicts"][0]["held"]["session"] == alice
    assert repo.here("release", "agent:reviewer", "--json", session=bob).json["reason"] == "not_mine"
    assert repo.here(*lock, "--override", session=bob).status == 2, "force needs a reason"
    forced = repo.here(*lock, "--override", "-m", "the deploy waits", "--ttl", "1s", session=bob, check=True).json
    assert forced["took_over"][0]["session"] == alice
    warned = repo.here("whoami", "--json", session=alice).json["warnings"]
    assert any("agent:reviewer" in text and "the deploy waits" in text for text in warned)
    repo = repo.later(3)
    again = repo.here(*lock, session=alice, check=True).json
    assert (again["result"], again["took_over"][0]["session"]) == ("won", bob)
    repo.here("release", "agent:reviewer", "-m", "done", session=alice, check=True)
    assert repo.here("claims", "agent:reviewer", "--json").json["claims"] == []


def test_override_needs_a_reason_and_is_told_to_the_holder(shared_repo: Repo) -> None:
    """--override without -m is a usage error; with it the claim is taken, and the holder reads who and why."""
    alice, bob = started(shared_repo, "alice", "bob")
    shared_repo.here("claim", "over", session=alice, check=True)
    assert shared_repo.here("claim", "over", "--override", session=bob).status == 2
    taken = shared_repo.here("claim", "over", "--override", "-m", "fire", session=bob)
    assert (taken.status, "took over over from alice" in taken.out) == (0, True)
    assert "warning: bob overrode your claim on over" in (told := shared_repo.here("claims", session=alice).err)
    assert "fire" in told


def test_release_is_never_silently_nothing(shared_repo: Repo) -> None:
    """What another holds is not_mine, what nobody holds not_found; one wrong scope releases none of several."""
    alice, bob = started(shared_repo, "alice", "bob")
    shared_repo.here("claim", "mine/a", "mine/b", session=alice, check=True)
    theirs = shared_repo.here("release", "mine/a", "--json", session=bob)
    assert (theirs.status, theirs.json["reason"], alice in theirs.json["message"]) == (1, "not_mine", True)
    nobodys = shared_repo.here("release", "mine/a", "mine/c", "--json", session=alice)
    assert (nobodys.status, nobodys.json["reason"]) == (1, "not_found")
    assert shared_repo.here("release", "mine/a/x", session=alice).status == 1
    listed = shared_repo.here("claims", "--mine", "--json", session=alice).json["claims"]
    assert [item["scope"] for item in listed] == ["mine/a", "mine/b"]
    given = shared_repo.here("release", "mine", "-m", "all done", "--json", session=alice).json["released"]
    assert [item["scope"] for item in given] == ["mine/a", "mine/b"]
    assert "all done" in shared_repo.git("log", "-1", "--format=%B", "refs/coord/ledger")


def test_part_of_a_claim_is_released_and_the_rest_stays(shared_repo: Repo) -> None:
    """A claim of two scopes may be given up one by one; the scope that stays keeps its token."""
    (me,) = started(shared_repo, "alice")
    token = shared_repo.here("claim", "part/a", "part/b", "--json", session=me).json["token"]
    shared_repo.here("release", "part/a", session=me, check=True)
    (left,) = shared_repo.here("claims", "--mine", "--json", session=me).json["claims"]
    assert (left["scope"], left["token"]) == ("part/b", token)


def test_any_takes_the_first_that_is_free(shared_repo: Repo) -> None:
    """--any passes what is held, names a range in order, prints the name alone with -q, and says when none is free."""
    alice, bob = started(shared_repo, "alice", "bob")
    first = shared_repo.here("claim", "--any", "slot:one", "slot:two", "-q", session=alice)
    second = shared_repo.here("claim", "--any", "slot:one", "slot:two", "-q", session=bob)
    third = shared_repo.here("claim", "--any", "slot:one", "slot:two", "--json", session=bob)
    assert (first.out, second.out) == ("slot:one\n", "slot:two\n")
    assert (third.status, third.json["reason"], third.json["result"]) == (1, "held", "refused")
    ports = [shared_repo.here("claim", "--any", "port:3000-3001", "-q", session=who) for who in (alice, bob, bob)]
    assert [ran.out for ran in ports] == ["port:3000\n", "port:3001\n", ""]
    assert [ran.status for ran in ports] == [0, 0, 1]
    assert shared_repo.here("claim", "--any", "port:9-3", session=bob).status == 2
    mine = shared_repo.here("claim", "--any", "slot:two", session=bob)
    assert (mine.status, "this session holds" in mine.err) == (1, True)


def test_kinds_of_this_machine_carry_its_name_in_the_ledger_only(shared_repo: Repo) -> None:
    """A port is claimed as `port:N@MACHINE`, so that every machine has its own; answers show `port:N`."""
    (me,) = started(shared_repo, "alice")
    shared_repo.here("claim", "port:4000", "slot:4000", session=me, check=True)
    recorded = shared_repo.git("ls-tree", "-r", "--name-only", "refs/coord/ledger", "claims/names/")
    known = machine.name() or os.uname().nodename
    assert f"+port/+port:4000@{known}/" in recorded or f"/+4000@{known}/" in recorded
    assert "+slot/+4000/=" in recorded
    shown = shared_repo.here("claims", "--mine", "--json", session=me).json["claims"]
    assert [item["scope"] for item in shown] == ["port:4000", "slot:4000"]
    assert shared_repo.here("whoami", "--json", session=me).json["claims"] == ["port:4000", "slot:4000"]
    (other,) = started(shared_repo, "other")
    assert "error: port:4000 is held by alice" in shared_repo.here("release", "port:4000", session=other).err
    shared_repo.here("release", "port:4000", session=me, check=True)


def test_claim_that_is_free_but_not_fresh_says_so(repo: Repo) -> None:
    """The last holder's commit is not in my HEAD: the claim is won, `stale` names commit, branch and session."""
    alice, bob = repo.start("alice"), repo.start("bob")
    other = repo.worktree("other")
    repo.coord("claim", "src/a.py", session=alice, check=True)
    repo.commit("src/a.py", session=alice, check=True)
    repo.coord("release", "src/a.py", session=alice, check=True)
    won = other.coord("claim", "src", "--json", session=bob).json
    head = repo.git("rev-parse", "HEAD")
    assert won["result"] == "won"
    assert won["stale"] == [{"scope": "src", "commit": head, "branch": "main", "session": alice}]
    other.coord("release", "src", session=bob, check=True)
    other.git("merge", "-q", "main", GIT_COORD_SESSION=bob)
    assert other.coord("claim", "src", "--json", session=bob).json["stale"] == []


def test_max_files_holds_for_agents_only(repo: Repo, tmp_path: Path) -> None:
    """A person claims what it likes; an agent's claim of more files than the rule allows needs --wide."""
    repo.coord("rules", "max-files", "1", check=True)
    assert repo.coord("claim", "src", session=repo.start("ana")).status == 0
    repo.coord("release", "--all", session="ana", check=True)
    agent = tmp_path / "codex"
    shutil.copy(shutil.which("bash") or "", agent)

    def by_agent(command: str) -> Ran:
        # Not the last command, or the shell would become it.
        return repo.run(str(agent), "-c", f"{command}; exit $?", check=False)

    wide = by_agent("git coord claim src --json")
    assert (wide.status, wide.json["reason"]) == (2, "usage")
    assert "--wide" in wide.json["hint"]
    assert by_agent("git coord claim src --wide").status == 0
    assert by_agent("git coord claim docs/guide.md").status == 0


def test_claims_lists_what_overlaps_a_path_and_whose(shared_repo: Repo) -> None:
    """`claims PATH` shows what covers it and what is below it; --of and --mine show one session's; names work too."""
    alice, bob = started(shared_repo, "ann", "ben")
    shared_repo.here("claim", "list/a", "list/b/*.py", session=alice, check=True)
    shared_repo.here("claim", "list/c", "slot:list", "./x:list", session=bob, check=True)

    def scopes(*words: str) -> list[str]:
        listed = shared_repo.here("claims", *words, "--json", session=bob).json["claims"]
        return [item["scope"] for item in listed]

    assert scopes("list") == ["list/a", "list/b/*.py", "list/c"]
    assert scopes("list/b/x.py", "list/c/d") == ["list/b/*.py", "list/c"]
    assert scopes("--of", "ann") == ["list/a", "list/b/*.py"]
    assert scopes("--mine") == ["./x:list", "list/c", "slot:list"]
    assert scopes("slot:list") == ["slot:list"]
    assert scopes("list/d") == []
    assert shared_repo.here("claims", "list/d").out == "nothing is claimed there\n"
    assert shared_repo.here("claims", "--mine", "list/a", session=bob).out == "you hold nothing there\n"
    shared_repo.here("release", "--all", session=alice, check=True)
    assert shared_repo.here("claims", "--mine", session=alice).out == "you hold nothing\n"
    assert shared_repo.here("claims", "--of", "ann").out == "ann holds nothing\n"


def test_claim_says_what_a_path_is_and_whether_it_is_there(repo: Repo) -> None:
    """A directory is one that is there, or is written with a slash; of what is not there yet claim and check warn."""
    me = repo.start("alice")
    won = repo.coord("claim", "src", "docs/guide.md", "docs/new.md", "lib/", "**/*.sql", "--json", session=me).json
    kinds = {item["scope"]: item["kind"] for item in won["claims"]}
    assert kinds == {
        "src": "directory", "docs/guide.md": "file", "docs/new.md": "file", "lib": "directory", "**/*.sql": "glob"
    }  # fmt: skip
    assert won["warnings"] == [
        "docs/new.md does not exist yet: claimed as a file (a directory to be is written docs/new.md/)",
        "lib/ does not exist yet: claimed as a directory",
    ]
    told = repo.coord("claim", "src", "docs/guide.md", "lib/", session=me)
    assert told.out.startswith("claimed src/, docs/guide.md, lib/ until")
    checked = repo.coord("check", "src/none.py", "src/a.py", "--json", session=me)
    assert (checked.status, checked.json["warnings"]) == (0, ["src/none.py does not exist"])
    refused = repo.coord("claim", "docs/guide.md/", session=me)
    assert (refused.status, "docs/guide.md/ is a file, not a directory" in refused.err) == (2, True)


def test_a_directory_that_is_not_checked_out_is_a_directory(repo: Repo) -> None:
    """What git tracks decides where the worktree does not have it: a sparse checkout, or a directory just deleted."""
    me = repo.start("alice")
    shutil.rmtree(repo.top / "src")
    won = repo.coord("claim", "src", "--json", session=me).json
    assert ([item["kind"] for item in won["claims"]], won["warnings"]) == (["directory"], [])


def test_a_glob_leaves_the_files_free_that_it_does_not_name(repo: Repo) -> None:
    """While tests are claimed by a glob, the other files of the directory can be claimed, checked and committed."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "src/**/*_test.py", "**/*.sql", session=alice, check=True)
    assert repo.coord("check", "src/a.py", session=bob).status == 0
    assert repo.coord("claim", "src/a.py", session=bob).status == 0
    assert repo.commit("src/b.py", session=bob).status == 0
    assert repo.coord("check", "src/deep/a_test.py", session=bob).status == 1
    assert repo.coord("claim", "src/deep/A_Test.py", session=bob).status == 1


def test_what_became_a_directory_is_still_released_by_its_name(repo: Repo) -> None:
    """A claim of a file to be, or of a directory that is gone, is given up by the path that was claimed."""
    me = repo.start("alice")
    repo.coord("claim", "src/new", session=me, check=True)
    repo.coord("claim", "gone/", session=me, check=True)
    (repo.top / "src/new").mkdir()
    repo.write("gone")
    given = repo.coord("release", "src/new", "gone", "--json", session=me)
    assert [item["scope"] for item in given.json["released"]] == ["src/new", "gone"]


def test_override_takes_only_what_it_wants(repo: Repo) -> None:
    """The answer names what was taken, the old holder is told that, and the rest stays with it under its token."""
    alice, bob, carol = repo.start("alice"), repo.start("bob"), repo.start("carol")
    first = repo.coord("claim", "src/a.py", "docs", "slot:deploy", "-m", "big", "--json", session=alice).json
    took = repo.coord("claim", "SRC/a.py", "--override", "-m", "hotfix", "--json", session=bob).json["took_over"]
    assert [(item["scope"], item["session"]) for item in took] == [("src/a.py", alice)]
    told = repo.coord("claims", "--mine", "--json", session=alice).json
    assert [(item["scope"], item["token"]) for item in told["claims"]] == [
        ("docs", first["token"]), ("slot:deploy", first["token"])
    ]  # fmt: skip
    (warning,) = [text for text in told["warnings"] if "overrode" in text]
    assert "your claim on src/a.py at" in warning
    assert repo.coord("inbox", session=alice).out.count("overrode your claim on src/a.py\n") == 1
    assert repo.coord("claim", "docs", "slot:deploy", session=carol).status == 1
    refused = repo.coord("release", "src/a.py", session=alice)
    assert (refused.status, "is no longer yours: bob took it over at" in refused.err) == (1, True)
    assert repo.coord("release", "docs", "slot:deploy", session=alice).status == 0
