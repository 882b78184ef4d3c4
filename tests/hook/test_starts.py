"""How often a commit starts Python: at most once, never where all is known; and what is looked at twice."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.judged import Judged
from support.waiting import until

from gitcoord.guard import record, view
from gitcoord.guard.claims import Claims
from gitcoord.guard.snapshot import Snapshot
from gitcoord.hook import claimed
from gitcoord.hook.context import Context
from gitcoord.kernel.git import Git
from gitcoord.policy import layout
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo


class Counted:
    """A repository with real hooks that write down each Python they start."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.coord = repo.top / ".git" / "coord"
        self._log = repo.top.parent / "starts"
        shell = self.coord / "hooks" / "common.sh"
        text = shell.read_text()
        python = text.partition("\npython=")[2].partition("\n")[0]
        counting = repo.top.parent / "counting"
        counting.write_text(f'#!/bin/sh\necho "$5" >>{shlex.quote(str(self._log))}\nexec {python} "$@"\n')
        counting.chmod(0o755)
        shell.write_text(text.replace(f"python={python}", f"python={shlex.quote(str(counting))}"))

    def starts(self) -> list[str]:
        """The hooks that started Python since this was last asked."""
        found = self._log.read_text().split() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return found

    def before(self, script: str) -> None:
        """Let another pre-commit hook run this script, behind ours."""
        path = self.repo.top / ".git" / "hooks" / "pre-commit"
        if path.exists():  # our own, where git knows no hooks of the configuration
            path = path.with_name("pre-commit.before-coord")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def note(self, tree: Repo | None = None) -> str:
        """The note on HEAD, of a linked worktree or of the main one; what is owed is written first."""
        repo = tree or self.repo
        view.settle(Git(repo.env, cwd=str(repo.top)), str(self.coord))
        return repo.git("notes", "--ref=coord", "show", "HEAD", check=False)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let whoever writes notes wait for the end of this, instead of a second."""
        hook, fifo = self.coord / "hooks" / "post-commit", self.repo.top.parent / "held"
        text = hook.read_text()
        assert text.count("sleep 1;") == 1
        hook.write_text(text.replace("sleep 1;", f"read held <{shlex.quote(str(fifo))};"))
        os.mkfifo(fifo)
        yield
        hook.write_text(text)
        os.close(os.open(fifo, os.O_RDWR))

    @property
    def writer(self) -> int:
        """The process that writes the notes."""
        return int((self.coord / "notes.writer").read_text().split()[0])

    def on_record(self, commit: str = "") -> list[str]:
        """What this clone's record says of HEAD, or of another commit."""
        return record.read(str(self.coord)).get(Oid(commit or self.repo.git("rev-parse", "HEAD")), [])


@pytest.fixture
def counted(repo: Repo) -> Counted:
    """A repository with two sessions, bob and eve, in which bob claims `src`; without a name nobody of them commits."""
    repo.start("bob")
    repo.start("eve")
    repo.coord("claim", "src", session="bob", check=True)
    before = time.time() - 1
    for file in ("roster", "clone"):  # what is younger than a tenth of a second a guard takes for newer
        os.utime(repo.top / ".git" / "coord" / file, (before, before))
    return Counted(repo)


def test_a_commit_of_free_paths_starts_none(counted: Counted) -> None:
    """The first finds out which paths are claimed, the next ones know; a claim makes it ask again."""
    repo = counted.repo
    (counted.coord / "roster").write_text("")  # no session lives here: no note is due
    repo.commit("docs/guide.md", check=True)
    assert counted.starts() == ["pre-commit"]
    repo.commit("docs/guide.md", "docs/[new]", check=True)
    assert counted.starts() == []
    assert repo.commit("docs/guide.md", "SRC/a.py").status == 1
    repo.git("reset", "-q", "--hard")
    assert counted.starts() == ["pre-commit"]
    repo.coord("claim", "docs/*.md", session="eve", check=True)
    assert repo.commit("docs/guide.md").status == 1


