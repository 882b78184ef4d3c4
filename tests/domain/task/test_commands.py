"""The commands about tasks, as they are typed."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.task import recording
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo
    from support.programs import Ran


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session."""
    return str(repo.here("start", "ana", "--can", "py", "--json", check=True).json["session"])


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another one."""
    return str(repo.here("start", "bob", "--role", "helper", "--json", check=True).json["session"])


def task(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command about tasks, which must succeed; returns its JSON."""
    return repo.here("task", *words, "--json", session=session, check=True).json


def why(ran: Ran) -> tuple[int, str]:
    """Exit status and reason of a refusal, which has a message."""
    assert ran.json["message"]
    return ran.status, ran.json["reason"]


def test_task_goes_through_its_life(repo: Repo, ana: str, bob: str) -> None:
    """Add, next, update, done: each answer is the task as it is then."""
    made = task(repo, ana, "add", "mend", "--claim", "src/a.py", "--payload", '{"n": 1.10}', "--priority", "high")
    assert (made["status"], made["attempt"], made["confirmed"]) == ("ready", 0, True)
    given = task(repo, bob, "next")
    assert (given["id"], given["holder"], given["attempt"]) == (made["id"], bob, 1)
    held = repo.here("claims", "--json").json["claims"]
    assert [(item["scope"], item["token"]) for item in held] == [("src/a.py", given["token"])]
    assert task(repo, bob, "update", made["id"][:4], "--waiting", "ana")["status"] == "waiting"
    assert task(repo, bob, "update", made["id"][:8], "--progress", "40")["progress"] == 40
    done = task(repo, bob, "done", made["id"][:8], "--result", "[1e400, 0.10]", "--commit", "HEAD", "--evidence", "ok")
    assert (done["status"], done["commit_here"], done["evidence"]) == ("completed", True, "ok")
    out = repo.here("task", "show", made["id"], "--json").out
    assert '"result": [1e400, 0.10]' in out
    assert '"payload": {"n": 1.10}' in out
    assert repo.here("claims", "--json").json["claims"] == []


def test_refusals_have_their_reasons(repo: Repo, ana: str, bob: str) -> None:
    """Each refusal has a status, a reason and a sentence; nothing is recorded by it."""
    first = task(repo, ana, "add", "one", "--needs", "py")["id"]
    second = task(repo, ana, "add", "two", "--after", first, "--for", "bob")["id"]
    tip = repo.git("rev-parse", "refs/coord/ledger")

    def tell(session: str, *words: str) -> tuple[int, str]:
        return why(repo.here("task", *words, "--json", session=session))

    assert tell(bob, "take", first) == (1, "forbidden")
    assert tell(bob, "take", second) == (1, "pending")
    assert tell(bob, "next") == (1, "empty")
    assert tell(bob, "done", first) == (1, "not_mine")
    assert tell(bob, "done", "00000000") == (1, "not_found")
    assert tell(bob, "done", "0") == (2, "usage")
    assert tell(ana, "add", "x", "--after", "00000000") == (1, "not_found")
    assert tell(ana, "add", "x", "--payload", "{") == (2, "usage")
    assert tell(ana, "add", "x", "--priority", "urgent") == (2, "usage")
    assert tell(ana, "add", "x", "--deadline", "soon") == (2, "usage")
    assert tell(ana, "add", "") == (2, "usage")
    assert tell(ana, "add", "x", "--for", "all") == (2, "usage")
    assert tell(ana, "add", "x", "--attempts", "5000") == (2, "usage")
    assert tell(ana, "fail", first) == (2, "usage")
    assert tell(ana, "list", "--status", "odd") == (2, "usage")
    assert repo.git("rev-parse", "refs/coord/ledger") == tip
    task(repo, ana, "next")
    assert tell(bob, "decline", first) == (1, "held")
    task(repo, ana, "cancel", first)
    assert tell(ana, "take", first) == (1, "ended")


def test_parent_that_would_wait_for_its_child_is_a_usage_error(repo: Repo, ana: str) -> None:
    """A circle is refused when it is made."""
    above = task(repo, ana, "add", "above")["id"]
    assert why(repo.here("task", "add", "x", "--parent", above, "--after", above, "--json", session=ana)) == (
        2,
        "usage",
    )


