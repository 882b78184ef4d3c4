"""Snapshots of uncommitted work: everything is kept apart, nothing of the user's is touched."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Repo
from support.torture import killed, skip_unless_killed

from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def me(repo: Repo) -> str:
    """A session."""
    return str(repo.here("start", "ana", "--json", check=True).json["session"])


def users(repo: Repo) -> dict[str, Any]:
    """Everything of the user's: every file with its bytes and mode, the index, the refs, the stash, HEAD."""
    git_dir = Path(repo.git("rev-parse", "--absolute-git-dir"))
    found: dict[str, Any] = {}
    for folder, folders, names in os.walk(repo.top):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            path = Path(folder, name)
            content = str(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path)] = path.lstat().st_mode, path.lstat().st_mtime_ns, content
    index = git_dir / "index"
    found["index"] = (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino) if index.exists() else None
    listed = repo.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    found["refs"] = [line for line in listed if not line.startswith("refs/coord")]
    found["others"] = sorted(path.name for path in git_dir.iterdir() if path.name not in ("coord", "objects", "refs"))
    found["head"] = (git_dir / "HEAD").read_text()
    return found


def status(repo: Repo) -> list[str]:
    """What git says of the worktree."""
    out = repo.git("status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all")
    return sorted(out.split("\0"))


def snapshot(repo: Repo, *words: str, session: str = "") -> dict[str, Any]:
    """Run the command, which must succeed; returns its JSON."""
    return repo.here("snapshot", *words, "--json", session=session, check=True).json


def left(answer: dict[str, Any]) -> dict[str, str]:
    """What was left out, and why."""
    return {one["path"]: one["why"] for one in answer["left"]}


def untouched(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Take a snapshot, which changes nothing of the user's."""
    before = users(repo)
    answer = snapshot(repo, *words, session=session)
    assert users(repo) == before
    return answer


def elsewhere(repo: Repo, name: str = "beside") -> Repo:
    """A worktree of the same commit, on a branch of its own."""
    return repo.worktree(name)


def change_everything(repo: Repo) -> None:
    """Every kind of change that git knows of, side by side."""
    repo.write("run.sh", "echo\n")
    repo.write("gone.py")
    repo.write("dropped.py")
    (repo.top / "link").symlink_to("src/a.py")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "more", GIT_COORD_SESSION="nobody")
    repo.write("src/a.py", "staged\n")
    repo.git("add", "src/a.py")
    repo.write("src/a.py", "staged\nand more\n")
    repo.git("mv", "src/b.py", "src/moved.py")
    (repo.top / "run.sh").chmod(0o755)
    (repo.top / "gone.py").unlink()
    repo.git("rm", "-q", "--cached", "dropped.py")
    (repo.top / "link").unlink()
    (repo.top / "link").symlink_to("docs")
    repo.write("new.py", "new\n")
    repo.write("intent.py", "will be added\n")
    repo.git("add", "-N", "intent.py")
    repo.write("added.py", "added\n")
    repo.git("add", "added.py")


def test_staged_unstaged_and_new_come_back_apart(repo: Repo, me: str) -> None:
    """In another worktree of the same commit git says the same, except of what was deleted, which stays."""
    repo.git("config", "coord.guard", "off")
    change_everything(repo)
    taken = untouched(repo, me, "-m", "before lunch")
    assert taken["result"] == "taken"
    assert taken["left"] == []
    there = elsewhere(repo)
    before = users(there)
    seen = snapshot(there, "--restore", taken["snapshot"]["id"][:10], session=me)
    assert seen["result"] == "preview"
    assert users(there) == before, "a preview writes nothing"
    done = snapshot(there, "--restore", taken["snapshot"]["id"], "--apply", session=me)
    assert done["result"] == "restored"
    assert done["steps"] == seen["steps"], "it does what it said"
    deleted = {"gone.py", "src/b.py"}
    assert {one["path"] for one in done["steps"] if one["file"] == "deleted"} == deleted
    for name in deleted:
        assert (there.top / name).exists()
        (there.top / name).unlink()
    there.git("rm", "-q", "--cached", "src/b.py")
    assert status(there) == status(repo)
    assert (there.top / "src/a.py").read_text() == "staged\nand more\n"
    assert there.git("show", ":src/a.py") == "staged"
    assert (there.top / "link").readlink() == Path("docs")
    again = snapshot(there, "--restore", taken["snapshot"]["id"], "--apply", session=me)
    assert {(one["file"], one["index"]) for one in again["steps"]} == {("same", "same")}