def test_a_commit_of_a_session_starts_one(counted: Counted) -> None:
    """What it claims itself and what nobody claims; the note is the one that Python writes behind the commit.

    Then none, as long as the environment names it and nothing else has happened.
    """
    repo = counted.repo
    repo.commit("src/a.py", session="bob", check=True)
    assert counted.starts() == ["pre-commit"]
    written = counted.note()
    assert counted.on_record() == written.splitlines()
    repo.git("notes", "--ref=coord", "remove", "HEAD")
    (counted.coord / record.OWN).write_text("")
    repo.run("sh", ".git/coord/hooks/post-commit", GIT_COORD_SESSION="bob")
    assert counted.starts() == ["post-commit"]
    assert counted.note() == written
    assert counted.on_record() == written.splitlines()
    assert "Coord-Claim: " in written
    repo.commit("docs/guide.md", session="bob", check=True)
    counted.starts()
    repo.commit("docs/guide.md", session="bob", check=True)
    assert counted.starts() == []
    assert counted.note().splitlines() == written.splitlines()[:2]
    repo.commit("docs/guide.md", "src/a.py", session="bob", check=True)
    assert counted.starts() == []
    assert counted.note() == written
    assert counted.on_record() == written.splitlines()


def test_what_a_command_claims_is_known_to_the_next_commit(counted: Counted) -> None:
    """Where the environment names the session: the command writes down what a guard would have found out."""
    repo = counted.repo
    repo.commit("src/a.py", session="bob", check=True)
    counted.starts()
    repo.coord("claim", "docs", session="bob", check=True)
    repo.commit("docs/guide.md", "src/a.py", session="bob", check=True)
    assert counted.starts() == []
    assert counted.note().count("Coord-Claim: ") == 2
    repo.coord("release", "docs", session="bob", check=True)
    repo.coord("claim", "docs", session="eve", check=True)
    assert repo.commit("docs/guide.md", session="bob").status == 1


@pytest.mark.parametrize("place", ["damaged", "detached", "gone", "taken"])
def test_the_shell_records_the_maker(counted: Counted, place: str) -> None:
    """Behind a line that was cut short, and of a detached HEAD; where it cannot, Python does it or says why."""
    repo, kept = counted.repo, counted.coord / record.OWN
    repo.commit("src/a.py", session="bob", check=True)
    counted.starts()
    if place == "damaged":
        kept.write_text("a line that was cut")
    elif place == "detached":
        repo.git("checkout", "-q", "--detach")
    elif place == "taken":
        kept.unlink()
        kept.mkdir()
    else:
        counted.before(f"rm -f {kept}")
    said = repo.commit("src/a.py", session="bob", check=True)
    if place == "taken":
        assert "cannot record the maker of a commit" in said.err
    else:
        assert counted.on_record()[0].startswith("Coord-Session: bob-")
    assert "Coord-Session: bob-" in counted.note()


def test_another_commit_at_once_takes_the_word_away(counted: Counted) -> None:
    """Another git in this worktree looked later: what it leaves says nothing of the index that the first one saw."""
    repo = counted.repo
    repo.coord("claim", "docs", session="eve", check=True)
    counted.before(
        "word=$(cat .git/coord/passed/main)\n"
        "echo stolen >src/a.py && git add src/a.py\n"
        "sleep 0.02\n"
        "echo 1 >.git/coord/passed/main.since\n"
        'echo "$word" >.git/coord/passed/main'
    )
    said = repo.commit("docs/guide.md", session="eve")
    assert (said.status, "bob" in said.err) == (1, True)


def test_an_amend_has_all_its_claims_noted(counted: Counted) -> None:
    """The guard of an amend sees only what it adds: its word is not the note of the whole commit."""
    repo = counted.repo
    repo.coord("claim", "docs", session="bob", check=True)
    repo.commit("src/a.py", session="bob", check=True)
    repo.write("docs/guide.md", "more\n")
    repo.git("add", "docs/guide.md")
    repo.git("commit", "-q", "--amend", "-m", "both", GIT_COORD_SESSION="bob")
    assert counted.note().count("Coord-Claim: ") == 2


def test_what_another_hook_stages_is_looked_at(counted: Counted) -> None:
    """A pre-commit hook behind ours adds what bob claims: prepare-commit-msg does not go by our first look."""
    repo = counted.repo
    repo.coord("claim", "docs", session="eve", check=True)
    counted.before("echo stolen >src/a.py && git add src/a.py")
    said = repo.commit("docs/guide.md", session="eve")
    assert (said.status, "bob" in said.err) == (1, True)
    assert counted.starts() == ["pre-commit", "prepare-commit-msg"]


