"""The program and the model take the same walks, and come to the same ledgers."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from model.rules import EVERY, Rule, without

from gitcoord.domain.workspace import Workspace
from gitcoord.sync import chains, habit, turn
from gitcoord.sync.agree import Agreement

from .program import Arena
from .walks import Walk

if TYPE_CHECKING:
    from pathlib import Path

    from model.rules import Rules

WALKS = 16
TIMES = max(1, int(os.environ.get("GITCOORD_TORTURE", "1")))


@pytest.fixture
def arena(tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Arena:
    """Three clones at a hub; nobody waits for others to go first."""
    monkeypatch.setattr(turn, "longest", lambda *_: 0.0)
    return Arena(tmp_path, env)


def test_the_program_walks_as_the_model_does(arena: Arena) -> None:
    """Whatever is asked for, cut, killed, delayed or restored: ledgers, claims, logs and answers are the model's."""
    first = int(os.environ.get("GITCOORD_SEED", "1"))
    for seed in range(first, first + WALKS * TIMES):
        walked = Walk(arena, seed).run()
        assert not walked.wrong, str(walked)


def test_a_seed_is_one_walk(tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In another place at another time the same seed tells the same story."""
    monkeypatch.setattr(turn, "longest", lambda *_: 0.0)
    stories = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        stories.append(Walk(Arena(tmp_path / name, env), 10).run().story)
    assert stories[0] == stories[1]


def disagreement(arena: Arena, likely: int, rules: Rules = EVERY) -> str:
    """What the first walk that goes wrong ends with, '' where none does. `likely` is the seed of one that did."""
    walks = (Walk(arena, seed, rules).run() for seed in chain([likely], range(1, 60)))
    return next((walked.wrong for walked in walks if walked.wrong), "")


@pytest.mark.parametrize(
    ("rule", "likely"), [(Rule.PUSH_BACK, 2), (Rule.DROPPED_CHAIN, 6)], ids=["PUSH_BACK", "DROPPED_CHAIN"]
)
def test_a_model_without_a_rule_is_told_from_the_program(arena: Arena, rule: Rule, likely: int) -> None:
    """The program keeps a rule that this model does not: the walks notice."""
    assert disagreement(arena, likely, without(rule))


def test_a_program_that_confirms_too_much_is_found_out(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim is called confirmed: a walk ends with it."""
    monkeypatch.setattr(Workspace, "token", lambda _, item: item.token)
    assert "is confirmed" in disagreement(arena, 5)


def test_a_program_that_forgets_announcements_is_found_out(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others announced is not sequenced: a walk ends with it."""
    monkeypatch.setattr(chains, "announced", lambda *_: [])
    monkeypatch.setattr(habit, "expects_others", lambda _: False)  # who looks first is seldom refused by the lease
    assert "the model's" in disagreement(arena, 14)


def test_a_program_that_does_not_look_is_found_out(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal without a fetch made after the question: a walk ends with it."""
    monkeypatch.setattr(Agreement, "refresh", lambda *_, **__: False)
    assert "without a look" in disagreement(arena, 1)