def test_restore_overwrites_no_change_and_deletes_nothing(repo: Repo, me: str) -> None:
    """A file that was changed, staged or made here stays as it is, and is named; exit status 1."""
    repo.write("src/a.py", "theirs\n")
    repo.write("src/b.py", "theirs\n")
    repo.write("new.py", "theirs\n")
    repo.write("fine.py", "theirs\n")
    (repo.top / "docs/guide.md").unlink()
    taken = snapshot(repo, session=me)
    there = elsewhere(repo)
    there.write("src/a.py", "mine\n")
    there.write("src/b.py", "mine\n")
    there.git("add", "src/b.py")
    there.write("new.py", "mine\n")
    ran = there.here("snapshot", "--restore", taken["snapshot"]["id"], "--apply", "--json", session=me)
    assert (ran.status, ran.json["reason"], ran.json["result"]) == (1, "stale", "partly")
    assert {one["path"]: one["file"] for one in ran.json["steps"]} == {
        "docs/guide.md": "deleted",
        "fine.py": "write",
        "new.py": "changed",
        "src/a.py": "changed",
        "src/b.py": "changed",
    }
    for name in ("src/a.py", "src/b.py", "new.py"):
        assert (there.top / name).read_text() == "mine\n"
    assert (there.top / "fine.py").read_text() == "theirs\n"
    assert (there.top / "docs/guide.md").exists()


def test_directory_in_the_place_of_a_file(repo: Repo, me: str) -> None:
    """The file is gone and what is in the directory is new; nothing is left out, and a file elsewhere is kept."""
    repo.git("config", "coord.guard", "off")
    (repo.top / "src/a.py").unlink()
    repo.write("src/a.py/new", "new\n")
    taken = snapshot(repo, session=me)
    assert (taken["left"], set(taken["snapshot"]["paths"])) == ([], {"src/a.py", "src/a.py/new"})
    there = elsewhere(repo)
    done = there.here("snapshot", "--restore", taken["snapshot"]["id"], "--apply", "--json", session=me)
    did = {one["path"]: one["file"] for one in done.json["steps"]}
    assert did == {"src/a.py": "deleted", "src/a.py/new": "changed"}


def test_restore_writes_over_no_newer_commit(repo: Repo, me: str) -> None:
    """What has been committed since the snapshot was taken is a change, too."""
    repo.write("src/a.py", "kept\n")
    taken = snapshot(repo, session=me)
    repo.git("checkout", "-q", "--", "src/a.py")
    repo.commit("src/a.py", session=me, check=True)
    steps = snapshot(repo, "--restore", taken["snapshot"]["id"], session=me)["steps"]
    assert [(one["path"], one["file"]) for one in steps] == [("src/a.py", "changed")]


def test_restore_follows_no_link_out_of_the_working_tree(repo: Repo, me: str, tmp_path: Path) -> None:
    """Where a directory of the snapshot is a link by now, nothing is written through it."""
    repo.write("sub/new.py", "content\n")
    taken = snapshot(repo, session=me)
    there = elsewhere(repo)
    away = tmp_path / "away"
    away.mkdir()
    (there.top / "sub").symlink_to(away)
    ran = there.here("snapshot", "--restore", taken["snapshot"]["id"], "--apply", "--json", session=me)
    assert ran.json["steps"][0]["file"] == "changed"
    assert list(away.iterdir()) == []


