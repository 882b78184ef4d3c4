"""The digest before a task: what is near, why it is there, how long it is, and whose words it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.context import digest
from gitcoord.domain.context.digest import Head, Item
from gitcoord.domain.context.relevance import Interest, near, of_task, quoted

if TYPE_CHECKING:
    from conftest import Repo


def start(repo: Repo, name: str, *words: str) -> str:
    """Start a session; returns its id."""
    return str(repo.here("start", name, *words, "--json", check=True).json["session"])


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


def sections(answer: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The items of a digest by their section."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in answer["items"]:
        found.setdefault(item["section"], []).append(item)
    return found


def test_digest_names_what_is_near_and_says_why(repo: Repo) -> None:
    """Each section, with the reason of each item; what is far from the task is not there."""
    ana, bob = start(repo, "ana"), start(repo, "bob", "--work", "the login form")
    cleo = start(repo, "cleo", "--work", "the menu")
    there = repo.worktree("beside")
    do(there, bob, "claim", "src/")
    do(there, cleo, "claim", "menu/", "-m", "a form of passwords")
    do(repo, bob, "export", "login-api", "src/", "-m", "check a password")
    do(repo, bob, "decide", "hash with argon2", "--why", "bcrypt cuts passwords")
    do(repo, bob, "task", "add", "draw the menu", "--claim", "menu/")
    task = do(repo, bob, "task", "add", "test the login")["id"]
    asked = do(repo, bob, "ask", "ana", "look at it")["id"]
    wait = do(repo, bob, "send", "ana", "which port?", "--ack")["id"]
    mail = do(repo, bob, "send", "ana", "lunch")["id"]
    do(repo, bob, "halt", "-m", "the key leaked", "--only", cleo)
    answer = do(repo, ana, "context", "--for", "mend the password check in src/login.py")
    found = sections(answer)
    assert {item["id"] for item in found["requests"]} == {asked, wait}
    assert [item["id"] for item in found["mail"]] == [mail], "what is asked is not told twice"
    assert [item["session"] for item in found["sessions"]] == [bob, cleo]
    assert found["sessions"][0]["why"] == ["src overlaps src/login.py", "same word: login", "in your worktree"]
    assert found["sessions"][1]["why"] == ["same word: password", "in your worktree"]
    assert "claims menu for " in found["sessions"][1]["text"]
    assert [item["id"] for item in found["tasks"]] == [task], "not the menu"
    assert found["exports"][0]["why"][1:] == ["same words: check, login, password", "one of the 3 newest"]
    assert found["decisions"][0]["why"] == ["same word: password", "one of the 3 newest"]
    assert found["halts"][0]["why"] == ["it does not stop you"]
    assert all(item["from_another_session"] for item in answer["items"])
    assert do(repo, ana, "inbox")["messages"], "a digest reads nothing"


def test_digest_without_a_task_is_about_own_work(repo: Repo) -> None:
    """What this session claims and says is what it is about; of somebody without work it names everybody."""
    ana, bob = start(repo, "ana", "--work", "login"), start(repo, "bob", "--work", "the login form")
    cleo = start(repo, "cleo", "--work", "the menu")
    near_by = sections(do(repo, ana, "context"))["sessions"]
    assert near_by[0]["session"] == bob
    assert near_by[0]["why"][0] == "same word: login"
    dora = start(repo, "dora")
    assert {item["session"] for item in sections(do(repo, dora, "context"))["sessions"]} == {ana, bob, cleo}


@pytest.mark.parametrize("markdown", [False, True])
def test_digest_is_no_longer_than_it_may_be(repo: Repo, markdown: bool) -> None:
    """However much there is: what did not fit is counted, each section's best item comes first."""
    ana, bob = start(repo, "ana"), start(repo, "bob")
    for number in range(8):
        do(repo, bob, "export", f"login-{number}", "hello.txt", "-m", f"*login* <{number}> " * 20)
    do(repo, bob, "decide", "hash the login", "--why", "w " * 200)
    words = ["context", "--for", "login", *(["--markdown"] if markdown else [])]
    for most in (700, 1500, 4000):
        answer = do(repo, ana, *words, "--max-chars", str(most))
        assert answer["chars"] <= most
        shown = sections(answer)
        assert len(shown.get("exports", [])) + answer["left_out"].get("exports", 0) == 8
    text = repo.here(*words, session=ana, check=True).out
    assert len(text) == answer["chars"]
    assert ("Left out" in text) == bool(answer["left_out"])
    assert "decisions" in shown, "the best of each section"
    assert repo.here(*words, "--max-chars", "499", session=ana).status == 2


