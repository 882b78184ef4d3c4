"""A plain `init` joins the remote that has a ledger, says so, and never guesses between two."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.place import discover
from gitcoord.sync import remotes

from .conftest import make_clone, make_hub

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub


@pytest.fixture
def used(hub: Hub, tmp_path: Path, env: dict[str, str]) -> Hub:
    """A hub at which `src` is claimed."""
    one = make_clone(tmp_path, "one", env)
    one.join(str(hub.top))
    one.won(one.start("ana"), "src")
    return hub


@pytest.fixture
def new(tmp_path: Path, env: dict[str, str]) -> Clone:
    """A clone that has no remote yet."""
    return make_clone(tmp_path, "new", env)


def chosen(clone: Clone) -> str:
    """The hub that is set, '' for none."""
    return clone.git("config", "coord.hub", check=False)


def init(clone: Clone, *options: str) -> tuple[list[str], list[str]]:
    """Set the clone up; returns what was done, and the hints that are about remotes."""
    answer = clone.here("init", "--hooks", "none", "--json", *options, check=True).json
    return answer["done"], [hint for hint in answer["hints"] if "no hook" not in hint]


def test_joins_the_ledger_of_origin(used: Hub, new: Clone) -> None:
    """It names the remote with its address, how it was found and how to leave; then the claims there hold here."""
    new.git("remote", "add", "origin", str(used.top))
    said = "\n".join(init(new)[0])
    for words in (f"remote origin ({used.top})", "no hub was named", "to leave it: git coord init --no-hub"):
        assert words in said
    assert chosen(new) == "origin"
    assert new.claim(new.start("bea"), "src")["result"] == "refused"
    assert init(new) == ([], []), "the second time there is nothing to do"


def test_joins_with_what_was_claimed_before(used: Hub, new: Clone) -> None:
    """A clone that was set up alone brings its ledger along: what it held and was free at the hub is confirmed."""
    init(new)
    bea = new.start("bea")
    new.won(bea, "docs")
    new.git("remote", "add", "origin", str(used.top))
    init(new)
    claims = new.here("claims", "--json", check=True).json["claims"]
    assert {(item["scope"], item["confirmed"]) for item in claims} == {("src", True), ("docs", True)}
    assert used.ledger == new.ledger


def test_no_hub_joins_nothing_and_stays_so(used: Hub, new: Clone) -> None:
    """What was said once holds for a later `init`; claims are confirmed by this clone alone, a push asks nobody."""
    new.git("remote", "add", "origin", str(used.top))
    init(new, "--no-hub")
    assert init(new) == init(new, "--no-hub") == ([], [])
    assert chosen(new) == ""
    bea = new.start("bea")
    answer = new.here("claim", "src", "--json", session=bea, check=True).json
    assert (answer["confirmed"], answer["hub"]) == (True, "none")
    new.here("init", "--hooks", "files", "-q", check=True)
    new.git("config", "coord.offlinePush", "refuse")
    assert new.commit("src/a.py", session=bea).status == 0
    before = used.ledger
    new.git("push", "-q", "origin", "main", GIT_COORD_SESSION=bea)
    assert used.ledger == before
    new.here("uninit", check=True)
    assert new.git("config", "--get-regexp", "coord.hub", check=False) == "", "nothing of it is left behind"


def test_no_hub_leaves_the_hub(used: Hub, new: Clone) -> None:
    """From then on this clone alone decides; it can come back, and what it did meanwhile comes along."""
    new.git("remote", "add", "origin", str(used.top))
    init(new)
    before = used.ledger
    assert init(new, "--no-hub")[0] == ["left the hub origin"]
    bea = new.start("bea")
    new.won(bea, "docs")
    assert used.ledger == before
    init(new, "--hub", "origin")
    assert new.here("claims", "docs", "--json").json["claims"][0]["confirmed"] is True
    assert used.ledger == new.ledger


def test_options_that_exclude_each_other(new: Clone) -> None:
    """They are refused before anything is set up."""
    assert new.here("init", "--hub", "origin", "--no-hub").status == 2
    assert new.here("init", "--no-hub", "--read-only").status == 2
    assert not new.coord.exists()


def test_goes_on_alone_with_a_hint(used: Hub, new: Clone, tmp_path: Path) -> None:
    """No remote, one without a ledger and one that does not answer: the clone is set up, and told what it could do."""
    (tmp_path / "else").mkdir()
    empty = make_hub(tmp_path / "else", new.env)
    assert "git remote add origin URL" in init(new)[1][0]
    new.git("remote", "add", "origin", str(empty.top))
    assert init(new)[1][0].startswith("origin has no ledger; ")
    new.git("remote", "set-url", "origin", "/nowhere")
    assert init(new)[1][0].startswith("origin did not answer; ")
    assert init(new)[1][0].endswith(": git coord init --hub origin")
    assert chosen(new) == ""
    assert not empty.refs()


def test_remote_without_a_word_costs_seconds(new: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All remotes together get one limit, however many of them hang."""
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    for name in ("origin", "b", "c", "d"):
        new.git("remote", "add", name, "/nowhere")
        new.git("config", f"remote.{name}.uploadpack", str(hanging))
    monkeypatch.setattr(remotes, "LIMIT", 0.6)
    began = time.monotonic()
    found = remotes.look(discover(str(new.top), new.env))
    assert time.monotonic() - began < 20
    assert (found.silent, found.chosen) == (["origin", "b", "c", "d"], "")


def test_never_guesses_between_two(used: Hub, new: Clone, tmp_path: Path) -> None:
    """`origin` where it has a ledger, else the only remote that has one; with two, or with doubt, a person decides."""
    place = discover(str(new.top), new.env)
    for name in ("fork", "upstream"):
        new.git("remote", "add", name, str(used.top))
    hints = init(new)[1]
    assert hints[0].endswith("git coord init --hub fork or git coord init --hub upstream")
    assert chosen(new) == ""
    new.git("remote", "set-url", "fork", "/nowhere")
    assert remotes.look(place).chosen == "", "the fork may have one, too"
    (tmp_path / "else").mkdir()
    new.git("remote", "set-url", "fork", str(make_hub(tmp_path / "else", new.env).top))
    assert remotes.look(place).chosen == "upstream"
    new.git("remote", "add", "origin", str(used.top))
    assert remotes.look(place).chosen == "origin"


def test_remote_that_may_only_be_read(used: Hub, new: Clone) -> None:
    """It has a ledger and takes no pushes: `init` succeeds, joins nothing, and names the command that obeys it."""
    used.hook("pre-receive", "exit 1")
    new.git("remote", "add", "origin", str(used.top))
    hints = init(new)[1]
    assert hints[-1].endswith("git coord init --hub origin --read-only"), hints
    assert chosen(new) == ""


def test_address_is_shown_without_its_password(new: Clone) -> None:
    """What is printed may end up in a log that others read."""
    new.git("remote", "add", "origin", "https://me:secret@example.com/hub.git")
    assert remotes.address_of(discover(str(new.top), new.env), "origin") == "https://example.com/hub.git"
