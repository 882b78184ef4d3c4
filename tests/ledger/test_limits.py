"""The limits of the schema: what is outside of them is refused, set aside or void, by every interpreter alike."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.torture import chosen

import gitcoord
from gitcoord.policy import limits

from . import corpus
from .corpus import CASES, ELSEWHERE, TRIED, Case, outcome

PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
"""Interpreters that are tried where they are there; none of them needs to have any package."""


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    """What comes of it is what the schema says; nothing of it is an exception."""
    assert outcome(case).startswith(case.wanted)


def test_the_corpus_is_large_and_its_names_differ() -> None:
    """Each case is one of its own."""
    assert len({case.name for case in CASES}) == len(CASES) >= 100


def test_every_limit_is_tried_below_at_and_above_it() -> None:
    """A limit of the schema has three cases, of which only the last has another outcome, or a test of its own."""
    names = [name for name in vars(limits) if name.isupper()]
    assert sorted([*TRIED, *ELSEWHERE]) == sorted(names)
    wanted = {case.name: case.wanted for case in CASES}
    for limit, name in TRIED.items():
        below, at, above = (wanted[f"{name} {where} the limit"] for where in ("below", "at", "above"))
        assert below == at != above, limit
    for path, _, test in (text.partition("::") for text in ELSEWHERE.values()):
        assert f"def {test}(" in Path(__file__).parents[1].joinpath(path).read_text()


def test_every_limit_is_described() -> None:
    """docs/protocol.md names each of them."""
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    assert [name for name in vars(limits) if name.isupper() and f"`{name}`" not in text] == []


def _read(python: str, *more: str, **environ: str) -> list[str]:
    """What an interpreter makes of the corpus; [] where it does not run."""
    top = Path(gitcoord.__file__).parents[1]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{top}{os.pathsep}{Path(corpus.__file__).parents[1]}", **environ}
    command = [python, "-S", "-m", "ledger.corpus", *more]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.fixture(scope="module")
def here() -> list[str]:
    """What this interpreter makes of the corpus."""
    return [json.dumps([case.name, outcome(case)]) for case in CASES]


@pytest.mark.slow
@pytest.mark.parametrize("depth", chosen(("150",), ("150", "20000")))
def test_no_verdict_depends_on_the_recursion_limit(here: list[str], depth: str) -> None:
    """Low or high, each case has the same verdict, and the state after it is the same tree."""
    assert _read(sys.executable, depth) == here


@pytest.mark.slow
def test_no_verdict_depends_on_how_many_digits_are_read(here: list[str]) -> None:
    """A setting of the interpreter decides which numbers it reads; none of ours are so long."""
    assert _read(sys.executable, PYTHONINTMAXSTRDIGITS="0") == here


@pytest.mark.slow
@pytest.mark.parametrize("name", PYTHONS)
def test_no_verdict_depends_on_the_interpreter(here: list[str], name: str) -> None:
    """Another version of Python comes to the same verdicts and the same trees."""
    python = shutil.which(name)
    if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"there is no {name} here")
    assert _read(python) == here
