"""Shared state: values under keys, which sessions read and write under an expected version."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "state": Summary("Share values with other sessions, in scopes and keys.", ()),
    "state get": Summary("Read a scope, or one value.", ("state get plan", "state get plan phase --json")),
    "state set": Summary(
        "Write a value.", ("state set plan phase '\"build\"'", "state set plan count 3 --if-version 7")
    ),
    "state append": Summary("Append to a list.", ("state append plan done '\"login\"'", "state append log lines 1.50")),
    "state remove": Summary("Remove a key, or all of a scope.", ("state remove plan phase", "state remove plan")),
    "state patch": Summary(
        "Make several changes as one.",
        ("state patch plan --if-version 7 -F changes.json", "state patch plan --policy manual"),
    ),
    "state scopes": Summary("List the scopes.", ("state scopes", "state scopes 'plan*'")),
    "state history": Summary("List the versions of a scope.", ("state history plan", "state history plan --limit 5")),
    "state snapshot": Summary(
        "Give a version a name, to go back to.",
        ("state snapshot plan before-the-move", "state snapshot plan first --version 1"),
    ),
    "state rollback": Summary(
        "Bring back an earlier version, as a new one.",
        ("state rollback plan --to 3", "state rollback plan --to before-the-move -m 'too early'"),
    ),
}