def test_merge_in_progress_keeps_its_versions(repo: Repo, me: str) -> None:
    """Of an unmerged path all three versions are kept, and come back as unmerged."""
    repo.git("config", "coord.guard", "off")
    there = elsewhere(repo)
    repo.commit("src/a.py", message="ours", check=True)
    there.commit("src/a.py", message="theirs", check=True)
    assert repo.run("git", "merge", "-q", "beside", check=False).status != 0
    taken = untouched(repo, me)
    assert taken["snapshot"]["under_way"] == "merge"
    stages = repo.git("ls-files", "-u")
    again = repo.worktree("again")
    again.git("checkout", "-q", "--detach", taken["snapshot"]["head"])
    done = snapshot(again, "--restore", taken["snapshot"]["id"], "--apply", session=me)
    assert done["result"] == "restored"
    assert again.git("ls-files", "-u") == stages
    assert "<<<<<<<" in (again.top / "src/a.py").read_text()


def test_what_is_left_out_is_named(repo: Repo, me: str) -> None:
    """Secrets, huge new files, nested repositories and bursts are not taken, and none of them silently."""
    repo.write(".gitignore", "ignored/\n*.log\n")
    repo.git("add", ".gitignore")
    repo.write("ignored/x")
    repo.write("y.log")
    repo.write(".env", "KEY=1\n")
    repo.write("deploy/server.pem")
    repo.write(".env.example")
    (repo.top / "huge.bin").write_bytes(b"x" * ((1 << 20) + 1))
    (repo.top / "largest.bin").write_bytes(b"x" * (1 << 20))
    repo.git("init", "-q", "inner")
    repo.write("inner/file")
    for number in range(501):
        repo.write(f"burst/{number // 100}/{number}")
    repo.write("src/a.py", "changed\n")
    taken = untouched(repo, me)
    assert left(taken) == {
        ".env": "secret",
        "deploy/server.pem": "secret",
        "huge.bin": "large",
        "inner/": "nested",
        "burst/": "many",
    }
    assert next(one for one in taken["left"] if one["why"] == "many")["files"] == 501
    assert taken["snapshot"]["paths"] == [".gitignore", "src/a.py", ".env.example", "largest.bin"]
    assert taken["snapshot"]["left"] == taken["left"], "it says so later, too"
    said = repo.here("snapshot", session=me).out
    assert "left out: .env: the name looks like that of a secret" in said
    assert "left out: burst/: 501 new files at once" in said
    wanted = snapshot(repo, "--include", ".env", "--include", "huge.bin", "--include", "burst", session=me)
    assert left(wanted) == {"deploy/server.pem": "secret", "inner/": "nested"}
    assert len(wanted["snapshot"]["paths"]) == 507
    odd = snapshot(repo, "--include", "y.log", session=me)
    assert "what git ignores is not taken" in odd["warnings"][0]


def test_secret_that_is_staged_or_known_is_left_out_too(repo: Repo, me: str) -> None:
    """A name that looks like a secret is not kept, wherever the change stands."""
    repo.write("a.key", "1\n")
    repo.git("add", "a.key")
    only = untouched(repo, me)
    assert (only["result"], left(only), only["snapshot"]) == ("nothing", {"a.key": "secret"}, None)


def test_new_files_in_a_known_directory_are_a_burst_of_their_own(repo: Repo, me: str) -> None:
    """501 new files beside known ones are left out; the new files of other directories are not."""
    for number in range(501):
        repo.write(f"src/{number}.tmp")
    repo.write("docs/new.md")
    taken = untouched(repo, me)
    assert left(taken) == {"src/": "many"}
    assert taken["snapshot"]["paths"] == ["docs/new.md"]


def test_submodules_are_recorded_or_named(repo: Repo, me: str, tmp_path: Path) -> None:
    """A submodule at another commit is recorded; what was changed inside of it is named."""
    inner = Repo(tmp_path / "inner", repo.env)
    inner.top.mkdir()
    inner.git("init", "-q")
    inner.write("file")
    inner.git("add", ".")
    inner.git("commit", "-q", "-m", "one")
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.top), "mod")
    repo.git("commit", "-q", "-m", "mod", GIT_COORD_SESSION=me)
    module = Repo(repo.top / "mod", repo.env)
    module.write("file", "more\n")
    module.git("commit", "-q", "-a", "-m", "two")
    module.write("file", "and more\n")
    taken = untouched(repo, me)
    assert left(taken) == {"mod": "submodule"}
    assert taken["snapshot"]["paths"] == ["mod"]
    manifest = repo.git("show", f"{taken['snapshot']['id']}:snapshot.json")
    assert module.git("rev-parse", "HEAD") in manifest
    there = elsewhere(repo)
    steps = snapshot(there, "--restore", taken["snapshot"]["id"], "--apply", session=me)["steps"]
    assert [one["file"] for one in steps] == ["submodule"]


