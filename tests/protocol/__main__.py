"""Take each rule out of a copy of the package, and say which were not noticed: `python -m tests.protocol [RULE...]`."""

from __future__ import annotations

import sys
import time

from .mutation import Found, try_without
from .rows import ROWS


def main(rules: list[str]) -> int:
    """Try the rows of these rules, or all; returns 1 where a test did not notice."""
    rows = [row for row in ROWS if not rules or row.rule in rules]
    left = []
    for at, row in enumerate(rows, 1):
        began = time.monotonic()
        found, said = try_without(row)
        took = time.monotonic() - began
        place = ", ".join(f"{place.function} in {place.file}" for place in row.places)
        print(f"{at}/{len(rows)} rule {row.rule}: {found.value} ({took:.0f} s): {place}: {row.test}", flush=True)
        if found is not Found.NOTICED:
            left.append(row)
            for one in row.places:
                print(f"    {one.line!r}\n    {one.without!r}")
            print(said, flush=True)
    print(f"{len(rows)} lines taken out, {len(left)} not noticed")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
