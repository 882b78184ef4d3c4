"""Shell commands that last: while one runs no hook does, so a timer keeps alive what its session holds.

The timer is a process that sleeps, and then looks whether a command still runs. There is at most one for a window, and
it ends with the next look at which none does. Light.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.agent.memory import Memory

PERIOD = 10 * 60
"""Seconds between two looks: a third of the length of an automatic claim."""

LONGEST = 24 * 3600
"""Seconds after which a command whose end was not told counts as over."""

_MOST = 20
"""Commands that are remembered; an agent that runs more at once is known to be at work all the same."""

_EARLY = 30
"""Seconds before its look at which a timer counts as gone: one too many does no harm, one too few does."""

_RUNS, _TIMER = "runs", "timer"


def begin(memory: Memory, call: str) -> None:
    """Remember that a command begins, which the agent calls so."""
    others = [known for known in memory.seen(_RUNS).split() if known != call]
    memory.note(_RUNS, " ".join([*others, _word(call)][-_MOST:]))


def end(memory: Memory, call: str) -> None:
    """Remember that it is over."""
    before = memory.seen(_RUNS)
    after = " ".join(known for known in before.split() if known != _word(call))
    if after != before:
        memory.note(_RUNS, after)


def end_all(memory: Memory) -> None:
    """Remember that none runs: the turn is over, or another one begins."""
    if memory.seen(_RUNS):
        memory.note(_RUNS, "")


def runs(memory: Memory) -> bool:
    """Whether a command runs, as far as is known."""
    return bool(memory.seen(_RUNS)) and memory.age(_RUNS) < LONGEST


def needs_timer(memory: Memory) -> bool:
    """Whether no timer is set; it counts as set from now on."""
    if memory.age(_TIMER) < PERIOD - _EARLY:
        return False
    set_timer(memory)
    return True


def set_timer(memory: Memory) -> None:
    """Remember that a timer is set now."""
    memory.note(_TIMER, "")


def _word(call: str) -> str:
    return "".join(call.split())[:80] or "?"
