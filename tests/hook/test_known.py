"""What the shell lets pass without Python: never more than the judge, with the same note, and nothing in doubt."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.judged import NOW, Judged
from support.torture import drawn

from gitcoord.domain.claim import record as claim
from gitcoord.hook import main
from gitcoord.kernel import roster
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId
from gitcoord.setup.installation import shims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ASKS = """
name=pre-commit common=${1:-.git}
. "$common/coord/hooks/common.sh"
. "$common/coord/hooks/guard.sh"
start() {
    trap - EXIT
    exit 9
}
nothing_concerned && exit 0
start
"""
SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}
EACH = [sh for sh in SHELLS if shutil.which(sh)]
"""BusyBox compares times by whole seconds only: it doubts more than it needs to."""


class Asked(Judged):
    """A repository in which the shell is asked beside the judge. Its clock shows the real time."""

    def __init__(self, top: Path) -> None:
        super().__init__(top, dict.fromkeys(("src/a.py", "src/b.py", "lib/c.py", "doc", ".gitattributes"), "x\n"))
        self.git("config", "user.name", "a")
        self.git("config", "user.email", "a@b")
        shims.write(self.repo / ".git", "python", "package", "")
        self.passed = self.coord / "passed"
        self.clock.ago = NOW - int(time.time())
        self.entries: list[roster.Entry] = []
        self.who = {"ruler": self.session("ruler"), "parent": self.session("parent"), "other": self.session("other")}
        self.who["mia"] = self.session("mia", self.who["parent"])
        self.who["child"] = self.session("child", self.who["mia"])
        self.keep()

    def session(self, name: str, parent: str = "", role: str = "") -> str:
        """Start a session of this clone; returns its id."""
        session = self.start(name, self.here, parent, role)
        self.entries.append(roster.Entry(SessionId(session), name, worktree=str(self.repo / ".git")))
        self.enlist()
        return session

    def enlist(self, ago: float = 10) -> None:
        """Write the roster, as of so many seconds ago."""
        path = str(self.coord / "roster")
        roster.write(path, self.entries)
        if self.entries:
            os.utime(path, (time.time() - ago,) * 2)
        os.utime(self.coord / "clone", (time.time() - ago,) * 2)

    def python(self, me: str) -> bool:
        """Whether the guard lets pass what is staged; it leaves what it knows for the shell."""
        common = str(self.repo / ".git")
        return main.run("pre-commit", common, [], self._as(me), lambda: b"", asker="17") == 0

    def shell(self, me: str, sh: str = "dash", **env: str) -> bool:
        """Whether the shell lets it pass without Python."""
        (self.passed / "main").unlink(missing_ok=True)
        argv = [*SHELLS[sh], "-c", ASKS, "sh"]
        whole = self._as(me) | env
        ran = subprocess.run(argv, cwd=self.repo, env=whole, capture_output=True, check=False)
        assert ran.returncode in (0, 9), ran
        return ran.returncode == 0

    def word(self) -> list[str]:
        """What the guard left for the hooks behind it, without the id of its git."""
        try:
            return (self.passed / "main").read_text().partition(" ")[2].removesuffix("\n").split("\t")
        except FileNotFoundError:
            return []

    def put(self, changes: list[Change]) -> None:
        """Stage these changes and nothing else."""
        self.git("read-tree", "HEAD")
        for one in changes:
            if one.how == "rename":
                self.git("update-index", "--force-remove", "--", one.source)
            if one.how == "gone":
                self.git("update-index", "--force-remove", "--", one.path)
                continue
            what = self.git("rev-parse", "HEAD" if one.how == "module" else f"HEAD:{one.source}")
            if one.how == "content":
                what = self.blob
            cacheinfo = f"{MODES.get(one.how, '100644')},{what},{one.path}"
            self.git("update-index", "--add", "--replace", "--cacheinfo", cacheinfo)

    def claims(self) -> int:
        """How many scopes are claimed."""
        state = self.ledger.state()
        return sum(len(item.scopes) for who in self.who.values() for item in claim.of(state, SessionId(who)))

    def refs(self) -> dict[str, str]:
        """All refs of ours."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/coord", "refs/replace").splitlines()
        return dict(line.split(" ") for line in lines)

    def keep(self) -> None:
        """Let `forget` lead back to here."""
        self._kept = self.refs(), list(self.entries)

    def forget(self) -> None:
        """Take back all that was recorded or left since."""
        refs, self.entries = self._kept[0], list(self._kept[1])
        lines = [f"delete {name}" for name in self.refs().keys() - refs.keys()]
        lines += [f"update {name} {oid}" for name, oid in refs.items()]
        text = "".join(f"{line}\n" for line in lines)
        subprocess.run(["git", "update-ref", "--stdin"], cwd=self.repo, env=self.env, input=text, text=True, check=True)
        self.enlist()
        shutil.rmtree(self.passed, ignore_errors=True)
        for name in ("claimed", "guarded", "pending-bypass", "../MERGE_HEAD"):
            (self.coord / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A repository in which claims are made and taken back, below a directory that is called as one of ours."""
    top = tmp_path_factory.mktemp("asked") / "passed"
    top.mkdir()
    made = Asked(top)
    with contextlib.chdir(made.repo):
        yield made
    made.close()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The same, where somebody claims 10,000 directories."""
    made = Asked(tmp_path_factory.mktemp("crowded"))
    for first in range(0, 10_000, limits.SCOPES):
        numbers = range(first, first + limits.SCOPES)
        scopes = [{"directory": f"d{n // 1000}/e{n // 100 % 10}/f{n % 100}"} for n in numbers]
        assert made.record(made.who["other"], "claim", scopes=scopes)
    made.keep()
    yield made
    made.close()


NAMES = st.sampled_from(
    ["src/a.py", "SRC/A.PY", "src/new", "src", "lib/c.py", "doc", "doc/x", "it's [a] $x/y", "é", "src/é"]
)
THERE = ("src/a.py", "src/b.py", "lib/c.py", "doc")
"""Files of HEAD."""
MODES = {"content": "100644", "executable": "100755", "link": "120000", "module": "160000"}


@dataclass(frozen=True)
class Change:
    """What is staged: how a path changes. A rename takes the file `source` to the path."""

    path: str
    how: str
    source: str


HOWS = st.sampled_from(["content", "content", "content", "executable", "link", "module", "gone", "rename", "rename"])


def changes_of(names: st.SearchStrategy[str], sources: tuple[str, ...] = THERE) -> st.SearchStrategy[list[Change]]:
    """Up to three changes of such paths."""
    one = st.builds(Change, names, HOWS, st.sampled_from(sources))
    return st.lists(one, max_size=3, unique_by=lambda one: one.path)


PLAIN = st.sampled_from(["src/a.py", "src/new", "doc"])
CHANGES = st.one_of(changes_of(NAMES), changes_of(PLAIN, ("src/a.py", "src/b.py", "doc")))
SCOPES = st.one_of(
    st.sampled_from(["src", "src/sub", "lib", "it's [a] $x", "é"]).map(lambda path: {"directory": path}),
    st.sampled_from(["src/a.py", "lib/c.py", "doc", "SRC/B.py", "src/é"]).map(lambda path: {"file": path}),
    st.sampled_from(["src/*.py", "*.md", "lib/**", "src/[ab].py"]).map(lambda path: {"glob": path}),
)
WHO = st.sampled_from(["mia", "mia", "mia", "parent", "child", "other"])


@dataclass(frozen=True)
class Step:
    """What somebody claims, or gives up with all else (an end)."""

    who: str
    scope: dict[str, str]
    shared: bool
    ends: bool = False


STEPS = st.builds(Step, WHO, SCOPES, st.booleans(), st.sampled_from([False, False, False, False, True]))
OTHERWISE = st.sampled_from([*[""] * 12, "halt", "role", "require-claim"])
CALM = [Step("mia", {"directory": "src"}, shared=False), Step("other", {"directory": "lib"}, shared=False)]
AFTER: st.SearchStrategy[list[Step]] = st.one_of(st.just([]), st.just([]), st.lists(STEPS, max_size=2))


LEAST, BATCHES = 5, 5
"""Something that the shell lets pass is drawn so often, or the test compares nothing; and so many batches at most."""


def drawn_cases(asked: Asked, cases: int, changes: st.SearchStrategy[list[Change]]) -> None:
    """Hold what the shell lets pass against the judge, in so many cases, and on until it let something pass often."""
    passed: list[list[Change]] = []

    @settings(
        max_examples=cases,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        before=st.lists(STEPS, max_size=4),
        after=AFTER,
        first=changes,
        then=changes,
        otherwise=OTHERWISE,
        late=OTHERWISE,
        sh=st.sampled_from(["dash", "dash", "bash"]),
        calm=st.booleans(),
    )
    def is_never_less_strict(
        before: list[Step],
        after: list[Step],
        first: list[Change],
        then: list[Change],
        otherwise: str,
        late: str,
        sh: str,
        calm: bool,
    ) -> None:
        if calm:  # all doubt is in what others claim meanwhile, and in what is committed
            before, first, otherwise, late = CALM, [Change("src/a.py", "content", "doc")], "", ""
        try:
            _change(asked, before, otherwise)
            asked.put(first)
            asked.python("mia")
            _change(asked, after, late)
            asked.put(then)
            passes, said = asked.shell("mia", sh), asked.word()
            judged = asked.python("mia")
            assert judged or not passes
            if passes and said:
                assert said[0].endswith(" note") or said[0].endswith(" unsaid")
                assert not said[0].endswith(" note") or said == asked.word()
            if passes and then:
                passed.append(then)
        finally:
            asked.forget()

    for _ in range(BATCHES):
        is_never_less_strict()
        if len(passed) >= LEAST:
            return
    assert len(passed) >= LEAST


def test_the_shell_is_never_less_strict_than_the_judge(asked: Asked) -> None:
    """Whatever a guard knew before others claimed more: the judge lets it pass as well, with the same note."""
    drawn_cases(asked, drawn(90), CHANGES)


@pytest.mark.slow
def test_the_shell_is_never_less_strict_where_thousands_claim(crowded: Asked) -> None:
    """With 10,000 claims it knows no path that is free, only those of the session."""
    own = changes_of(st.sampled_from(["src/a.py", "src/b.py", "src/new", "src/x/y"]), ("src/a.py", "src/b.py"))
    far = changes_of(st.sampled_from(["d3/e4/f5/x", "d3/e4", "d9", "D0/E0/F0", "src/a.py", "src"]))
    changes = st.one_of(own, own, own, far)
    with contextlib.chdir(crowded.repo):
        drawn_cases(crowded, drawn(60), changes)
    assert crowded.claims() >= 10_000


def _change(asked: Asked, steps: list[Step], otherwise: str) -> None:
    for step in steps:
        if step.ends:
            asked.record(asked.who[step.who], "end")
        else:
            asked.record(asked.who[step.who], "claim", scopes=[step.scope], shared=step.shared)
    ruler = asked.who["ruler"]
    if otherwise == "halt":
        asked.ledger.transact(SessionId(ruler), lambda _: [Draft("halt", "halt", {}, body="stop")])
    elif otherwise == "require-claim":
        asked.record(ruler, "rules", key="require-claim", value=True)
    elif otherwise == "role":
        asked.session("rita", role="reviewer")


# What lets the shell doubt


@pytest.fixture
def mine(asked: Asked) -> Iterator[Asked]:
    """A session of mine claims `src`; a guard has let it commit a path of its own and a free one."""
    assert asked.record(asked.who["mia"], "claim", scopes=[{"directory": "src"}])
    asked.stage("src/a.py", "doc")
    assert asked.python("mia")
    yield asked
    asked.forget()


@pytest.mark.parametrize("sh", ["dash", "bash"])
def test_it_passes_without_python(mine: Asked, sh: str) -> None:
    """Its own paths and those that nobody claims; it leaves the note that Python would have left."""
    left = mine.word()
    assert mine.shell("mia", sh)
    assert mine.word() == left
    assert left[0].endswith(" note")
    mine.stage("src/new/b")
    assert mine.shell("mia", sh)
    assert "Coord-Claim" in mine.word()[-2]


def test_what_others_do_elsewhere_changes_nothing(mine: Asked) -> None:
    """The ledger has moved, and nothing on which the guard's knowledge rests: git is asked once, Python not started."""
    assert mine.record(mine.who["other"], "claim", scopes=[{"directory": "lib"}])
    mine.stage("src/a.py")
    assert mine.shell("mia")
    mine.stage("lib/c.py")
    assert not mine.shell("mia")
    mine.stage("doc")
    assert not mine.shell("mia")  # what is claimed elsewhere has to be looked at first


HAPPENED: dict[str, tuple[list[Step], str]] = {
    "a child claims below": ([Step("child", {"directory": "src/sub"}, shared=False)], ""),
    "the session ends": (
        [Step("mia", {}, shared=False, ends=True), Step("other", {"directory": "src"}, shared=False)],
        "",
    ),
    "all work halts": ([], "halt"),
    "a session with limits lives": ([], "role"),
}


@pytest.mark.parametrize("what", HAPPENED)
def test_what_happens_to_its_claims_is_judged(mine: Asked, what: str) -> None:
    """A guard has let it commit a path of its own; then something happens that only the judge can weigh."""
    steps, otherwise = HAPPENED[what]
    mine.stage("src/sub/x")
    assert mine.python("mia")
    assert mine.shell("mia")
    _change(mine, steps, otherwise)
    assert not mine.shell("mia")
    assert mine.python("mia") is (what == "a session with limits lives")
    assert not mine.shell("mia")


@pytest.mark.parametrize("otherwise", ["halt", "role", "require-claim"])
def test_what_nobody_claims_is_judged_where_more_is_asked(mine: Asked, otherwise: str) -> None:
    """Free paths pass in the shell, whoever commits them, until a halt, the limits of a role or a rule concern them."""
    mine.stage("doc")
    assert mine.shell("")
    _change(mine, [], otherwise)
    assert not mine.shell("")
    mine.python("")
    assert not mine.shell("")


def test_own_paths_beside_a_childs_are_left_to_the_judge(mine: Asked) -> None:
    """What the session claims besides is its own; the part that its child claims is not."""
    _change(mine, [Step("child", {"directory": "src/sub"}, shared=False)], "")
    mine.stage("src/a.py")
    assert mine.python("mia")
    mine.stage("src/sub/x")
    assert not mine.shell("mia")
    assert not mine.python("mia")


@pytest.mark.parametrize("how", ["rename", "gone"])
def test_what_a_rename_takes_away_counts(asked: Asked, how: str) -> None:
    """A file that another one claims does not become its own by a new name, nor is it the session's to delete."""
    try:
        _change(asked, CALM, "")
        asked.put([Change("src/a.py", "content", "doc")])
        assert asked.python("mia")
        asked.put([Change("src/new" if how == "rename" else "lib/c.py", how, "lib/c.py")])
        assert not asked.shell("mia")
        assert not asked.python("mia")
        asked.put([Change("src/new", "rename", "src/b.py")])
        assert asked.shell("mia")
    finally:
        asked.forget()


def test_a_new_path_passes_where_those_that_are_there_are_claimed_first(mine: Asked) -> None:
    """The guard lets a new path pass under the rule, and leaves nothing by which the shell let an old one pass."""
    _change(mine, [], "require-claim")
    mine.stage("new")
    assert mine.python("mia")
    mine.stage("doc")
    assert not mine.shell("mia")
    assert not mine.python("mia")


DOUBTS: dict[str, Callable[[Asked], object]] = {
    "a session was started": lambda of: os.utime(of.coord / "roster"),
    "the clone has another id": lambda of: os.utime(of.coord / "clone"),
    "no session is known": lambda of: (of.coord / "roster").unlink(),
    "the lease is to be renewed": lambda of: os.utime(of.passed / "main.until", (time.time() - 1,) * 2),
    "the lease is another's": lambda of: _replace(of.passed / "main.until", "mia-", "you-"),
    "the clock was set back": lambda of: os.utime(of.passed / "main.known", (time.time() + 60,) * 2),
    "the kernel was started again": lambda of: _replace(of.passed / "main.known", "known_boot='", "known_boot='1"),
    "another machine": lambda of: _replace(of.passed / "main.known", "known_machine='", "known_machine='1"),
    "another container": lambda of: _replace(of.passed / "main.known", "known_init='", "known_init='1"),
    "another place": lambda of: _replace(of.passed / "main.known", "known_place='", "known_place='/x"),
    "a guard was bypassed": lambda of: (of.coord / "pending-bypass").touch(),
    "the file is damaged": lambda of: (of.passed / "main.known").write_text("own() {\ncase $1 in\n"),
    "the file was cut": lambda of: _replace(of.passed / "main.known", "known_end=end\n", ""),
    "the file is garbage": lambda of: (of.passed / "main.known").write_bytes(b"\0\xff(\n" * 9),
    "claims are damaged": lambda of: (of.coord / "claimed").write_text("claimed() {\ncase $1 in\n"),
    "claims were cut": lambda of: _replace(of.coord / "claimed", "claimed_end=end\n", ""),
    "claims are gone": lambda of: (of.coord / "claimed").unlink(),
    "a name that git quotes": lambda of: of.stage("src/é"),
}


@pytest.mark.parametrize("sh", EACH)
@pytest.mark.parametrize("doubt", DOUBTS)
def test_in_doubt_python_is_started(mine: Asked, doubt: str, sh: str) -> None:
    """Whatever may have changed that the shell cannot judge."""
    before = (mine.passed / "main.known").stat().st_mtime
    DOUBTS[doubt](mine)
    known = mine.passed / "main.known"
    if doubt.endswith(("again", "machine", "container", "place", "damaged", "cut", "garbage")):
        os.utime(known, (before, before))  # only the content speaks
    assert not mine.shell("mia", sh)


@pytest.mark.parametrize("me", ["", "you", "mia-00000000"])
def test_somebody_else_is_not_known(mine: Asked, me: str) -> None:
    """Only the session that a guard was told of, by the same name, may commit what it claims."""
    assert not mine.shell(me)


def test_a_name_of_two_sessions_is_not_written_down(mine: Asked) -> None:
    """Who is meant may depend on who lives: Python decides."""
    mine.session("mia")
    shutil.rmtree(mine.passed)
    mine.stage("doc")
    assert mine.python("mia")
    assert not (mine.passed / "main.known").exists()
    mine.stage("src/a.py")
    assert mine.python(mine.who["mia"])
    assert mine.shell(mine.who["mia"])


def test_a_replaced_commit_hides_nothing(mine: Asked) -> None:
    """A replacement of HEAD that has what is staged would make the difference empty."""
    assert mine.record(mine.who["other"], "claim", scopes=[{"directory": "lib"}])
    mine.stage("lib/c.py")
    mine.git("replace", "HEAD", mine.commit())
    assert not mine.shell("mia")
    assert not mine.python("mia")


def test_a_copy_of_the_clone_does_not_know(mine: Asked, tmp_path: Path) -> None:
    """A copy with all its times is another clone, in which the session does not live."""
    copied = tmp_path / "copy"
    shutil.copytree(mine.repo, copied, symlinks=True)
    ran = subprocess.run(["dash", "-c", ASKS, "sh"], cwd=copied, env=mine._as("mia"), check=False)
    assert ran.returncode == 9


def test_a_merge_leaves_no_note(mine: Asked) -> None:
    """What the other branch brought is not the committer's work: Python says what is."""
    (mine.coord.parent / "MERGE_HEAD").write_text(mine.git("rev-parse", "HEAD") + "\n")
    assert mine.shell("mia")
    assert mine.word()[0].endswith(" unsaid")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    stamp = path.stat().st_mtime
    path.write_text(text.replace(old, new))
    os.utime(path, (stamp, stamp))


def test_nothing_is_written_outside_of_the_repository(mine: Asked) -> None:
    """Whatever the directories above it are called."""
    assert mine.python("mia")
    assert (mine.passed / "main.known").exists()
    assert [path.name for path in mine.repo.parent.parent.iterdir()] == ["passed"]
    assert sorted(path.name for path in mine.repo.parent.iterdir()) == ["home", "repo"]
