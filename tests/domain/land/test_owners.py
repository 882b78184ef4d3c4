"""The policy `owner`: what lands was made by the owner of each path, or reviewed by one, that very commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from domain.land.conftest import Clone


def commit(clone: Clone, path: str, content: str, session: str = "", *, onto: str = "") -> str:
    """Make a commit as a session, on a fresh branch where `onto` is said; returns it."""
    if onto:
        clone.repo.git("checkout", "-q", "-B", "work", onto)
    clone.repo.write(path, content)
    clone.repo.git("add", "--", path)
    clone.repo.run("git", "commit", "-q", "-m", f"change {path}", GIT_COORD_SESSION=session or clone.session)
    return clone.repo.git("rev-parse", "HEAD")


def refused(clone: Clone, target: str = "main") -> str:
    """Push, and return what the guard says against it, '' where it passes."""
    words = ("git", "push", "-q", "--dry-run", "origin", f"HEAD:{target}")
    ran = clone.repo.run(*words, check=False, GIT_COORD_SESSION=clone.session)
    assert (ran.status == 0) == ("push refused" not in ran.err), ran.err
    return ran.err


def rule(clone: Clone, *words: str) -> None:
    """Set a rule."""
    clone.repo.here("rules", *words, session=clone.session, check=True)


def reviewed(clone: Clone, reviewer: str, what: str) -> None:
    """Let a session ask another one of the clone for a review of a commit, which completes it."""
    words = ("ask", reviewer, "look", "--type", "review", "--commit", what, "--json")
    task = clone.repo.here(*words, session=clone.session, check=True).json["id"]
    clone.repo.here("task", "take", task, session=reviewer, check=True)
    clone.repo.here("task", "done", task, session=reviewer, check=True)


@pytest.mark.slow
def test_owner_has_made_it_or_reviewed_that_commit(ana: Clone) -> None:
    """What nobody owns passes, what its owner made too, anything else only when the owner has reviewed that commit."""
    cleo = ana.repo.start("cleo")
    rule(ana, "owner", "src/**", "cleo")
    rule(ana, "owner", "src/free.py", "nobody")
    made = commit(ana, "src/new.py", "1\n", onto="origin/main")
    assert refused(ana) == "", "without the policy nobody asks"
    rule(ana, "land", "owner", "main")
    said = refused(ana)
    assert f"commit {made[:10]}: src/new.py belongs to cleo (rule src/**), who neither made nor reviewed it" in said
    assert f"git coord ask {cleo} 'review {made[:10]}' --type review --commit {made[:12]}" in said
    ranged = ana.repo.here("check", "--range", "origin/main..HEAD", "--json", session=ana.session)
    assert (ranged.status, ranged.json["reason"]) == (1, "forbidden")
    assert made[:10] in ranged.json["message"]
    landed = ana.land().json
    assert landed["reason"] == "forbidden"
    assert "belongs to cleo" in landed["message"]
    assert refused(ana, "other") == "", "another branch"
    reviewed(ana, cleo, made)
    assert refused(ana) == ""
    assert ana.repo.here("check", "--range", "origin/main..HEAD", session=ana.session).status == 0
    ana.repo.run("git", "commit", "-q", "--amend", "-m", "other words", GIT_COORD_SESSION=ana.session)
    assert "belongs to cleo" in refused(ana), "another commit was reviewed"
    ana.repo.git("reset", "-q", "--hard", made)
    assert ana.land().json["result"] == "landed"
    commit(ana, "src/mine.py", "1\n", cleo, onto="origin/main")
    commit(ana, "src/free.py", "1\n")
    commit(ana, "elsewhere.py", "1\n")
    assert refused(ana) == ""
    ana.repo.git("checkout", "-q", "-B", "squashed", "origin/main")
    ana.repo.git("merge", "-q", "--squash", "work")
    ana.repo.run("git", "commit", "-q", "-m", "all as one", GIT_COORD_SESSION=ana.session)
    assert refused(ana) == "", "a squash of what the owner made"
    ana.repo.here("end", session=cleo, check=True)
    assert refused(ana) == "", "an owner that is over is known still"


def test_what_stands_on_another_branch_is_new_to_this_one(ana: Clone) -> None:
    """Who pushes it to a branch of their own first does not get past the owners."""
    rule(ana, "owner", "src/**", "cleo")
    rule(ana, "land", "owner", "main")
    commit(ana, "src/new.py", "1\n", onto="origin/main")
    ana.repo.run("git", "push", "-q", "origin", "HEAD:aside", GIT_COORD_SESSION=ana.session)
    ana.repo.git("fetch", "-q", "origin")
    assert "belongs to cleo" in refused(ana)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_reviewed_work_lands_as_it_is(ana: Clone, method: str) -> None:
    """A refusal names a commit of the branch, never one made to land it; once that is reviewed it says how it lands.

    So it is where main moves once the test has begun, and each commit has to be picked then.
    """
    cleo = ana.repo.start("cleo")
    rule(ana, "owner", "src/**", "cleo")
    rule(ana, "land", "owner", "main")
    other = commit(ana, "elsewhere.py", "1\n", onto="origin/main")
    made = commit(ana, "src/new.py", "1\n", onto="origin/main")
    said = ana.land(f"--{method}").json
    assert f"commit {made[:10]}: src/new.py belongs to cleo" in said["message"]
    assert f"--commit {made[:12]}" in said["message"]
    reviewed(ana, cleo, made)
    said = ana.land(f"--{method}", "--test", f"cd {ana.repo.top}; git push -q --no-verify origin {other}:main").json
    assert said["reason"] == "forbidden"
    assert said["message"] == f"the commits of work may land as they are, but not what --{method} makes of them"
    assert said["hint"] == "git coord land work --merge"
    assert ana.land("work", "--merge").json["result"] == "landed"


@pytest.mark.slow
def test_roles_teams_and_children_are_owners(ana: Clone) -> None:
    """As they were when they reviewed or made it; a child's work is that of its parent."""
    rule(ana, "land", "owner")
    rule(ana, "owner", "src/**", "role:keeper")
    keeper = ana.repo.here("start", "kim", "--role", "keeper", "--json", check=True).json["session"]
    child = ana.repo.here("start", "kid", "--parent", keeper, "--json", check=True).json["session"]
    commit(ana, "src/one.py", "1\n", child, onto="origin/main")
    assert refused(ana) == ""
    ana.repo.here("end", session=child, check=True)
    made = commit(ana, "src/two.py", "1\n", keeper, onto="origin/main")
    ana.repo.here("end", session=keeper, check=True)
    assert refused(ana) == "", "the role that it had"
    rule(ana, "owner", "src/**", "team:login")
    assert "belongs to team:login (rule src/**)" in refused(ana)
    dora = ana.repo.start("dora")
    ana.repo.here("team", "create", "login", "--member", dora, session=ana.session, check=True)
    reviewed(ana, dora, made)
    ana.repo.here("team", "end", "login", session=ana.session, check=True)
    assert refused(ana) == "", "it was in the team when it reviewed"


