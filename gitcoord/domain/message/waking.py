"""Wake readers of urgent messages, where `coord.wake` is `urgent` and their programs offer a way.

What wakes reaches an agent as if its person had typed it: the text is our own, and nothing of the message is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors.remedy import typed
from gitcoord.policy import plain
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.call import Call
    from gitcoord.domain.message.send import Recipient

WHEN = ("off", "urgent")
"""The values of `coord.wake`."""


def wake(call: Call, sender: str, readers: Iterable[Recipient]) -> Collection[str]:
    """Try to wake the readers of an urgent message; returns the ids of those for which it was tried.

    Warns of a value of `coord.wake` that means nothing, which wakes nobody.
    """
    when = call.place.setting("coord.wake", "off").lower()
    if when not in WHEN:
        call.warnings.append(f"coord.wake is {printable(when)!r}, neither off nor urgent: nobody is woken")
    if when != "urgent":
        return ()
    living = {reader.session: reader.status == "idle" for reader in readers if reader.status != "gone"}
    text = f"git-coord: urgent mail from {plain.session(sender)} waits for you. Read it with: {typed('inbox')}"
    return call.around.wake(call.place, living, text) if living else ()
