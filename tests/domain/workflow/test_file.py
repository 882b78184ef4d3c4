"""The file of a workflow: what it may say, and what is wrong in it."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.workflow import file
from gitcoord.errors import Usage

if TYPE_CHECKING:
    from typing import Any


def parse(*stages: Any, **more: Any) -> file.Plan:
    """Read a workflow of these stages as JSON."""
    return file.parse(json.dumps({"stages": list(stages), **more}), "f.json")


def test_stages_stand_behind_those_that_they_need() -> None:
    """In the order of the file otherwise; what is not said has a default."""
    plan = parse({"name": "c", "needs": ["a", "b"]}, {"name": "b"}, {"name": "a", "title": "A"}, {})
    assert [stage.name for stage in plan.stages] == ["b", "a", "c", "stage-4"]
    assert [stage.title for stage in plan.stages] == ["b", "A", "c", "stage-4"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "a title and stages"),
        ('{"stages": []}', "a title and stages"),
        ('{"title": 5, "stages": [{}]}', "title of a workflow"),
        ('{"name": "x", "stages": [{}]}', "has no name"),
        ('{"stages": [5]}', "stage 1 is an object"),
        ('{"stages": [{"step": "x"}]}', "stage 1 has no step"),
        ('{"stages": [{"needs": "x"}]}', "needs of stage 1 is a list of texts"),
        ('{"stages": [{"needs": ["x"]}]}', "needs x, which is not a stage"),
        ('{"stages": [{"name": "a"}, {"name": "a"}]}', "two stages are called a"),
        ('{"stages": [{"name": "a", "needs": ["b"]}, {"name": "b", "needs": ["a"]}]}', "wait for each other: a, b"),
        (json.dumps({"stages": [{}] * 201}), "at most 200"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    """With the stage where it is."""
    with pytest.raises(Usage, match=re.escape(said)):
        file.parse(text, "-")


def test_yaml_says_the_same_and_makes_no_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the file; where PyYAML is missing the hint says how to get it."""
    text = "title: T\nstages:\n  - name: a\n    instruction: |\n      one\n      two\n  - {name: b, needs: [a]}\n"
    plan = file.parse(text, "f.yaml")
    assert (plan.title, plan.stages[0].instruction, plan.stages[1].needs) == ("T", "one\ntwo\n", ("a",))
    for bad in ("a: [", "!!python/object/apply:os.getcwd []"):
        with pytest.raises(Usage, match="not YAML"):
            file.parse(bad, "f.yml")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(Usage, match="needs the package PyYAML"):
        file.parse(text, "f.yaml")


@pytest.mark.parametrize("name", file.TEMPLATES)
def test_templates_are_workflows(name: str) -> None:
    """As they are printed, they can be started."""
    text = json.dumps(file.TEMPLATES[name])
    for written in (text, f"\ufeff{text}"):  # some editors write a byte order mark
        assert len(file.parse(written, "f.json").stages) == 3
