"""Who may push to a branch, by the rules `land` of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.commit import judging
from gitcoord.guard import landing

if TYPE_CHECKING:
    from conftest import Repo

INT, ANA, KID = "int", "ana", "kid"


class Team:
    """An integrator, and a session with a child; `rule` sets a rule, `why` says why a push is refused."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        self.ids = {INT: self.start(INT, "--role", "integrator"), ANA: self.start(ANA)}
        self.ids[KID] = self.start(KID, "--parent", self.ids[ANA])

    def start(self, *words: str) -> str:
        """Start a session; returns its id."""
        return str(self.repo.here("start", *words, "--json", check=True).json["session"])

    def rule(self, *words: str) -> None:
        """Set a rule of landing, or take it away."""
        self.repo.here("rules", "land", *words, session=self.ids[INT], check=True)

    def claim(self, who: str, *words: str) -> None:
        """Let a session claim something."""
        self.repo.here("claim", *words, session=self.ids[who], check=True)

    def why(self, who: str, branch: str) -> str:
        """Return why a session may not push to a branch; '' where it may. Nobody is ''."""
        mine = [self.ids[who]] if who else []
        mine += [self.ids[ANA]] if who == KID else []
        workspace = self.repo.workspace()
        try:
            reader = judging.StateReader(workspace.ledger.state())
            sessions, refs = judging.sessions(workspace, reader), [f"refs/heads/{branch}"]
            found = landing.closed(reader, sessions, mine, refs, default=lambda: "refs/heads/main")
            return found.why if found is not None else ""
        finally:
            workspace.ledger.store.close()


@pytest.fixture
def team(repo: Repo) -> Team:
    """The three of them in one clone."""
    return Team(repo)


def test_the_last_rule_that_matches_counts(team: Team) -> None:
    """Globs are of whole branch names; whoever comes first lands where nothing else is said, or said last."""
    assert team.why(ANA, "main") == ""
    team.rule("integrator", "release/**")
    assert team.why(ANA, "release/1/x") == "only the role integrator pushes to release/1/x"
    assert [team.why(ANA, branch) for branch in ("main", "release", "old/release/1")] == ["", "", ""]
    team.rule("locked", "release/1*")
    assert team.why(ANA, "release/1") == "release/1 is locked: only who claims branch:release/1 pushes to it"
    assert team.why(INT, "release/1") != ""
    team.rule("first-come", "release/12")
    assert [team.why(ANA, f"release/{number}") != "" for number in (1, 12, 2)] == [True, False, True]
    team.rule("release/1*", "--unset")
    assert team.why(INT, "release/1") == ""


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("integrator", [INT]),
        ("integrator=role:integrator", [INT]),
        ("integrator=ana", [ANA]),
        ("integrator=role:ana", []),
    ],
)
def test_an_integrator_is_the_session_itself(team: Team, who: str, may: list[str]) -> None:
    """By its role or its name; a child is not what its parent is, and nobody is nobody."""
    team.rule(who, "main")
    assert [one for one in (INT, ANA, KID, "") if team.why(one, "main") == ""] == may


def test_a_locked_branch_is_of_whoever_claims_it(team: Team) -> None:
    """The claim of a parent is the child's, too; one on another name, or that was released, opens nothing."""
    team.rule("locked", "main")
    team.claim(ANA, "branch:main2")
    assert [one for one in (INT, ANA, KID, "") if team.why(one, "main") == ""] == []
    team.claim(ANA, "branch:main")
    assert [one for one in (INT, ANA, KID, "") if team.why(one, "main") == ""] == [ANA, KID]
    team.repo.here("release", "branch:main", session=team.ids[ANA], check=True)
    assert team.why(ANA, "main") != ""


def test_a_role_that_may_land_nothing_pushes_to_no_branch_to_land_in(team: Team) -> None:
    """The default branch, and those under a rule; a child has its parent's limits, and another branch is open."""
    team.repo.here("rules", "role", "quiet", "land=no", session=team.ids[INT], check=True)
    for name in ("observer", "quiet"):
        parent = team.start(name, "--role", name)
        child = team.start(f"{name}-kid", "--parent", parent)
        team.ids |= {name: parent, f"{name}-kid": child}
    bound = ("observer", "observer-kid", "quiet", "quiet-kid")
    for one in bound:
        role = one.removesuffix("-kid")
        assert team.why(one, "main") == f"role {role} may land nothing, and main is a branch to land in"
        assert team.why(one, "release/1") == ""
    team.rule("locked", "release/*")
    team.rule("first-come", "free/*")
    assert all(team.why(one, "release/1").startswith("role ") for one in bound)
    assert [team.why(one, "free/1") for one in bound] == [""] * 4
    assert [team.why(one, "main") for one in (INT, ANA, "")] == [""] * 3
    team.repo.here("rules", "role", "quiet", "land=yes", session=team.ids[INT], check=True)
    assert team.why("quiet", "main") == ""
