"""What holds for every command: exit statuses, one JSON object on each of them, where errors go, common options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo
    from support.programs import Ran

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def judged(ran: Ran, status: int, reason: str = "") -> None:
    """One object, whole, with the keys that are always there and this reason."""
    body = ran.json
    assert ran.out.count("\n") == 1
    assert (ran.status, body.get("reason", "")) == (status, reason)
    assert (body["v"], body["hub"]) == (1, "none")
    assert RFC3339.fullmatch(body["as_of"])
    assert isinstance(body["warnings"], list)
    assert ran.err == ""


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["claim", "src/table.py"], 0, ""),
        (["claims"], 0, ""),
        (["sessions"], 0, ""),
        (["rules"], 0, ""),
        (["number", "migrations"], 0, ""),
        (["help"], 0, ""),
        (["help", "claim"], 0, ""),
        (["release", "nothing"], 1, "not_found"),
        (["--session", "nobody", "claim", "src"], 1, "not_found"),
        (["claims", "--of", "nobody-00000000"], 1, "not_found"),
        (["start", "x", "--parent", "nobody"], 1, "not_found"),
        (["claim"], 2, "usage"),
        (["claim", "--wrong"], 2, "usage"),
        (["clami", "src"], 2, "usage"),
        (["stop"], 2, "usage"),
        (["help", "clami"], 2, "usage"),
        (["claim", "src", "--ttl", "soon"], 2, "usage"),
        (["claim", "src", "--wait", "0s"], 2, "usage"),
        (["claim", "src", "--override"], 2, "usage"),
        (["claim", "../src"], 2, "usage"),
        (["release"], 2, "usage"),
        (["release", "src", "--all"], 2, "usage"),
        (["claims", "--mine", "--of", "x"], 2, "usage"),
        (["sessions", "--status", "asleep"], 2, "usage"),
        (["start", "x", "--lease", "60d"], 2, "usage"),
        (["start", "x" * 101], 2, "usage"),
        (["start", "all"], 2, "usage"),
        (["start", "role:reviewer"], 2, "usage"),
        (["start", "x", "--work", "w" * 1001], 2, "usage"),
        (["retire"], 2, "usage"),
        (["beat", "--progress", "101"], 2, "usage"),
        (["beat", "--every", "5s"], 2, "usage"),
        (["number"], 2, "usage"),
        (["rules", "speed"], 2, "usage"),
        (["rules", "person", "shout"], 2, "usage"),
        (["init", "--hooks", "all"], 2, "usage"),
        (["init", "--store", "separate"], 2, "usage"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_json_is_one_object_whatever_the_exit_status(
    shared_repo: Repo, words: list[str], status: int, reason: str
) -> None:
    """With --json, before or after the command, there is one object; without it errors leave standard output empty."""
    judged(shared_repo.here("--json", *words), status, reason)
    if status:
        judged(shared_repo.here(*words, "--json"), status, reason)
        plain = shared_repo.here(*words)
        assert (plain.status, plain.out) == (status, "")
        told = [line for line in plain.err.splitlines() if not line.startswith("started session ")]
        assert told[0].startswith("error: ")
        assert all(line.startswith("hint: ") for line in told[1:])


@pytest.mark.parametrize("command", ["whoami", "end"])
def test_command_without_a_session_says_so(repo: Repo, command: str) -> None:
    """Who asks for a session, or ends one, where there is none is told with status 1; none is started for that."""
    judged(repo.coord(command, "--json"), 1, "not_found")
    plain = repo.coord(command)
    assert (plain.status, plain.out) == (1, "")
    assert "hint: " in plain.err
    assert repo.coord("sessions", "--all", "--json").json["sessions"] == []


@pytest.mark.parametrize("words", [["claim", "src"], ["claims"], ["start"], ["doctor"]])
def test_repository_not_set_up_is_status_3(bare_repo: Repo, words: list[str]) -> None:
    """Before `init` every command says with status 3 that the repository is not set up, and how to."""
    plain = bare_repo.coord(*words)
    assert plain.status == 3
    assert "is not set up" in plain.out + plain.err
    assert "git coord init" in plain.out + plain.err
    assert plain.out == "" or words == ["doctor"]
    judged(bare_repo.coord(*words, "--json"), 3, "unreadable")
    assert not (bare_repo.top / ".git/coord").exists()


@pytest.mark.parametrize("words", [["claim", "src"], ["init"], ["doctor"]])
def test_no_repository_is_status_3(bare_repo: Repo, words: list[str]) -> None:
    """Outside of a repository every command but `help` says so with status 3."""
    outside = str(bare_repo.top.parent)
    plain = bare_repo.coord("-C", outside, *words)
    assert (plain.status, plain.out) == (3, "")
    assert f"error: {outside} is not inside a git repository" in plain.err
    judged(bare_repo.coord("-C", outside, *words, "--json"), 3, "unreadable")
    judged(bare_repo.coord(*words, "--json", "-C", outside + "/nowhere"), 3, "unreadable")


def test_common_options_stand_before_or_after_the_command(shared_repo: Repo) -> None:
    """--json, --session, -C and -q mean the same on both sides of the command."""
    me = shared_repo.here("start", "sides", "--json").json["session"]
    inner = shared_repo.top / "docs"
    before = shared_repo.here("--json", "--session", me, "-C", str(inner), "claim", "sides.md")
    after = shared_repo.here("claim", "sides.md", "-C", str(inner), "--session", me, "--json")
    assert [ran.json["claims"][0]["scope"] for ran in (before, after)] == ["docs/sides.md"] * 2
    assert [ran.json["claims"][0]["session"] for ran in (before, after)] == [me] * 2
    for quiet in (
        ["-q", "release", "docs/sides.md"], ["claim", "docs/sides.md", "--quiet"], ["retire", "--gone", "-q"],
        ["-q", "rules", "max-files", "200"],
    ):  # fmt: skip
        ran = shared_repo.here(*quiet, session=me)
        assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_nothing_typed_shows_the_overview_as_a_usage_error(bare_repo: Repo) -> None:
    """`git coord` alone shows the commands most people need, on standard error, with status 2."""
    ran = bare_repo.coord()
    assert (ran.status, ran.out) == (2, "")
    assert "claim" in ran.err
    judged(bare_repo.here("--json"), 2, "usage")


def test_help_needs_no_repository_and_knows_every_command(bare_repo: Repo) -> None:
    """-h lists the commands most people need, `help -a` all, `help COMMAND` and `COMMAND -h` explain one."""
    from gitcoord.interfaces.cli.commands import ALIASES, FIRST, WORDS

    outside = ["-C", str(bare_repo.top.parent)]
    short, long = bare_repo.here("-h"), bare_repo.here("help", "-a", *outside)
    for name in WORDS:
        assert (f"  {name} " in short.out) == (name in FIRST)
        assert f"  {name} " in long.out
    for words in (["help", "claim"], ["lock", "-h"], ["reserve", "--help"]):
        told = bare_repo.here(*words)
        assert (told.status, told.err) == (0, "")
        assert "A path, a glob, or kind:name." in told.out
        assert "--ttl" in told.out
        assert "--json" in told.out
    assert set(ALIASES) == {"lock", "unlock", "locks", "reserve", "uninstall"}


def test_wrong_words_are_answered_with_the_right_ones(bare_repo: Repo) -> None:
    """A slip of the finger is named; `stop` is told apart from `end` and `halt`."""
    assert "hint: did you mean `claim`?" in bare_repo.here("clami", "x").err
    assert "hint: did you mean `status`?" in bare_repo.here("stat").err, "what was begun is nearer than what is alike"
    assert "hint: did you mean `release`?" in bare_repo.here("relase", "x").err
    assert "hint: did you mean `end`? to stop everybody: `halt`" in bare_repo.here("stop").err
    assert "help claim" in bare_repo.here("claim", "--tll", "1s").err


def test_aliases_do_what_their_commands_do(shared_repo: Repo) -> None:
    """lock, reserve, unlock and locks are claim, release and claims."""
    me = shared_repo.here("start", "fingers", "--json").json["session"]
    assert shared_repo.here("lock", "alias/a", session=me).status == 0
    assert shared_repo.here("reserve", "alias/b", session=me).status == 0
    listed = shared_repo.here("locks", "alias", "--json", session=me).json["claims"]
    assert [item["scope"] for item in listed] == ["alias/a", "alias/b"]
    assert shared_repo.here("unlock", "alias", session=me).status == 0
    assert shared_repo.here("claims", "alias", "--json").json["claims"] == []


def test_session_that_is_started_unasked_is_told_on_standard_error(repo: Repo) -> None:
    """The first claim starts a session called USER:BRANCH and says so, not in the answer."""
    ran = repo.run("git", "coord", "claim", "src", USER="ana")
    assert re.search(r"^started session (ana|\w+):main \(.*\)$", ran.err, re.M)
    assert ran.out.startswith("claimed src/ until ")
    assert repo.run("git", "coord", "claims").out.count("\n") == 2


def test_number_is_given_out_once(shared_repo: Repo) -> None:
    """Numbers of a name rise by one whoever asks; --from starts higher and never goes back."""
    ana, bea = (shared_repo.here("start", name, "--json").json["session"] for name in ("ana", "bea"))
    assert shared_repo.here("number", "migration", session=ana).out == "1\n"
    second = shared_repo.here("number", "migration", "--json", session=bea).json
    assert (second["name"], second["number"]) == ("migration", 2)
    assert shared_repo.here("number", "migration", "--from", "10", session=ana).out == "10\n"
    assert shared_repo.here("number", "migration", "--from", "5", "-q", session=ana).out == "11\n"
    assert shared_repo.here("number", "other/name %", session=ana).out == "1\n"


def test_rules_are_shown_set_and_checked(repo: Repo) -> None:
    """Rules have defaults, a change holds for everybody, and a value that cannot be is refused with what can."""
    rules = repo.here("rules", "--json").json["rules"]
    plain = {"require-claim": False, "person": "refuse", "max-files": 200, "owner": [], "owner-map": {}}
    plain |= {"land": {}, "radar": []}
    assert {key: value for key, value in rules.items() if key != "role"} == plain
    assert rules["role"]["reviewer"]["commit"] == []
    assert repo.here("rules", "require-claim", "true").out == "require-claim = true\n"
    assert repo.here("rules", "max-files", "7", "--json").json["rules"] == {"max-files": 7}
    assert repo.worktree("other").coord("rules", "max-files").out == "max-files = 7\n"
    wrong = repo.here("rules", "max-files", "0")
    assert (wrong.status, wrong.out) == (2, "")
    assert "it takes a number from 1 up" in wrong.err
    assert repo.here("rules", "max-files", "--json").json["rules"] == {"max-files": 7}


def test_owners_and_roles_are_set_shown_and_taken_out(repo: Repo) -> None:
    """What is typed is what is shown; a mistake is a usage error, and changes nothing."""
    assert repo.here("rules", "owner", "src/", "role:tester").out == "owner src/** = role:tester\n"
    assert repo.here("rules", "owner-map", "@org/web", "team:web").out == "owner-map @org/web = team:web\n"
    typed = "paths=docs/** tasks=document,help send=yes halt=no override=no land=no manage=no"
    assert repo.here("rules", "role", "writer", *typed.split()).status == 0
    assert repo.here("rules", "role", "writer").out == f"role writer = {typed}\n"
    shown = repo.here("rules").out.splitlines()
    assert shown[3:] == ["owner src/** = role:tester", "owner-map @org/web = team:web", f"role writer = {typed}"]
    for words in (
        *("role writer paths", "role writer fly=yes", "role writer send=perhaps", "role writer paths=/x/[", "role"),
        *("owner src/", "owner a b c", "owner src/** can:test", "owner src/** role:", "owner-map web ann"),
        *("owner-map @web nobody", "max-files 1 2", "max-files"),
    ):
        unset = ["--unset"] if words in ("role", "max-files") else []
        assert repo.here("rules", *words.split(), *unset).status == 2, words
    assert repo.here("rules").out.splitlines() == shown
    assert repo.here("rules", "role", "nobody-has-it").status == 2
    for words in ("owner src/", "owner-map @ORG/web", "role writer"):
        assert repo.here("rules", *words.split(), "--unset").status == 0
    assert len(repo.here("rules").out.splitlines()) == 3


def test_a_role_refuses_with_the_reason_and_who_may(repo: Repo) -> None:
    """`claim`, `halt`, `send`, `rules` and the shims' commit say what the role allows; JSON has the reason."""
    boss = repo.start("boss")
    repo.start("rob", "--role", "reviewer")
    said = repo.here("claim", "src", "--json", session="rob")
    assert (said.status, said.json["reason"]) == (1, "forbidden")
    assert said.json["message"] == ("role reviewer may not claim src: it may claim nothing; boss may")
    repo.start("ann", "--role", "implementer")
    assert "ann (implementer) may" in repo.here("claim", "src", session="rob").err
    assert repo.here("rules", "max-files", "3", session="rob").status == 1
    repo.here("rules", "role", "reviewer", "send=no", "halt=no", session=boss, check=True)
    for words in (["send", "ann", "hi"], ["ask", "ann", "hi"], ["halt", "-m", "stop"]):
        said = repo.here(*words, "--json", session="rob")
        assert (said.status, said.json["reason"]) == (1, "forbidden"), words
    (repo.top / "new.txt").write_text("x")
    repo.run("git", "add", "new.txt")
    ran = repo.run("git", "commit", "-m", "x", check=False, GIT_COORD_SESSION="rob")
    assert ran.status == 1
    assert "new.txt: role reviewer may commit nothing" in ran.err
    checked = repo.here("check", "--staged", "--json", session="rob")
    assert (checked.status, checked.json["reason"]) == (1, "forbidden")
    assert repo.run("git", "commit", "-q", "-m", "x", check=False, GIT_COORD_SESSION="ann").status == 0


def test_reader_that_stops_reading_is_no_error(shared_repo: Repo) -> None:
    """`git coord help -a | head -1` ends with 0 and without a word."""
    ran = shared_repo.run("bash", "-c", "set -o pipefail; git coord help -a | head -n 1")
    assert ran.out.startswith("usage: ")
    assert ran.err == ""
