"""The README: its two set-up commands are where programs look for them, and what it shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repo

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCK = re.compile(r"(?:<!-- (\w+) -->\n)?```(\w+)\n(.*?)\n```", re.S)


def blocks(language: str, mark: str = "") -> list[str]:
    """The blocks in this language with this mark before them."""
    return [text for found, kind, text in BLOCK.findall(README) if (kind, found) == (language, mark)]


def test_there_are_exactly_two_set_up_commands() -> None:
    """One line that installs and runs the main job, one that installs and passes the tests: each after its mark."""
    (demo,), (test,) = blocks("sh", "demo"), blocks("sh", "test")
    assert re.findall(r"<!-- (\w+) -->", README) == ["demo", "test"]
    for line in (demo, test):
        assert "\n" not in line
        assert line.startswith("python3 -m venv .venv && .venv/bin/python -m pip install ")
    assert demo.endswith("git coord demo")
    assert "'.[test]'" in test
    assert test.endswith(".venv/bin/python -m pytest -n 4 --dist worksteal")


def test_demo_line_runs_the_demo(bare_repo: Repo) -> None:
    """Its last part, without installing first: the demo in a directory of its own, which it names."""
    (line,) = blocks("sh", "demo")
    ran = bare_repo.run("sh", "-c", line.rpartition(" && ")[2], TMPDIR=bare_repo.env["HOME"])
    found = re.search(r"The repository is in (\S+),", ran.out)
    assert found is not None
    assert Path(found[1], ".git/refs/coord/ledger").exists()


def test_commands_shown_work_in_a_new_repository(bare_repo: Repo) -> None:
    """Every command of the blocks that are not set-up succeeds, in the order of the page."""
    hub = bare_repo.top.parent / "hub.git"
    bare_repo.git("init", "-q", "--bare", str(hub))
    bare_repo.git("remote", "add", "origin", str(hub))
    bare_repo.git("push", "-q", "-u", "origin", "main")
    bare_repo.write("src/auth/login.py", "new\n")
    bare_repo.git("add", ".")
    shown = blocks("sh")
    assert [text.split()[2] for text in shown] == ["init", "claim", "send", "task"]
    ran = bare_repo.run("sh", "-ec", "\n".join(shown))
    for said in (
        "began the ledger",
        "claimed src/auth/, tests/auth/** until",
        "holds src/auth",
        "released src/auth, tests/auth/**",
        " to all",
        "nothing unread",
    ):
        assert said in ran.out
    assert bare_repo.git("log", "-1", "--format=%s") == "login: new"
    assert bare_repo.here("claims", "--json").json["claims"] == []
    for inline in ("claim src/auth --ttl 2h", "uninit"):
        assert inline.split(" ", 2)[-1] in README
        bare_repo.coord(*inline.split(), check=True)


def test_conversation_shown_is_what_is_said(bare_repo: Repo) -> None:
    """The lines of alice and bob are what the program prints, but for times, accounts and machines."""
    (text,) = blocks("console")
    bare_repo.write("src/auth/login.py")
    bare_repo.git("add", ".")
    bare_repo.git("commit", "-q", "-m", "login")
    bare_repo.coord("init", check=True)
    sessions = {name: bare_repo.start(name) for name in ("alice", "bob")}
    bare_repo.write("src/auth/login.py", "bob\n")
    for part in text.split("\n\n"):
        prompt, *expected = part.splitlines()
        who, _, command = prompt.partition("$ ")
        ran = bare_repo.run("sh", "-c", command, check=False, GIT_COORD_SESSION=sessions[who])
        assert [general(line) for line in (ran.out + ran.err).splitlines()] == [general(line) for line in expected]


def general(line: str) -> str:
    """A line without what differs from day to day and from machine to machine."""
    line = re.sub(r"\(\w+@[\w.-]+,", "(WHO,", line)
    line = re.sub(r"([A-Z][a-z]{2} \d+ )?\d\d:\d\d", "TIME", line)  # with its day where that is another one
    line = re.sub(r"\((for )?\d+ min\)", r"(\1N min)", line)
    return re.sub(r", \d+ files?$", "", re.sub(r"token \d+", "token N", line))