def test_dead_holder_loses_its_task_and_is_told(repo: Repo, ana: str) -> None:
    """A task of a session whose process died is given to the next one that asks, as a new attempt."""
    import subprocess

    place = subprocess.Popen(["sleep", "600"])
    lost = repo.here("start", "lost", "--pid", str(place.pid), "--json", check=True).json["session"]
    name = task(repo, ana, "add", "work")["id"]
    old = task(repo, lost, "next")
    assert why(repo.here("task", "take", name, "--json", session=ana)) == (1, "held")
    place.kill()
    place.wait()
    given = task(repo, ana, "next")
    assert (given["id"], given["attempt"], given["failures"]) == (name, 2, 1)
    assert given["token"] > old["token"]
    ran = repo.here("task", "done", name, "--json", session=lost)
    assert why(ran) == (1, "not_mine")
    assert "your process had ended" in ran.json["message"]
    assert any("is no longer yours" in text for text in ran.json["warnings"])


def test_who_asked_is_told_that_the_request_failed_without_its_holder(repo: Repo, ana: str, bob: str) -> None:
    """Whoever looks for a task finds that the last attempt of the request lost its holder: nobody else would say so."""
    brief, name = SessionId(repo.start("brief", "--lease", "1s", "--pid", "1")), "a" * 32
    data = {"title": "look", "asked": "help", "attempts": 1}
    repo.workspace().record(SessionId(bob), Draft("task-add", "ask", data, "", name))
    given = {"id": name, "grant": ""}
    repo.workspace().record(brief, Draft("task-take", "take", given))
    path = repo.top / ".git/coord/roster"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "brief" not in line))
    late = repo.later(5)
    assert why(late.here("task", "next", "--json", session=ana)) == (1, "empty")
    (told,) = late.here("inbox", "--json", session=bob, check=True).json["messages"]
    assert (told["subject"], told["type"], told["body"]) == ("failed: look", "answer", "its attempt lost its holder")


@pytest.mark.slow
def test_task_of_a_gone_session_is_found_behind_many_others(repo: Repo, ana: str, bob: str) -> None:
    """However many tasks living sessions hold, which were given before."""
    ids = []
    for who, count in ((bob, recording.LOOKED_AT + 5), (str(repo.start("brief", "--lease", "1s", "--pid", "1")), 1)):
        repo.write("tasks.jsonl", '{"title": "work"}\n' * count)
        ids = task(repo, ana, "import", "tasks.jsonl")["ids"]
        drafts = [Draft("task-take", "take", {"id": name}) for name in ids]
        assert not any(item.refused for item in repo.workspace().record(SessionId(who), *drafts).outcomes)
    path = repo.top / ".git/coord/roster"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "brief" not in line))
    assert task(repo.later(5), ana, "next")["id"] == ids[0]


def test_timeout_makes_a_task_another_attempt(repo: Repo, ana: str, bob: str) -> None:
    """An attempt that lasts too long ends when somebody else asks; --wait sleeps until then."""
    name = task(repo, ana, "add", "slow", "--timeout", "1s", "--backoff", "0")["id"]
    task(repo, ana, "next")
    assert why(repo.here("task", "next", "--json", session=bob)) == (1, "empty")
    given = task(repo, bob, "next", "--wait", "20s")
    assert (given["id"], given["attempt"]) == (name, 2)
    assert [item["how"] for item in given["past"]] == ["timeout"]


def test_wait_is_woken_by_a_new_task(repo: Repo, ana: str, bob: str) -> None:
    """Who waits gets a task as soon as one is added, long before the time is over."""
    import subprocess

    env = repo.env | {"GIT_COORD_SESSION": bob}
    waiting = subprocess.Popen(
        ["git-coord", "task", "next", "--wait", "60s", "--json"], cwd=repo.top, env=env, stdout=subprocess.PIPE
    )
    bells = repo.top / ".git/coord/bells"
    while not (bells.is_dir() and any(bells.iterdir())):
        time.sleep(0.02)
    began = time.monotonic()
    name = task(repo, ana, "add", "at last")["id"]
    out, _ = waiting.communicate(timeout=60)
    assert json.loads(out)["id"] == name
    assert time.monotonic() - began < 30