@pytest.mark.slow
def test_codeowners_of_the_base_count(ana: Clone) -> None:
    """Never those that land with the change; names are translated, and those that nobody translated are said.

    `doctor` tells of lines that count for nothing.
    """
    rule(ana, "land", "owner", "main")
    commit(ana, ".github/CODEOWNERS", "src/ @org/web @dan\ndocs/ @mia\n!docs/x @mia\n", onto="origin/main")
    assert refused(ana) == "", "nothing is owned yet"
    ana.push()
    ana.repo.git("fetch", "-q", "origin")
    found = ana.repo.here("doctor", "--json", session=ana.session).json["findings"]
    assert {one["message"]: one["ok"] for one in found if one["name"] == "CODEOWNERS"} == {
        "lines without effect: line 3: a pattern cannot be negated with !": False,
        "no rule owner-map says who this is: @dan, @mia, @org/web": True,
    }
    commit(ana, ".github/CODEOWNERS", "\n", onto="origin/main")
    commit(ana, "src/new.py", "1\n")
    said = refused(ana)
    assert "src/new.py belongs to @org/web, whom no rule owner-map names, @dan, whom no rule owner-map names" in said
    assert "git coord rules owner-map @org/web" in said
    rule(ana, "owner-map", "@org/web", "ana")
    assert refused(ana) == "", "it made it"
    commit(ana, "docs/new.md", "1\n")
    assert "(CODEOWNERS line 2)" in refused(ana)
    rule(ana, "owner", "docs/**", "nobody")
    assert refused(ana) == "", "rules come before CODEOWNERS"


def test_codeowners_that_cannot_be_used_refuse(ana: Clone) -> None:
    """Sections of another host are not guessed at."""
    rule(ana, "land", "owner", "main")
    commit(ana, "CODEOWNERS", "[Section]\nsrc/ @dan\n", onto="origin/main")
    ana.push()
    ana.repo.git("fetch", "-q", "origin")
    commit(ana, "elsewhere.py", "1\n", onto="origin/main")
    assert "nobody can say who owns the files" in refused(ana)
