"""With all rules the searches find nothing; without one of them they tell how it goes wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.torture import TIMES, every

from . import scenarios
from .rounds import rounds
from .rules import EVERY, Rule, without
from .scenario import Scenario
from .scenarios import CASES, LIMITS, SPARE, Case
from .search import search
from .waiting import CROSSED, LINES, NESTED, SHARED, Line, wait

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
SCOPES = {name: value for name, value in vars(scenarios).items() if isinstance(value, Scenario)}
CROWD = 4
DEAR = {"REMEMBERED", Rule.MEND_AGAIN, Rule.FAST_FORWARD, Rule.REAPPEND}
"""Searches that take more than five seconds each: of the long variant only."""


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in every(12, SCOPES) if TIMES > 1 or name not in DEAR])
def test_nothing_goes_wrong_with_all_rules(name: str) -> None:
    """The whole of each small scope is seen, and every invariant holds in it."""
    found = search(SCOPES[name])
    assert not found.wrong, str(found)
    assert found.whole


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    every(4, (case for case in CASES if TIMES > 1 or DEAR.isdisjoint(case.off))),
    ids=lambda case: "+".join(rule.name for rule in case.off),
)
def test_without_a_rule_something_goes_wrong(case: Case) -> None:
    """The search finds what the rule is there for, and prints how it came."""
    found = search(case.scenario, without(*case.off))
    print(found)
    assert found.wrong.startswith(case.wrong)
    assert found.story


@pytest.mark.parametrize("line", [CROSSED, NESTED, SHARED], ids=["crossed", "nested", "shared"])
def test_waiting_ends_with_all_rules(line: Line) -> None:
    """Whoever waits gets its turn or is refused at once."""
    found = wait(line)
    assert not found.wrong, str(found)
    assert found.whole


@pytest.mark.parametrize("rule", LINES, ids=lambda rule: rule.name)
def test_waiting_fails_without_a_rule(rule: Rule) -> None:
    """The search finds waiters that stand still for ever, or one refused for nothing."""
    line, wrong = LINES[rule]
    found = wait(line, without(rule))
    print(found)
    assert found.wrong.startswith(wrong)
    assert found.story


def test_two_upgrades_are_a_circle_already() -> None:
    """The rule about upgrades finds nothing that the rule about circles does not refuse."""
    assert not wait(SHARED, without(Rule.ONE_UPGRADE)).wrong
    assert wait(SHARED, without(Rule.ONE_UPGRADE, Rule.NO_CIRCLE)).wrong.startswith("stall")


def test_a_crowd_settles_in_two_rounds_because_of_announcements() -> None:
    """Without them each round lets only one clone in."""
    assert rounds(CROWD, EVERY) == 2
    assert rounds(CROWD, without(Rule.ANNOUNCE)) == CROWD


@pytest.mark.parametrize("rule", every(len(SPARE), SPARE), ids=lambda rule: rule.name)
def test_nothing_was_found_without_a_rule_that_is_spare(rule: Rule) -> None:
    """What docs/protocol.md says has no counterexample has none in these scopes."""
    for scenario in SPARE[rule]:
        found = search(scenario, without(rule))
        assert not found.wrong, str(found)
        assert found.whole


def test_each_rule_of_the_protocol_has_a_switch_or_a_reason() -> None:
    """A rule that the model does not have stands in the table that says why."""
    text = PROTOCOL.read_text()
    numbers = re.findall(r"^\*\*(\d+)\.", text, re.MULTILINE)
    switched = {rule.value.split(" ")[0].rstrip("abcdef") for rule in Rule}
    table = text.partition("**Not modelled.**")[2].partition("\n\n**")[0]
    explained = set(re.findall(r"(?:^\| |; )(\d+): ", table, re.MULTILINE))
    assert [number for number in numbers if number not in switched | explained] == []


@pytest.mark.parametrize(("scenario", "wrong"), LIMITS, ids=["token", "clock"])
def test_what_cannot_be_promised_can_happen(scenario: Scenario, wrong: str) -> None:
    """The limits that docs/protocol.md names are real: the story can be printed."""
    found = search(scenario)
    print(found)
    assert found.wrong.startswith(wrong)
    assert found.story


def test_every_rule_is_searched_and_described() -> None:
    """No switch is without a scope, and docs/protocol.md names each."""
    searched = {rule for case in CASES for rule in case.off} | set(LINES) | set(SPARE)
    assert searched | {Rule.ANNOUNCE, Rule.ONE_UPGRADE} == set(Rule)
    text = PROTOCOL.read_text()
    assert [rule.name for rule in Rule if f"`{rule.name}`" not in text] == []