def test_not_before_is_kept_and_waited_for(repo: Repo, ana: str) -> None:
    """A task is pending until its time; --wait wakes up then."""
    made = task(repo, ana, "add", "later", "--not-before", "2s")
    assert made["status"] == "pending"
    assert why(repo.here("task", "next", "--json", session=ana)) == (1, "empty")
    assert task(repo, ana, "next", "--wait", "30s")["id"] == made["id"]


def test_lists_are_bounded_and_say_so(repo: Repo, ana: str) -> None:
    """A page says how many there are and where the next one begins; filters narrow it."""
    lines = "".join(f'{{"title": "task {at}", "type": "{"odd" if at % 2 else "even"}"}}\n' for at in range(60))
    repo.write("tasks.jsonl", lines)
    assert len(task(repo, ana, "import", "tasks.jsonl")["ids"]) == 60
    first = task(repo, ana, "list")
    assert (len(first["tasks"]), first["shown"], first["total"], first["next"]) == (50, 50, 60, 50)
    rest = task(repo, ana, "list", "--offset", "50")
    assert (rest["shown"], rest["total"], rest["next"]) == (10, 60, None)
    assert [item["title"] for item in first["tasks"] + rest["tasks"]] == [f"task {at}" for at in range(60)]
    assert task(repo, ana, "list", "--type", "odd", "--limit", "5")["total"] == 30
    named = repo.here("task", "list", "--limit", "5", "-q", session=ana, check=True).out.split()
    assert named == [item["id"] for item in first["tasks"][:5]]
    assert [item["title"] for item in task(repo, ana, "list", "--text", "SK 59")["tasks"]] == ["task 59"]
    assert task(repo, ana, "list", "--status", "completed")["total"] == 0
    plain = repo.here("task", "list", "--limit", "2").out.splitlines()
    assert plain[-1] == "2 of 60: for more add --offset 2"
    last = repo.here("task", "list", "--limit", "2", "--offset", "58").out.splitlines()
    assert last[-1] == "2 of 60: the last ones"
    given = task(repo, ana, "next")
    assert task(repo, ana, "list", "--of", "ana", "--status", "running")["tasks"][0]["id"] == given["id"]
    assert task(repo, ana, "list", "--for", "ana")["total"] == 59


def test_what_failed_upstream_is_said_downstream(repo: Repo, ana: str) -> None:
    """A task is blocked where something that it depends on, over another one even, has failed."""
    first = task(repo, ana, "add", "first")["id"]
    second = task(repo, ana, "add", "second", "--after", first)["id"]
    third = task(repo, ana, "add", "third", "--after", second)["id"]
    free = task(repo, ana, "add", "free", "--after-any", first)["id"]
    task(repo, ana, "next")
    task(repo, ana, "fail", first, "--error", "broken", "--final")
    listed = {item["id"]: item for item in task(repo, ana, "list")["tasks"]}
    assert {name: item["status"] for name, item in listed.items()} == {
        second: "blocked", third: "blocked", free: "ready",
    }  # fmt: skip
    assert listed[third]["blocked_by"] == [first]
    assert [item["id"] for item in task(repo, ana, "list", "--status", "blocked")["tasks"]] == [second, third]


def test_what_failed_upstream_is_said_behind_a_group(repo: Repo, ana: str) -> None:
    """A group cannot end where a part of it cannot, nor can what comes after the group."""
    first = task(repo, ana, "add", "first")["id"]
    group = task(repo, ana, "add", "group")["id"]
    part = task(repo, ana, "add", "part", "--parent", group, "--after", first)["id"]
    other = task(repo, ana, "add", "other", "--parent", group)["id"]
    after = task(repo, ana, "add", "after", "--after", group)["id"]
    task(repo, ana, "cancel", first)
    listed = {item["id"]: item for item in task(repo, ana, "list")["tasks"]}
    assert [listed[name].get("blocked_by") for name in (part, group, after)] == [[first]] * 3
    assert listed[other]["status"] == "ready"