def test_hostile_names_are_names(repo: Repo, me: str) -> None:
    """Line ends, quotes, dashes, bytes that are not UTF-8: each file is kept under its name and comes back."""
    names = [b"line\nend", b'"quoted"', b"-rf", b"caf\xe9", b" blank ", b"tab\there", b"back\\slash", b":(top)x"]
    for name in names:
        Path(os.fsdecode(os.fsencode(repo.top) + b"/" + name)).write_bytes(name)
    taken = untouched(repo, me)
    assert len(taken["snapshot"]["paths"]) == len(names)
    assert "\n" not in repo.here("snapshot", "--list", session=me).out.splitlines()[1]
    there = elsewhere(repo)
    snapshot(there, "--restore", taken["snapshot"]["id"], "--apply", session=me)
    for name in names:
        assert Path(os.fsdecode(os.fsencode(there.top) + b"/" + name)).read_bytes() == name


def test_content_goes_through_filters(repo: Repo, me: str) -> None:
    """What git would add is kept, and what git would check out is restored."""
    repo.write(".gitattributes", "*.up filter=upper\n")
    repo.git("add", ".gitattributes")
    repo.git("commit", "-q", "-m", "filter", GIT_COORD_SESSION=me)
    repo.git("config", "filter.upper.clean", "tr a-z A-Z")
    repo.git("config", "filter.upper.smudge", "tr A-Z a-z")
    repo.write("x.up", "hello\n")
    taken = untouched(repo, me)
    assert repo.git("show", f"{taken['snapshot']['id']}:files/x.up") == "HELLO"
    there = elsewhere(repo)
    snapshot(there, "--restore", taken["snapshot"]["id"], "--apply", session=me)
    assert (there.top / "x.up").read_text() == "hello\n"


def test_shared_index_of_others_is_left_alone(repo: Repo, me: str) -> None:
    """While others commit and stage at once, a snapshot never shows what they committed as a change."""
    repo.write("src/a.py", "mine\n")
    script = (
        "i=0; while [ ! -e ../stop ]; do i=$((i+1)); echo $i > busy.py; git add busy.py;"
        " git -c coord.guard=off commit -q -m $i busy.py; done"
    )
    other = subprocess.Popen(["sh", "-c", script], cwd=repo.top, env=repo.env)
    try:
        time.sleep(0.3)
        seen = [repo.here("snapshot", "--json", session=me) for _ in range(8)]
    finally:
        (repo.top.parent / "stop").touch()
        other.wait()
    took = [ran.json for ran in seen if ran.status == 0]
    assert took, [ran.err for ran in seen]
    for answer in took:
        assert set(answer["snapshot"]["paths"]) <= {"src/a.py", "busy.py"}
        manifest = json.loads(repo.git("show", f"{answer['snapshot']['id']}:snapshot.json"))
        for version in manifest["paths"]:
            if version["path"] == "busy.py" and "head" in version:
                head, index = (int(repo.git("cat-file", "blob", version[part][1])) for part in ("head", "index"))
                assert index >= head, "the index before a commit, compared with HEAD after it"


def test_nothing_to_keep_is_no_error(repo: Repo, me: str) -> None:
    """A clean worktree answers that it is clean and keeps nothing."""
    answer = untouched(repo, me)
    assert (answer["result"], answer["snapshot"]) == ("clean", None)
    assert snapshot(repo, "--list", session=me)["snapshots"] == []


def test_before_the_first_commit(tmp_path: Path, env: dict[str, str]) -> None:
    """Without HEAD everything is new, staged or not."""
    repo = Repo(tmp_path / "empty", env)
    repo.top.mkdir()
    repo.git("init", "-q")
    repo.here("init", check=True)
    repo.write("a", "staged\n")
    repo.git("add", "a")
    repo.write("b", "new\n")
    taken = untouched(repo, "")
    assert (taken["snapshot"]["head"], taken["snapshot"]["paths"]) == ("", ["a", "b"])
    for name in ("a", "b"):
        (repo.top / name).unlink()
    repo.git("rm", "-q", "--cached", "a")
    snapshot(repo, "--restore", taken["snapshot"]["id"], "--apply")
    assert repo.git("status", "--porcelain").split() == ["A", "a", "??", "b"]


