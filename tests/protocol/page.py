"""What docs/protocol.md says of the lines and tests, and what it has to say by the table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .row import TOP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .row import Kept

_TEXT = (TOP / "docs" / "protocol.md").read_text()


def rules() -> dict[str, str]:
    """Return each numbered rule: number -> text, up to the next rule or heading."""
    parts = re.split(r"^(?=\*\*\d+\.|#)", _TEXT, flags=re.MULTILINE)
    return {number[1]: part for part in parts if (number := re.match(r"\*\*(\d+)\.", part)) is not None}


def found() -> list[str]:
    """Return the numbers of what may be found wrong."""
    return [row[0] for row in _rows("| | found | done |")]


def said() -> dict[str, str]:
    """Return what the page says of code and tests: number of the rule, or of what is found wrong -> text."""
    by_rule = {}
    for number, text in rules().items():
        by_rule[number] = " ".join(" ".join(part.split()) for part in text.split("\n\n") if part.startswith("Code: "))
    return by_rule | {number: f"Code: {code}. Test: {test}." for number, code, test in _rows("| | code | test |")}


def expected(rows: Iterable[Kept]) -> str:
    """Return what the page has to say of the rows of one rule."""
    code: dict[str, list[str]] = {}
    tests: dict[str, list[str]] = {}
    for row in rows:
        for place in row.places:
            code.setdefault(place.file, []).append(place.function)
        file, _, name = row.test.partition("[")[0].partition("::")
        tests.setdefault(file, []).append(name)
    return f"Code: {_listed(code)}. Test: {_listed(tests)}."


def _listed(names: dict[str, list[str]]) -> str:
    return "; ".join(
        f"{', '.join(f'`{one}`' for one in dict.fromkeys(listed))} in `{file}`" for file, listed in names.items()
    )


def _rows(head: str) -> list[list[str]]:
    """Return the cells of the table that begins so."""
    table = _TEXT.partition(f"\n{head}")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]