def test_import_reads_keys_and_checklists(repo: Repo, ana: str) -> None:
    """Tasks of a file name each other by keys, in whatever order; a checklist groups by indentation."""
    repo.write(
        "tasks.jsonl",
        '{"title": "deploy", "after": ["build"], "payload": {"rate": 0.10}}\n\n{"title": "build", "key": "build"}\n',
    )
    deploy, build = task(repo, ana, "import", "tasks.jsonl")["ids"]
    shown = task(repo, ana, "show", deploy)["task"]
    assert (shown["after"], shown["status"]) == ([build], "pending")
    assert '"rate": 0.10' in repo.here("task", "show", deploy, "--json").out
    repo.write("TODO.md", "# To do\n\n- [ ] outer\n    - [ ] inner\n    - [x] over\n- [ ] other\n")
    outer, inner, _ = task(repo, ana, "import", "TODO.md")["ids"]
    assert task(repo, ana, "show", inner)["task"]["parent"] == outer
    assert task(repo, ana, "show", outer)["groups"] == [inner]
    assert [item["id"] for item in task(repo, ana, "list", "--parent", outer[:8])["tasks"]] == [inner]
    assert why(repo.here("task", "list", "--parent", "0" * 8, "--json", session=ana)) == (1, "not_found")
    again = task(repo, ana, "import", "TODO.md")
    assert again["warnings"] == ["3 open tasks had the same title already: inner, other, outer"]
    boxes = repo.here("task", "list", "--markdown").out
    assert f"- [ ] inner ({inner[:8]}, ready)\n" in boxes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ('{"title": "one", "key": "a"}\n{"title": "two", "after": ["a"]}\n', ["one", "two"]),
        ("- [ ] one\n- [x] over\n* [ ] two\n", ["one", "two"]),
    ],
)
def test_import_reads_standard_input(repo: Repo, ana: str, text: str, titles: list[str]) -> None:
    """`-` is what is piped in, in either form; nothing at all is a usage error."""
    made = repo.coord("task", "import", "-", "--json", session=ana, check=True, stdin=text).json["ids"]
    assert [task(repo, ana, "show", name)["task"]["title"] for name in made] == titles
    assert task(repo, ana, "list")["total"] == 2
    assert why(repo.coord("task", "import", "-", "--json", session=ana, stdin="\n")) == (2, "usage")
    assert task(repo, ana, "list")["total"] == 2


def test_lists_by_capability(repo: Repo, ana: str, bob: str) -> None:
    """What needs it, and what a session with it may take: also with other filters, and page by page."""
    for title, needs in (("one", ["py"]), ("two", ["go"]), ("three", ["py", "go"]), ("four", [])):
        task(repo, bob, "add", title, *(word for need in needs for word in ("--needs", need)))

    def titles(*words: str) -> list[str]:
        return [item["title"] for item in task(repo, bob, "list", *words)["tasks"]]

    assert titles("--needs", "py") == ["one", "three"]
    assert titles("--needs", "go", "--text", "two") == ["two"]
    assert titles("--needs", "rust") == []
    assert titles("--for", "ana") == ["one", "four"]
    assert titles("--for", "bob") == ["four"]
    page = task(repo, bob, "list", "--needs", "py", "--limit", "1")
    assert (page["shown"], page["total"], page["next"]) == (1, 2, 1)


