"""How large modules and functions are: small enough to be read at one sitting."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import gitcoord

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(gitcoord.__file__).parent

MODULE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 5

LONG = {
    "domain/claim/apply.py apply_take": "the rule of a takeover, in the order in which docs/protocol.md tells it",
    "domain/claim/release.py release": "what is decided in the transaction and what is said of it share five lists",
    "domain/handoff/apply.py apply_offer": "the rule of an offer, in the order in which docs/protocol.md tells it",
    "domain/session/apply.py apply_register": "the rule of a registration: each field with its bound",
    "domain/session/resume.py resume": "one story with six ends, each of which says something else",
    "interfaces/cli/commit.py run": "an option of git's for each parameter",
    "interfaces/http/openapi.py document": "a document, written as it is read",
    "interfaces/mcp/server.py make": "the handlers of a server, which share its asker",
    "kernel/spawn.py communicate": "a loop over three pipes and two clocks",
    "ledger/chronicle.py about": "a query that is put together from its parts",
    "policy/glob.py _bracket": "a reader of brackets, by git's own cases",
    "setup/init.py init": "the steps of `git coord init` in their order",
    "sync/agree.py meet": "a loop with one try for each contact",
}
"""Functions of more than 40 lines, and why."""

MANY = {
    "what an operation changes, when, and by whom": (
        "domain/claim/apply.py holds",
        "domain/handoff/apply.py _move",
        "domain/handoff/apply.py _movable",
        "domain/handoff/apply.py _put_claim",
        "domain/handoff/apply.py _tell",
        "domain/task/adding.py draft",
        "domain/task/apply/life.py end",
        "domain/task/apply/life.py give_up",
        "domain/workflow/record.py completed",
    ),
    "a commit has an author, an address, a time and a parent": ("ledger/event.py encode",),
    "two ledgers, what was heard of the hub, and what may be taken in": (
        "sync/adopt.py adopt",
        "sync/grace.py passed",
        "sync/transport.py fetch",
    ),
    "times and lengths of a lease, as plain numbers: hook and ledger use it": (
        "policy/guard.py stale",
        "policy/lease.py evidence",
    ),
    "the state, who pushes, where to, and which branch is the default one": ("guard/landing.py closed",),
    "a filter for each parameter": ("ledger/chronicle.py about",),
    "an option of the command for each parameter": ("interfaces/cli/commit.py run", "setup/init.py init"),
    "a field of the answer for each parameter": (
        "domain/board/attention/__init__.py finding",
        "domain/claim/holding.py _described",
        "domain/claim/holding.py described",
        "domain/context/gathering.py _item",
        "domain/handoff/facts.py gather",
        "hook/refusal.py _held",
        "interfaces/cli/demo.py _told",
        "interfaces/http/access.py write",
    ),
    "what the process is given from outside": (
        "hook/agent/heavy.py become",
        "hook/agent/heavy.py detach",
        "hook/main.py run",
        "interfaces/asking.py make",
        "interfaces/http/asking.py run",
        "interfaces/surroundings.py around",
        "setup/installation/setup.py install",
    ),
    "how a child process is started, and for how long": (
        "domain/land/testing.py run",
        "domain/team/spawning.py started",
        "kernel/child.py run",
        "kernel/spawn.py run",
        "kernel/timed.py run",
    ),
    "who asks whom for what": (
        "domain/claim/wait.py _wait",
        "domain/commit/sharing.py left_alone",
        "domain/message/send.py send",
        "domain/radar/looking.py look",
        "domain/radar/telling.py tell",
    ),
}
"""Functions of more than 5 parameters, by the reason. A constructor may take all that its object holds."""


def _functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(PACKAGE)} {node.name}", node


def test_no_module_is_a_monolith() -> None:
    """A module past 400 lines is split."""
    lengths = {str(path): path.read_text().count("\n") for path in PACKAGE.rglob("*.py")}
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_a_function_is_read_at_one_sitting() -> None:
    """A function has at most 40 lines, with its docstring, or a reason here. The table has no others."""
    long = {name for name, node in _functions() if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES}
    assert long == set(LONG)


def test_a_function_takes_few_parameters() -> None:
    """A function takes at most 5 parameters, or is in the table. The table has no others."""
    many = set()
    for name, node in _functions():
        taken = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if node.name != "__init__" and len([one for one in taken if one.arg not in ("self", "cls")]) > PARAMETERS:
            many.add(name)
    assert many == {name for names in MANY.values() for name in names}
