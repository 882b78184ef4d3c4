"""A handoff of more than an event can carry is refused with the limit; an adoption moves what it can."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.handoff import record
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session."""
    return repo.start("ana")


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another one."""
    return repo.start("bob")


def hold(repo: Repo, session: str, count: int) -> list[str]:
    """Give tasks to a session; returns their ids."""
    repo.write("tasks.jsonl", "\n".join(json.dumps({"title": f"task {number}"}) for number in range(count)))
    ids: list[str] = repo.here("task", "import", "tasks.jsonl", "--json", session=session, check=True).json["ids"]
    taken = repo.workspace().record(SessionId(session), *(Draft("task-take", "take", {"id": name}) for name in ids))
    assert not any(outcome.refused for outcome in taken.outcomes)
    return ids


def test_a_context_has_a_limit(repo: Repo, ana: str, bob: str) -> None:
    """A long one arrives whole; one that is too long is a usage error that says how long it may be."""
    whole = "é" * (limits.BODY_BYTES // 2)
    offer = repo.here("handoff", "offer", "bob", "-m", whole, "--json", session=ana, check=True).json["id"]
    assert repo.here("handoff", "accept", offer, "--json", session=bob, check=True).json["context"] == whole
    refused = repo.here("handoff", "offer", "bob", "-m", f"{whole}x", "--json", session=ana)
    assert (refused.status, refused.json["reason"]) == (2, "usage")
    assert refused.json["message"] == f"a context has at most {limits.BODY_BYTES >> 10} KiB"
    assert repo.here("handoff", "list", "--json", session=bob, check=True).json["handoffs"] == []


@pytest.mark.slow
def test_an_offer_has_so_many_tasks_and_no_more(repo: Repo, ana: str, bob: str) -> None:
    """All of the most there may be change hands at once; with one more nothing is offered, and the limit is said."""
    ids = hold(repo, ana, record.MOST_ITEMS + 1)
    refused = repo.here("handoff", "offer", "bob", "--json", session=ana)
    assert (refused.status, refused.json["reason"]) == (2, "usage")
    assert refused.json["message"] == f"an offer has at most {record.MOST_ITEMS} tasks"
    assert "--task" in refused.json["hint"]
    repo.here("task", "return", ids[0], session=ana, check=True)
    offer = repo.here("handoff", "offer", "bob", "--json", session=ana, check=True).json["id"]
    taken = repo.here("handoff", "accept", offer, "--json", session=bob, check=True).json
    assert {one["id"] for one in taken["tasks"]} == set(ids[1:])


@pytest.mark.slow
def test_an_adoption_takes_what_it_can_and_says_what_is_left(repo: Repo, ana: str, bob: str) -> None:
    """It is never refused for how much there is: that would leave the work with whoever cannot go on."""
    ids = hold(repo, ana, record.MOST_ITEMS + 2)
    taken = repo.here("adopt", ana, "--json", session=bob, check=True).json
    assert len(taken["tasks"]) == record.MOST_ITEMS
    assert any("2 more tasks were not adopted" in text for text in taken["warnings"])
    again = repo.here("adopt", ana, "--json", session=bob, check=True).json
    assert {one["id"] for one in (*taken["tasks"], *again["tasks"])} == set(ids)