def test_commit_that_is_not_here_is_kept_as_reported(repo: Repo, ana: str) -> None:
    """It may be in another clone: the task says that it could not be checked; what is no commit is a usage error."""
    there, tree = "ab" * 20, repo.git("rev-parse", "HEAD^{tree}")
    for commit, here in ((there, False), (there[:12], False), (tree, False), (repo.git("rev-parse", "HEAD"), True)):
        name = task(repo, ana, "add", "mend")["id"]
        task(repo, ana, "take", name)
        done = task(repo, ana, "done", name, "--commit", commit)
        assert (done["status"], done["commit"], done["commit_here"]) == ("completed", commit, here)
        text = repo.here("task", "show", name, session=ana, check=True).out
        assert f"commit: {commit} (is {'' if here else 'not '}here)" in text
    name = task(repo, ana, "add", "mend")["id"]
    task(repo, ana, "take", name)
    for wrong in ("nothing", "ab", "g" * 40):
        assert why(repo.here("task", "done", name, "--commit", wrong, "--json", session=ana)) == (2, "usage")
    assert task(repo, ana, "show", name)["task"]["status"] == "running"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no boxes here\n",
        "{}\n",
        '{"title": 7}\n',
        '{"title": "x", "speed": 1}\n',
        '{"title": "x", "key": "a", "after": ["b"]}\n{"title": "y", "key": "b", "after": ["a"]}\n',
        '{"title": "x", "key": "a"}\n{"title": "y", "key": "a"}\n',
        '{"title": "x"\n',
        '{"title": "x", "payload": ' + "[" * 100 + "]" * 100 + "}\n",
        '{"title": "x", "title": "y"}\n',
        '{"title": "good"}\n{"title": "x", "priority": "odd"}\n',
    ],
)
def test_file_that_cannot_be_imported_adds_nothing(repo: Repo, ana: str, text: str) -> None:
    """A file with one line that is wrong is a usage error, and none of its tasks is added."""
    repo.write("tasks", text)
    assert why(repo.here("task", "import", str(repo.top / "tasks"), "--json", session=ana)) == (2, "usage")
    assert task(repo, ana, "list")["total"] == 0


def test_commits_that_name_a_task_are_listed_with_it(repo: Repo, ana: str) -> None:
    """`Coord-Task: ID` in a commit's message, in full or its first characters, is enough."""
    name = task(repo, ana, "add", "mend")["id"]
    repo.git("commit", "-q", "--allow-empty", "--no-verify", "-m", f"mend it\n\nCoord-Task: {name[:8]}")
    repo.git("commit", "-q", "--allow-empty", "--no-verify", "-m", f"mend\n\nCoord-Task: {name[:4]}{'0' * 28}")
    assert [item["subject"] for item in task(repo, ana, "show", name)["commits"]] == ["mend it"]


def test_request_is_a_task_and_a_message(repo: Repo, ana: str, bob: str) -> None:
    """Who is asked gets a message that says how to take it; who asked gets the answer."""
    made = repo.here(
        "ask", "bob", "look at this", "--type", "review", "--urgency", "urgent", "--json", session=ana
    ).json
    assert (made["asked"], made["to"], made["priority"]) == ("review", "bob", "critical")
    assert made["about"] == repo.git("rev-parse", "HEAD")
    (mail,) = repo.here("inbox", "--json", session=bob).json["messages"]
    assert (mail["subject"], mail["type"], mail["priority"]) == ("review: look at this", "request", "urgent")
    assert f"git coord task take {made['id'][:8]};" in mail["hint"]
    assert why(repo.here("task", "take", made["id"], "--json", session=ana)) == (1, "forbidden")
    task(repo, bob, "take", made["id"])
    task(repo, bob, "done", made["id"], "-m", "two remarks", "--result", '{"ok": true}')
    (answer,) = repo.here("inbox", "--json", session=ana).json["messages"]
    assert (answer["subject"], answer["sender"]["name"]) == ("completed: look at this", "bob")
    assert "two remarks" in answer["body"]
    assert '{"ok": true}' in answer["body"]


def test_request_that_is_declined_is_answered(repo: Repo, ana: str, bob: str) -> None:
    """A request to one session that declines it has failed, and the asker is told why."""
    made = repo.here("ask", "bob", "help", "--json", session=ana).json
    declined = task(repo, bob, "decline", made["id"], "-m", "no time")
    assert (declined["status"], declined["error"]) == ("failed", "declined by bob: no time")
    (answer,) = repo.here("inbox", "--json", session=ana).json["messages"]
    assert "no time" in answer["body"]


def test_who_was_asked_is_told_that_a_request_is_cancelled(repo: Repo, ana: str, bob: str) -> None:
    """Although nobody had taken it: who read the request would begin with it otherwise."""
    made = repo.here("ask", "bob", "help", "--json", session=ana).json
    repo.here("inbox", session=bob, check=True)
    task(repo, ana, "cancel", made["id"], "-m", "it works now")
    (said,) = repo.here("inbox", "--json", session=bob).json["messages"]
    assert (said["subject"], said["body"]) == ("cancelled: help", "it works now")
    assert repo.here("inbox", "--json", session=ana).json["messages"] == []