def test_a_claim_in_between_is_looked_at(counted: Counted) -> None:
    """Somebody claims what is staged while another pre-commit hook runs."""
    repo = counted.repo
    counted.before("GIT_COORD_SESSION=eve git coord claim docs >/dev/null")
    said = repo.commit("docs/guide.md", session="bob")
    assert (said.status, "eve" in said.err) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "emptied", "garbage", "directory"])
def test_a_damaged_file_of_patterns_lets_nothing_through(counted: Counted, damage: str) -> None:
    """Then Python decides, and makes it anew where it can."""
    repo = counted.repo
    repo.commit("docs/guide.md", check=True)
    file = counted.coord / "claimed"
    lines = file.read_text().splitlines(keepends=True)
    if damage == "directory":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes({"cut": lines[0].encode(), "emptied": b"", "garbage": b"\0\xff\n" * 9}[damage])
    assert repo.commit("src/a.py").status == 1
    repo.git("reset", "-q", "--hard")
    repo.commit("docs/guide.md", check=True)
    assert damage == "directory" or file.read_text() == "".join(lines)


def test_a_hook_killed_behind_a_commit_leaves_it_without_a_maker(counted: Counted) -> None:
    """What the guard left for that commit is not taken for the next one's. Without a maker a push judges it."""
    repo = counted.repo
    repo.commit("src/a.py", session="bob", check=True)
    hook = counted.coord / "hooks" / "post-commit"
    text = hook.read_text()
    hook.write_text("#!/bin/sh\nexit 0\n")
    repo.commit("src/a.py", session="bob", check=True)
    lost = repo.git("rev-parse", "HEAD")
    hook.write_text(text)
    repo.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "empty", GIT_COORD_SESSION="bob")
    assert counted.on_record(lost) == []
    assert [line.partition(":")[0] for line in counted.on_record()] == ["Coord-Session", "Coord-Name"]


def test_a_linked_worktree_has_its_own_word(counted: Counted) -> None:
    """The hooks of a linked worktree find what its own guard left, not the main one's."""
    other = counted.repo.worktree("topic")
    other.write("src/a.py", "y\n")
    other.git("add", ".")
    counted.starts()
    other.git("commit", "-q", "-m", "there", GIT_COORD_SESSION="bob")
    assert counted.starts() == ["pre-commit"]
    assert counted.on_record(other.git("rev-parse", "HEAD"))[0].startswith("Coord-Session: bob-")
    assert "Coord-Claim: " in counted.note(other)


def test_nobody_waits_for_the_notes(counted: Counted) -> None:
    """They are written later, by one process for all commits until then, which keeps nothing open."""
    repo = counted.repo
    with counted.held():
        repo.commit("src/a.py", session="bob", check=True)
        process = Path("/proc", str(counted.writer))
        for _ in range(2):
            repo.commit("src/a.py", session="bob", check=True)
        assert str(counted.writer) == process.name
        assert {str(fd.readlink()) for fd in (process / "fd").iterdir()} <= {os.devnull}
        assert str((process / "cwd").readlink()) == "/"
        assert counted.on_record()[0].startswith("Coord-Session: bob-")
        assert counted.starts() == ["pre-commit"]
    until(lambda: len(repo.git("notes", "--ref=coord", "list", check=False).splitlines()) == 3)
    assert repo.git("notes", "--ref=coord", "show", "HEAD").splitlines() == counted.on_record()


def test_the_notes_of_a_killed_writer_come_with_the_next_command(counted: Counted) -> None:
    """They are owed."""
    repo = counted.repo
    with counted.held():
        for _ in range(2):
            repo.commit("src/a.py", session="bob", check=True)
        os.kill(counted.writer, signal.SIGKILL)
        repo.coord("whoami", session="bob", check=True)
    assert len(repo.git("notes", "--ref=coord", "list").splitlines()) == 2
    assert repo.git("notes", "--ref=coord", "show", "HEAD").splitlines() == counted.on_record()


