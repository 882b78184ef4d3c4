"""Meeting the hub before a push."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook import hub
from gitcoord.hook.context import Context
from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from conftest import Repo

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (None, False),
        (str(NOW), True),
        (str(NOW - 5), True),
        (str(NOW - 6), False),
        (str(NOW + 1), False),
        ("", False),
        ("-1", False),
        ("soon", False),
        ("9" * 5000, False),
    ],
)
def test_a_landing_that_met_the_hub_just_now_is_believed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, said: str | None, believed: bool
) -> None:
    """For five seconds the hook need not meet it in a process of its own; at any other time it does."""
    repo.git("config", "coord.hub", "origin")
    monkeypatch.chdir(repo.top)
    monkeypatch.setattr(Context, "now", lambda _: NOW)
    started: list[str] = []

    def run(argv: list[str], *_: object, **__: object) -> tuple[int, bytes, bytes]:
        started.append(argv[-4])
        return 0, b"", b""

    env = {**os.environ, **repo.env} | ({"GIT_COORD_MET": said} if said is not None else {})
    context = Context(str(repo.top / ".git"), "", env)
    monkeypatch.setattr(hub, "named", lambda _: True)
    monkeypatch.setattr(spawn, "run", run)
    assert hub.meet(context) == ""
    assert started == ([] if believed else ["sync"])