def test_request_to_a_capability_is_for_the_first_who_takes_it(repo: Repo, ana: str, bob: str) -> None:
    """Whoever has the capability may take it, nobody else."""
    made = repo.here("ask", "can:py", "why so slow", "--json", session=bob).json
    assert why(repo.here("task", "next", "--json", session=bob)) == (1, "empty")
    assert task(repo, ana, "next")["id"] == made["id"]


@pytest.mark.parametrize(
    "words", [["all", "x"], ["bob", "x", "--type", "odd"], ["bob", "x", "--urgency", "odd"], ["bob", ""]]
)
def test_request_that_makes_no_sense_is_a_usage_error(repo: Repo, ana: str, bob: str, words: list[str]) -> None:
    """Nothing is added, and nobody gets a message."""
    assert why(repo.here("ask", *words, "--json", session=ana)) == (2, "usage")
    assert repo.here("inbox", "--json", session=bob).json["messages"] == []


def test_session_that_ends_leaves_its_tasks_to_others(repo: Repo, ana: str, bob: str) -> None:
    """`end` gives tasks back, and their scopes."""
    name = task(repo, ana, "add", "x", "--claim", "src/a.py")["id"]
    task(repo, bob, "next")
    repo.here("end", session=bob, check=True)
    assert task(repo, ana, "next")["id"] == name


def test_text_of_others_is_shown_harmlessly(repo: Repo, ana: str) -> None:
    """Control characters in a title are refused; in errors and bodies they are shown as what they are."""
    assert why(repo.here("task", "add", "a\x1b[2Jb", "--json", session=ana)) == (2, "usage")
    name = task(repo, ana, "add", "x", "-m", "a\x1b[2Jb\u202e")["id"]
    task(repo, ana, "next")
    task(repo, ana, "fail", name, "--error", "e\x1b[31m", "--final")
    out = repo.here("task", "show", name).out
    assert not re.search("[\x1b\u202e]", out)
    assert "a\\x1b[2Jb\\u202e" in out


def test_log_tells_what_became_of_a_task(repo: Repo, ana: str) -> None:
    """The events about a task have its id, and the one that gave it says which it gave."""
    name = task(repo, ana, "add", "x")["id"]
    task(repo, ana, "next")
    task(repo, ana, "done", name)
    events = repo.here("log", "--json").json["events"]
    found = {item["kind"]: item for item in events if item["kind"].startswith("task-")}
    assert found["task-next"]["task"] == found["task-done"]["task"] == name
    assert found["task-next"]["token"] > 0


def test_what_cannot_be_read_names_the_help_of_its_command(repo: Repo) -> None:
    """Of the command itself, not of the word that several begin with."""
    for words in (["list", "--limit", "many"], ["show"], ["add", "a", "b"]):
        ran = repo.here("task", *words)
        assert (ran.status, ran.err.splitlines()[-1]) == (2, f"hint: see: git coord help task {words[0]}")


def test_take_that_claims_stop_names_the_task_and_the_holder(repo: Repo, ana: str, bob: str) -> None:
    """Whose claims are in the way of which task."""
    name = task(repo, ana, "add", "mend", "--claim", "src/a.py")["id"]
    repo.here("claim", "src", session=bob, check=True)
    ran = repo.here("task", "take", name, "--json", session=ana)
    assert why(ran) == (1, "held")
    assert ran.json["message"] == f"scopes of task {name[:8]} (mend) are claimed by bob"


def test_maker_of_a_commit_may_not_review_it(repo: Repo, ana: str, bob: str) -> None:
    """By the note on the commit, whoever asked for the review; nor may a child of the maker, and others may."""
    child = repo.start("kid", "--parent", bob)
    repo.write("src/a.py", "1\n")
    repo.git("add", "src/a.py")
    repo.run("git", "commit", "-q", "-m", "mend", GIT_COORD_SESSION=bob)
    for one in (bob, child):
        name = repo.here("ask", one, "look", "--type", "review", "--json", session=ana, check=True).json["id"]
        ran = repo.here("task", "take", name, "--json", session=one)
        assert why(ran) == (1, "forbidden")
        assert "is a review of your own work" in ran.json["message"]
        assert why(repo.here("task", "next", "--json", session=one)) == (1, "empty")
    own = repo.start("ida", "--parent", ana)
    name = repo.here("ask", own, "look", "--type", "review", "--json", session=ana, check=True).json["id"]
    assert task(repo, own, "take", name)["holder"] == own


