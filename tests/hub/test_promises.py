"""The contract of the command line where there is a hub: what JSON answers say while it is there, and away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support import shapes
from support.shapes import GRANTED, HELD, PROVISIONAL, REFUSAL, REFUSED, RELEASED, SEEN, TIME, UNKNOWN, WON, Some

if TYPE_CHECKING:
    from .conftest import Clone, Hub

SYNCED = {"name": ("origin",), "rounds": int, "sent": int, "dropped": int, "notes": bool}
PENDING = {"confirmed": (False,)}
Line = tuple[str, int, str, shapes.Shape]

THERE: list[Line] = [
    # command, status, reason, what is promised
    ("claim mine", 0, "", WON | {"confirmed": (True,)}),
    ("claim mine --confirmed", 0, "", WON | {"confirmed": (True,)}),
    ("claim theirs", 1, "held", REFUSED | REFUSAL | {"confirmed": (True,)}),
    ("claims theirs", 0, "", {"claims": Some(HELD | {"name": ("ana",), "confirmed": (True,)})}),
    ("check theirs", 1, "held", {"conflicts": Some({"held": HELD})}),
    ("release theirs", 1, "not_mine", REFUSAL),
    ("number n", 0, "", {"number": (1,), "confirmed": (True,)}),
    ("rules max-files 300", 0, "", {"rules": {"max-files": (300,)}, "confirmed": (True,)}),
    ("rules person", 0, "", {"confirmed": (True,)}),
    ("renew", 0, "", {"confirmed": (True,)}),
    ("release mine", 0, "", RELEASED | {"confirmed": (True,)}),
    ("retire --gone", 0, "", {"retired": (), "confirmed": (True,)}),
    ("sync", 0, "", SYNCED),
    ("sync --hub origin", 0, "", SYNCED),
    ("sync --hub elsewhere", 2, "usage", REFUSAL),
    ("init --hub origin", 0, "", {"done": Some(str)}),
]
AWAY: list[Line] = [
    ("claim new", 0, "", PROVISIONAL),
    ("claim port:3000", 0, "", PROVISIONAL),
    ("claim theirs", 1, "held", REFUSED | REFUSAL | {"confirmed": (False,)}),
    ("claim other --confirmed", 3, "offline", UNKNOWN | REFUSAL),
    ("claim --any other more --confirmed", 3, "offline", UNKNOWN | REFUSAL),
    ("claims new", 0, "", {"claims": Some(HELD | {"token": (None,), "confirmed": (False,)})}),
    ("renew", 0, "", {"held_until": TIME, "claims": Some(GRANTED), "confirmed": (False,)}),
    ("number n", 0, "", {"number": (2,), "confirmed": (False,)}),
    ("release new", 0, "", RELEASED | {"released": Some({"scope": ("new",), "token": (None,)})} | PENDING),
    ("rules max-files 400", 0, "", {"rules": {"max-files": (400,)}} | PENDING),
    ("rules max-files", 0, "", {"rules": {"max-files": (400,)}} | PENDING),
    ("rules person", 0, "", {"confirmed": (True,)}),
    ("check theirs", 1, "held", {"conflicts": Some({"held": HELD})}),
    ("sessions", 0, "", {"sessions": Some(SEEN)}),
    ("whoami", 0, "", SEEN),
    ("sync --timeout 2", 3, "offline", REFUSAL),
    ("doctor", 3, "offline", {"ok": (False,), "findings": Some({"name": str})}),
    ("init --hub origin", 3, "offline", REFUSAL),
    ("end", 0, "", RELEASED | PENDING),
]


def kept(clone: Clone, me: str, hub: str, lines: list[Line]) -> None:
    """Each command answers as its line says, and that the hub was there, or away."""
    for command, status, reason, promised in lines:
        ran = clone.here(*command.split(), "--json", session=me)
        assert (ran.status, ran.json.get("reason", ""), ran.err) == (status, reason, ""), (command, ran.out)
        assert list(shapes.wrong(ran.json, shapes.HEAD | promised)) == [], command
        assert ran.json["hub"] == hub or status == 2, command


def test_short_wait_for_mail_asks_the_hub(pair: tuple[Clone, Clone]) -> None:
    """What is at the hub when the wait begins is found, however short the wait."""
    one, two = pair
    ana, bea = one.start("ana"), two.start("bea")
    one.won(ana, "a")
    two.won(bea, "b")
    two.sync()
    one.here("send", "bea", "hello", session=ana, check=True)
    one.sync()
    assert two.here("inbox", "--json", session=bea).json["messages"] == [], "it is not here yet"
    found = two.here("inbox", "--wait", "2s", "--json", session=bea).json["messages"]
    assert [item["subject"] for item in found] == ["hello"]


def test_json_keeps_what_the_contract_promises_of_a_hub(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What is confirmed, refused, provisional or unknown is said under the same names everywhere."""
    one, two = pair
    one.won(one.start("ana"), "theirs")
    me = two.start("bea")
    kept(two, me, "ok", THERE)
    hub.away()
    kept(two, me, "offline", AWAY)