@pytest.mark.parametrize("age", ["young", "old"])
def test_where_nobody_reaps_the_commit_waits(counted: Counted, age: str) -> None:
    """In a container without an init a writer stays as a zombie: then no more are left behind."""
    repo, said = counted.repo, counted.coord / "notes.writer"
    place = repo.top.parent
    (place / "stat").write_text(f"1 (sh) Z{' 0' * 18} {'0' if age == 'old' else '9' * 15} 0\n")
    record.begin(str(counted.coord))
    said.write_text(f"..{place}\n")
    with counted.held():
        repo.commit("src/a.py", session="bob", check=True)
        written = repo.git("notes", "--ref=coord", "show", "HEAD", check=False)
        assert written.splitlines() == (counted.on_record() if age == "old" else [])
        assert said.read_text().startswith(f"..{place}")


def test_a_repository_may_be_removed_at_once(counted: Counted) -> None:
    """The writer makes nothing anew."""
    with counted.held():
        counted.repo.commit("src/a.py", session="bob", check=True)
        process = Path("/proc", str(counted.writer), "cmdline")
        hooks = counted.coord / "hooks"
        shutil.copytree(hooks, kept := counted.repo.top.parent / "kept")
        shutil.rmtree(counted.repo.top)
        hooks.parent.mkdir(parents=True)
        kept.rename(hooks)
    until(lambda: not process.exists() or not process.read_bytes())  # it ended, or is a zombie
    assert list(hooks.parent.iterdir()) == [hooks]


# What the patterns take, beside what the judge says


NAMES = st.sampled_from(["a", "B", "ab", "a.py", "x y", "[a]", "a*", "a'b", "$a", "!", "^", "-", "~", "é"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
WILD = st.sampled_from(["*", "**", "?", "[ab]", "a*", "*.py", "a?", "**.py", "\\a", "[", "A", "a**"])
SCOPES = st.one_of(
    PATHS.map(lambda path: {"directory": path}),
    PATHS.map(lambda path: {"file": path}),
    st.lists(st.one_of(NAMES, WILD), min_size=1, max_size=3).map(lambda parts: {"glob": "/".join(parts)}),
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """A repository in which claims are made and taken back."""
    made = Judged(tmp_path_factory.mktemp("patterns"), {"file": "x\n"})
    yield made
    made.close()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scopes=st.lists(SCOPES, min_size=1, max_size=4), paths=st.lists(PATHS, min_size=8, max_size=30, unique=True))
def test_the_patterns_take_whatever_a_claim_concerns(
    judged: Judged, scopes: list[dict[str, str]], paths: list[str]
) -> None:
    """Never less strict than the judge: for directories, files and globs, in any case of the letters."""
    session = judged.start("bob", judged.here)
    for scope in scopes:
        judged.record(session, "claim", scopes=[scope])
    context = Context(str(judged.repo / ".git"), "", judged.env)
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        patterns = claimed.patterns(snapshot.directory(layout.PATHS))
        claims = Claims(snapshot)
        concerned = {path for path in paths if path.isascii() and any(claims.on(path))}
    finally:
        snapshot.close()
        judged.record(session, "end")
    plain = [path for path in paths if path.isascii()]
    assert concerned <= taken(patterns, plain)


def taken(patterns: list[str], paths: list[str]) -> set[str]:
    """The paths that the shell says a pattern takes."""
    script = f'{claimed.function(patterns)}\nfor path; do\n! claimed "$path" || printf "%s\\n" "$path"\ndone\n'
    ran = subprocess.run(["dash", "-c", script, "sh", *paths], capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines())


def test_the_patterns_take_no_more_than_they_must(judged: Judged) -> None:
    """Beside a claim of a directory and of some Python files, others stay free: else the file would spare nothing."""
    session = judged.start("bob", judged.here)
    for scope in ({"directory": "src/app"}, {"glob": "lib/**/*.py"}, {"file": "docs/it's [new] $x"}):
        assert judged.record(session, "claim", scopes=[scope])
    context = Context(str(judged.repo / ".git"), "", judged.env)
    snapshot = Snapshot(context.store_git, context.store_dir)
    try:
        patterns = claimed.patterns(snapshot.directory(layout.PATHS))
    finally:
        snapshot.close()
        judged.record(session, "end")
    free = ["src/app.py", "src/other/a", "lib/a.c", "docs/it's n $x", "docs/guide"]
    held = [
        "src",
        "src/APP",
        "src/app/a/b",
        "lib/a.py",
        "lib/b/c.PY",
        "docs",
        "docs/it's [new] $x",
        "docs/it's [new] $x/a",
    ]
    assert taken(patterns, free + held) == set(held)
