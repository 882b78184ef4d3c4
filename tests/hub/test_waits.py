"""Waiting for what happens in another clone: the hub is asked before a wait ends with no."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.waiting import until

from gitcoord.domain.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Clone

WAITS = {
    "barrier": ("barrier parts wait 1s", "barrier parts arrive"),
    "halt": ("halt --status --wait 1s", "whoami"),
    "task": ("task next --wait 1s", "task add build"),
    "mail": ("inbox --wait 1s", "send alice hello"),
    "state": ("state set plan step 1 --ack-by {bob} --wait 6s", "ack"),
}


@pytest.mark.slow
@pytest.mark.parametrize("noun", WAITS)
def test_the_hub_is_asked_before_the_answer_is_no(
    pair: tuple[Clone, Clone], monkeypatch: pytest.MonkeyPatch, noun: str
) -> None:
    """What another clone did while this one waited counts, also where the wait is too short for a second look."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    if noun == "barrier":
        one.here("barrier", "parts", "--need", bob, session=alice, check=True)
    if noun == "halt":
        one.here("halt", "-m", "stop", session=alice, check=True)
    waits, happens = WAITS[noun]
    done: list[str] = []

    def asked() -> str:
        """The message that asks bob; another process may still be bringing it."""
        messages: list[dict[str, Any]] = []

        def came() -> bool:
            two.sync(check=False)
            messages.extend(two.here("inbox", "--peek", "--json", session=bob, check=True).json["messages"])
            return bool(messages)

        until(came, "nothing asks bob")
        return str(messages[-1]["id"])

    def act() -> None:
        one.sync()  # what was asked is at the hub by now, however busy the machine is
        two.sync()
        words = happens.split()
        if noun == "state":
            words.append(asked())
        two.here(*words, session=bob, check=True)
        two.sync()

    @contextmanager
    def listening(_: Workspace, **__: object) -> Iterator[Callable[[float], bool]]:
        def rung(seconds: float) -> bool:
            if not done:
                done.append(noun)
                act()
            time.sleep(seconds)
            return False

        yield rung

    monkeypatch.setattr(Workspace, "listening", listening)
    told = one.here(*waits.format(bob=bob).split(), "--json", session=alice)
    assert done, told.out + told.err
    assert told.status == 0, told.json
    assert told.json.get("messages", "it is not mail"), "an inbox with nothing in it is an answer, too"