def test_child_may_not_review_for_its_parent_what_nobody_is_known_to_have_made(repo: Repo, ana: str) -> None:
    """Whoever asks for a review of a commit without a note counts as its maker."""
    child = repo.start("kid", "--parent", ana)
    name = repo.here("ask", child, "look", "--type", "review", "--json", session=ana, check=True).json["id"]
    assert why(repo.here("task", "take", name, "--json", session=child)) == (1, "forbidden")


@pytest.fixture(params=["dead", "late"])
def left(request: pytest.FixtureRequest, repo: Repo) -> Repo:
    """The repository in which a dead session claims src/a.py, or one that lives, for a time that is over."""
    import subprocess

    if request.param == "late":
        holder = repo.start("hal")
        repo.here("claim", "src/a.py", "--ttl", "1s", session=holder, check=True)
        return repo.later(60)
    place = subprocess.Popen(["sleep", "600"])
    holder = str(repo.here("start", "hal", "--pid", str(place.pid), "--json", check=True).json["session"])
    repo.here("claim", "src/a.py", session=holder, check=True)
    place.kill()
    place.wait()
    return repo


@pytest.mark.slow
@pytest.mark.parametrize("how", ["next", "take", "wait"])
def test_claims_that_are_over_stop_no_task(ana: str, left: Repo, how: str) -> None:
    """A claim of a gone session, or one whose deadline is over, is taken over with the task, and ends with it."""
    name = task(left, ana, "add", "mend", "--claim", "src")["id"]
    words = {"next": ("next",), "take": ("take", name), "wait": ("next", "--wait", "20s")}[how]
    given = task(left, ana, *words)
    assert (given["id"], given["holder"]) == (name, ana)
    assert [(one["scope"], one["name"]) for one in given["took_over"]] == [("src/a.py", "hal")]
    held = left.here("claims", "--json").json["claims"]
    assert [(item["scope"], item["session"], item["token"]) for item in held] == [("src", ana, given["token"])]
    task(left, ana, "done", name)
    assert left.here("claims", "--json").json["claims"] == []


def test_claim_that_holds_beside_one_that_is_over_keeps_the_task(ana: str, bob: str, left: Repo) -> None:
    """Nothing is taken over where that would not free the task; another task is taken as it is."""
    left.here("claim", "src/b.py", session=bob, check=True)
    name = task(left, ana, "add", "mend", "--claim", "src")["id"]
    tip = left.git("rev-parse", "refs/coord/ledger")
    assert why(left.here("task", "next", "--json", session=ana)) == (1, "empty")
    assert why(left.here("task", "take", name, "--json", session=ana)) == (1, "held")
    assert left.git("rev-parse", "refs/coord/ledger") == tip


def test_what_was_taken_over_for_a_task_and_what_is_not_in_head_is_told(ana: str, left: Repo) -> None:
    """To people, in the words of a claim; a task on scopes whose last commit is elsewhere says where it is."""
    task(left, ana, "add", "mend", "--claim", "src")
    out = left.here("task", "next", session=ana, check=True).out
    assert re.search(r"^took over src/a.py from hal \(.*\), (gone|its time ended at \d\d:\d\d)$", out, re.MULTILINE)
    left.git("switch", "-q", "-c", "beside")
    left.commit("src/b.py", session=ana, check=True)
    done = left.git("rev-parse", "HEAD")
    task(left, ana, "done", task(left, ana, "list")["tasks"][0]["id"])
    left.git("switch", "-q", "-")
    task(left, ana, "add", "go on", "--claim", "src/b.py")
    bob = left.start("bob")
    stale = task(left, bob, "next")["stale"]
    assert [(one["scope"], one["commit"], one["branch"]) for one in stale] == [("src/b.py", done, "beside")]