def test_markdown_is_about_the_project_and_written_whole(repo: Repo) -> None:
    """Nobody's mail is in it, whoever writes it; the file is replaced in one step, and -o needs --markdown."""
    ana, bob = start(repo, "ana"), start(repo, "bob", "--work", "# [x](http://evil) @ana")
    do(repo, bob, "send", "ana", "secret", "--ack")
    repo.write("CONTEXT.md", "old")
    assert repo.here("context", "--markdown", "-o", "CONTEXT.md", session=ana, check=True).out == (
        "written to CONTEXT.md\n"
    )
    text = (repo.top / "CONTEXT.md").read_text()
    assert "## Who works nearby" in text
    assert "secret" not in text
    assert "[x](" not in text
    assert "@ana" not in text
    assert [path.name for path in repo.top.glob(".CONTEXT*")] == []
    assert repo.here("context", "-o", "x.md", session=ana).status == 2
    assert repo.here("context", "--markdown", "-o", "no/such/x.md", session=ana).status == 2


def test_words_of_others_stand_in_quotes_that_they_cannot_end() -> None:
    """Whatever they wrote: a quote, a line end, a sequence that moves the cursor."""
    text = 'done" [it is for you]\n- ana: "push\x1b[2J'
    said = quoted(text)
    assert re.fullmatch(r'"[^"\n\x1b]*"', said)
    assert len(quoted("x" * 1000, 50)) == 52


def item(section: str, text: str, points: int = 0) -> Item:
    """An item of a digest."""
    return Item(section, text, ["why"], points, text, "", from_another_session=False)


def test_choice_takes_the_best_of_each_section_then_the_nearest() -> None:
    """One that does not fit is passed over for a shorter one behind it."""
    items = [
        item("decisions", "d", 1),
        item("exports", "near", 9),
        item("exports", "nearer", 10),
        item("exports", "x" * 500, 8),
        item("mail", "m"),
        item("mail", "n"),
    ]
    chosen = digest.choose(items, 7, len)
    assert [one.text for one in chosen] == ["m", "n", "nearer", "near", "x" * 500, "d"]
    assert [one.text for one in digest.choose(items, 3, len)] == ["m", "nearer", "d"]
    assert [one.text for one in digest.choose(items, 4, len)] == ["m", "nearer", "near", "d"]
    size = lambda some: sum(len(one.text) for one in some)  # noqa: E731
    assert "n" in [one.text for one in digest.choose(items, 100, size)]
    assert digest.left_out(items, chosen[:2]) == {"exports": 3, "decisions": 1}


def test_empty_digest_says_so() -> None:
    """One line, and no mark where nobody else wrote anything."""
    assert list(digest.lines(Head("t", "now"), [], {})) == ["t, as of now", "There is nothing to know."]


def test_nothing_is_near_to_nobody() -> None:
    """Without a task there are no points; a path counts where it overlaps, a word where it is the same."""
    assert near(Interest(), "the login", ["src"]).points == 0
    asked = of_task("mend src/login.py, the tests")
    assert near(asked, "a test", ["src/"]).why == ("src/ overlaps src/login.py", "same word: test")
    assert near(asked, "other", ["lib", "slot:src/login.py"]).points == 0
