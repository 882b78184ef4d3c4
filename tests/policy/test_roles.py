"""The table of rights: what the bearers of each role may do."""

from __future__ import annotations

import pytest

from gitcoord.policy import roles

SRC, TEST, NESTED = "src/a.py", "tests/a/test_b.py", "src/web/__tests__/x.js"

MAY_COMMIT = {
    "implementer": {SRC, TEST, NESTED},
    "reviewer": set[str](),
    "tester": {TEST, NESTED},
    "refactorer": {SRC, TEST, NESTED},
    "security": {SRC, TEST, NESTED},
    "integrator": {SRC, TEST, NESTED},
    "observer": set[str](),
}

MAY = {
    "implementer": "send halt land",
    "reviewer": "send halt",
    "tester": "send halt land",
    "refactorer": "send halt land",
    "security": "send halt override land",
    "integrator": "send halt override land manage",
    "observer": "send",
}

TASKS = (
    # role, type, addressed, may take
    ("implementer", "", False, True),
    ("implementer", "anything", False, True),
    ("implementer", "review", True, False),
    ("reviewer", "review", False, True),
    ("reviewer", "implement", True, False),
    ("reviewer", "", False, True),
    ("reviewer", "", True, True),
    ("tester", "test", False, True),
    ("integrator", "integrate", False, True),
    ("observer", "help", True, False),
    ("observer", "", False, False),
    ("observer", "", True, True),
)


@pytest.mark.parametrize("role", MAY_COMMIT)
@pytest.mark.parametrize("right", roles.BY_PATH)
def test_rights_by_path(role: str, right: str) -> None:
    """What each built-in role may claim, edit and commit."""
    found = roles.rights(role, {})
    assert found is not None
    assert {path for path in (SRC, TEST, NESTED) if found.allows_path(right, path)} == MAY_COMMIT[role]  # type: ignore[arg-type] # a right by path
    assert roles.beyond(role, {}, "commit", [SRC, TEST]) == [
        path for path in (SRC, TEST) if path not in MAY_COMMIT[role]
    ]


@pytest.mark.parametrize("role", MAY)
def test_plain_rights(role: str) -> None:
    """What each built-in role has beside the paths."""
    found = roles.rights(role, {})
    assert found is not None
    assert [right for right in roles.PLAIN if found.allows(right)] == MAY[role].split()  # type: ignore[arg-type] # a name


@pytest.mark.parametrize(("role", "kind", "addressed", "may"), TASKS)
def test_types_of_tasks(role: str, kind: str, addressed: bool, may: bool) -> None:
    """A type is allowed or not, whoever it is for; one without a type is for all who take tasks."""
    found = roles.rights(role, {})
    assert found is not None
    assert found.allows_task(kind, addressed=addressed) == may


def test_every_built_in_role_is_in_the_tables() -> None:
    """A new one needs its rows, and says each right."""
    assert set(roles.BUILT_IN) == set(MAY_COMMIT) == set(MAY)
    assert all(set(said) == {*roles.BY_PATH, roles.TASKS, *roles.PLAIN} for said in roles.BUILT_IN.values())


def test_who_has_no_limits() -> None:
    """No role, and one that is neither built in nor changed; one that is changed has every right that is not said."""
    assert roles.rights("", {}) is None
    assert roles.rights("lead", {}) is None
    found = roles.rights("lead", {"lead": {"commit": ["docs/**"]}})
    assert found is not None
    assert (found.allows_path("commit", "docs/a"), found.allows_path("commit", SRC)) == (True, False)
    assert found.allows_path("claim", SRC)
    assert found.allows("override")
    assert found.allows_task("review", addressed=False)


def test_a_rule_changes_single_rights() -> None:
    """The other rights of a built-in role stay."""
    found = roles.rights("reviewer", {"reviewer": {"commit": ["reviews/**"]}})
    assert found is not None
    assert found.allows_path("commit", "Reviews/a")
    assert not found.allows_path("edit", "reviews/a")
    assert not found.allows("override")
    assert found.limits_paths


def test_roles_that_are_able() -> None:
    """Those whose rights take all of the paths, the built-in ones first."""
    assert "tester" in roles.able({}, "commit", [TEST])
    assert "tester" not in roles.able({}, "commit", [TEST, SRC])
    assert roles.able({"docs": {"commit": ["docs/**"]}}, "commit", ["docs/a"])[-1] == "docs"