def test_the_last_ten_are_kept_and_the_same_work_once(repo: Repo, me: str) -> None:
    """An eleventh snapshot takes the place of the first; one of the same work is the one that is there."""
    ids = []
    for number in range(11):
        repo.write("src/a.py", f"{number}\n")
        ids.append(snapshot(repo, session=me)["snapshot"]["id"])
    assert snapshot(repo, session=me)["snapshot"]["id"] == ids[-1]
    listed = [one["id"] for one in snapshot(repo, "--list", session=me)["snapshots"]]
    assert set(listed) == set(ids[1:])
    missing = repo.here("snapshot", "--restore", ids[0], "--json", session=me)
    assert (missing.status, missing.json["reason"]) == (1, "not_found")


def test_snapshots_outlive_the_refs_of_their_session(repo: Repo, me: str) -> None:
    """After the end of the session, `gc`, and git's own gc the snapshot is restored by another session."""
    repo.write("src/a.py", "kept\n")
    taken = snapshot(repo, session=me)
    repo.here("end", session=me, check=True)
    repo.here("gc", check=True)
    assert repo.git("for-each-ref", f"refs/coord/sessions/{me}") == ""
    repo.git("gc", "-q", "--prune=now")
    there = elsewhere(repo)
    snapshot(there, "--restore", taken["snapshot"]["id"], "--apply")
    assert (there.top / "src/a.py").read_text() == "kept\n"


def test_snapshots_of_long_ended_sessions_go(repo: Repo, me: str) -> None:
    """A month after the session's end `gc` drops its snapshots."""
    from conftest import ManualClock

    from gitcoord.domain.message import files
    from gitcoord.domain.snapshot import shelf

    repo.write("src/a.py", "kept\n")
    snapshot(repo, session=me)
    repo.here("end", session=me, check=True)
    clock = ManualClock()
    workspace = repo.workspace(clock)
    files.drop_over(workspace, shelf.REFS)
    assert shelf.newest(workspace, SessionId(me)) is not None
    clock.pass_by(files.KEPT + 60)
    files.drop_over(workspace, shelf.REFS)
    assert shelf.newest(workspace, SessionId(me)) is None
    workspace.ledger.store.close()


def test_size_is_capped_by_the_configuration(repo: Repo, me: str) -> None:
    """What does not fit any more is left out and named; known files come before new ones."""
    repo.git("config", "coord.snapshotMax", "1k")
    repo.write("src/a.py", "x" * 600)
    repo.write("new.py", "x" * 600)
    taken = untouched(repo, me)
    assert taken["snapshot"]["paths"] == ["src/a.py"]
    assert left(taken) == {"new.py": "full"}
    repo.git("config", "coord.snapshotMax", "much")
    assert repo.here("snapshot", session=me).status == 2


def test_snapshots_can_be_turned_off(repo: Repo, me: str) -> None:
    """With `coord.snapshot=false` the command refuses and says how to turn them on."""
    repo.git("config", "coord.snapshot", "false")
    repo.write("src/a.py", "changed\n")
    ran = repo.here("snapshot", "--json", session=me)
    assert (ran.status, ran.json["reason"]) == (1, "forbidden")
    assert repo.git("for-each-ref", "refs/coord/snapshots") == ""


