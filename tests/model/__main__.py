"""Run the searches, from the root of the repository.

`python -m tests.model [RULE]`, or `python -m tests.model --deep [WORD of a scope's name]`.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from .deep import DEEP
from .rules import EVERY, without
from .scenarios import CASES
from .search import search
from .waiting import LINES, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from .play import Found

DEEPEST = 200_000


def show(what: str, run: Callable[[], Found], *, story: bool) -> None:
    """Search, and say what was found, how much was seen, and how long it took."""
    began = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - began
    whole = "all" if found.whole or found.wrong else "first"
    print(f"{what}: {found.wrong or 'nothing wrong'} ({whole} {found.states} states, {seconds:.1f} s)", flush=True)
    if story and found.wrong:
        print(found)


def main(arguments: list[str]) -> None:
    """Search the small scopes, the large ones with --deep, or those of one rule."""
    if "--deep" in arguments:
        words = [word for word in arguments if word != "--deep"]
        for name, scenario in DEEP.items():
            if not all(word in name for word in words):
                continue
            show(name, lambda scenario=scenario: search(scenario, limit=DEEPEST), story=True)  # type: ignore[misc]
        return
    for case in CASES:
        if not arguments or any(rule.name in arguments for rule in case.off):
            names = ", ".join(rule.name for rule in case.off)
            show(f"{names} on", lambda case=case: search(case.scenario, EVERY), story=True)  # type: ignore[misc]
            show(f"{names} off", lambda case=case: search(case.scenario, without(*case.off)), story=True)  # type: ignore[misc]
    for rule, (line, _) in LINES.items():
        if not arguments or rule.name in arguments:
            show(f"{rule.name} on", lambda line=line: wait(line), story=True)  # type: ignore[misc]
            show(f"{rule.name} off", lambda line=line, rule=rule: wait(line, without(rule)), story=True)  # type: ignore[misc]


if __name__ == "__main__":
    main(sys.argv[1:])
