"""The program and the model take the same walks, and come to the same ledgers."""

from __future__ import annotations

import os
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from model.rules import EVERY, Rule, without
from support.programs import sealed
from support.torture import TIMES

from gitcoord.domain.workspace import Workspace
from gitcoord.sync import chains, habit, turn
from gitcoord.sync.agree import Agreement

from .program import Arena
from .walks import Walk

if TYPE_CHECKING:
    from pathlib import Path

    from model.rules import Rules

WALKS = 6


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for others to go first."""
    monkeypatch.setattr(turn, "longest", lambda *_: 0.0)


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    """Three clones at a hub, put back for each walk."""
    return made(tmp_path_factory.mktemp("walks"))


def made(base: Path) -> Arena:
    """Three clones at a hub, in a directory of their own."""
    (base / "home").mkdir()
    return Arena(base, sealed(base / "home"))


def test_the_program_walks_as_the_model_does(arena: Arena) -> None:
    """Whatever is asked for, cut, killed, delayed or restored: ledgers, claims, logs and answers are the model's."""
    first = int(os.environ.get("GITCOORD_SEED", "1"))
    for seed in range(first, first + WALKS * TIMES):
        walked = Walk(arena, seed).run()
        assert not walked.wrong, str(walked)


@pytest.mark.slow
def test_a_seed_is_one_walk(arena: Arena, tmp_path: Path) -> None:
    """In another place at another time the same seed tells the same story."""
    here, there = (Walk(where, 10).run().story for where in (arena, made(tmp_path)))
    assert here == there


def disagreement(arena: Arena, likely: int, rules: Rules = EVERY) -> str:
    """What the first walk that goes wrong ends with, '' where none does. `likely` is the seed of one that did."""
    walks = (Walk(arena, seed, rules).run() for seed in chain([likely], range(1, 60)))
    return next((walked.wrong for walked in walks if walked.wrong), "")


@pytest.mark.slow
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