def test_store_of_its_own_holds_the_content(bare_repo: Repo) -> None:
    """With another repository as store nothing is written to the work repository, and the snapshot is whole."""
    bare_repo.here("init", "--store", "separate", check=True)
    before = _objects(bare_repo)
    bare_repo.write("src/a.py", "kept\n")
    bare_repo.git("add", "src/a.py")
    staged = _objects(bare_repo) - before
    bare_repo.write("src/a.py", "kept, too\n")
    (bare_repo.top / "link").symlink_to("src")
    taken = untouched(bare_repo, "")
    assert _objects(bare_repo) - before == staged
    store = bare_repo.top / ".git/coord/store.git"
    assert bare_repo.git(f"--git-dir={store}", "show", f"{taken['snapshot']['id']}:files/src/a.py") == "kept, too"
    bare_repo.git(f"--git-dir={store}", "fsck", "--strict")
    there = elsewhere(bare_repo)
    snapshot(there, "--restore", taken["snapshot"]["id"], "--apply")
    assert there.git("show", ":src/a.py") == "kept"
    assert (there.top / "src/a.py").read_text() == "kept, too\n"
    assert (there.top / "link").readlink() == Path("src")


def _objects(repo: Repo) -> set[str]:
    return {path.name for path in (repo.top / ".git/objects").rglob("*") if path.is_file()}


def _kills() -> Iterator[list[str]]:
    calls = "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir"
    for when in range(1, 200):
        yield killed(calls, when)


@pytest.mark.slow
def test_killed_at_each_step_nothing_of_the_users_is_changed(repo: Repo, me: str, tmp_path: Path) -> None:
    """Whenever it dies, files, index, stash and refs are as before, and the next one works."""
    skip_unless_killed(tmp_path)
    repo.write("src/a.py", "staged\n")
    repo.git("add", "src/a.py")
    repo.write("src/a.py", "and more\n")
    repo.write("new.py")
    deaths = 0
    before = users(repo)
    for at, argv in enumerate(_kills()):
        if at > 6 and at % 3:
            continue
        ran = repo.run(*argv, "git-coord", "snapshot", "-m", f"try {at}", check=False, GIT_COORD_SESSION=me)
        assert users(repo) == before
        if ran.status == 0:
            break
        deaths += 1
    assert deaths > 3, "strace may not inject signals here" if not deaths else "it is over too soon"
    taken = snapshot(repo, "-m", "at last", session=me)
    assert taken["snapshot"]["paths"] == ["src/a.py", "new.py"]


@pytest.mark.slow
def test_restore_that_is_killed_loses_nothing(repo: Repo, me: str, tmp_path: Path) -> None:
    """Whenever a restore dies, each file is as before or as in the snapshot, and the next restore ends it."""
    skip_unless_killed(tmp_path)
    repo.write("src/a.py", "staged\n")
    repo.git("add", "src/a.py")
    repo.write("src/b.py", "changed\n")
    repo.write("new.py", "new\n")
    name = snapshot(repo, session=me)["snapshot"]["id"]
    want = status(repo)
    there = elsewhere(repo)
    old = {path: (there.top / path).read_text() for path in ("src/a.py", "src/b.py")}
    new = {"src/a.py": "staged\n", "src/b.py": "changed\n"}
    deaths = 0
    for at, argv in enumerate(_kills()):
        if at > 6 and at % 2:
            continue
        there.git("reset", "-q", "--hard")
        (there.top / "new.py").unlink(missing_ok=True)
        argv = [*argv, "git-coord", "snapshot", "--restore", name, "--apply"]
        ran = there.run(*argv, check=False, GIT_COORD_SESSION=me)
        for path, content in old.items():
            assert (there.top / path).read_text() in (content, new[path])
        Path(there.git("rev-parse", "--absolute-git-dir"), "index.lock").unlink(missing_ok=True)
        assert snapshot(there, "--restore", name, "--apply", session=me)["result"] == "restored"
        assert status(there) == want
        if ran.status == 0:
            break
        deaths += 1
    assert deaths > 3


def test_damaged_snapshot_is_left_out_of_the_list(repo: Repo, me: str) -> None:
    """A ref of snapshots that names something else stops neither the list nor the next snapshot."""
    repo.git("update-ref", f"refs/coord/snapshots/{me}", repo.git("rev-parse", "HEAD"))
    assert snapshot(repo, "--list", session=me)["snapshots"] == []
    repo.write("src/a.py", "changed\n")
    taken = snapshot(repo, session=me)
    assert [one["id"] for one in snapshot(repo, "--list", session=me)["snapshots"]] == [taken["snapshot"]["id"]]
