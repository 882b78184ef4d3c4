"""Handoffs: a session's tasks and claims offered to another one, or taken up from one that is gone."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "handoff": Summary("Hand tasks, claims and uncommitted work over to another session.", (), "listing"),
    "handoff offer": Summary(
        "Offer work to a session, or to the next one that comes.",
        ("handoff offer bob -m 'the tests are still red'", "handoff offer next --from alice-1a2b3c4d"),
        "offering",
    ),
    "handoff list": Summary("List the offers.", ("handoff list", "handoff list --all --json"), "listing"),
    "handoff show": Summary("Show an offer.", ("handoff show 3f2a", "handoff show 3f2a --json"), "listing"),
    "handoff accept": Summary(
        "Accept an offer: its tasks and claims become this session's.",
        ("handoff accept 3f2a", "handoff accept 3f2a --json"),
        "accepting",
    ),
    "handoff decline": Summary(
        "Decline an offer, or take back one of your own.",
        ("handoff decline 3f2a", "handoff decline 3f2a -m 'no time today'"),
        "accepting",
    ),
    "adopt": Summary(
        "Take up the work of a session that is gone.",
        ("adopt alice-1a2b3c4d", "adopt alice-1a2b3c4d --json"),
        "adopting",
    ),
}
