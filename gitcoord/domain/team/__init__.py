"""Teams: sessions that work on one thing, each with a role, under one address."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "team": Summary("Work as a team: members with roles, and one address for all.", ()),
    "team create": Summary(
        "Make a team of sessions, or start one session for each role.",
        (
            "team create login --member ann:implementer --member bob:reviewer",
            "team create login --roles implementer,reviewer,tester --spawn 'claude -p \"$GIT_COORD_WORK\"'",
        ),
    ),
    "team join": Summary("Join a team.", ("team join login", "team join login --role tester"), "joining"),
    "team show": Summary(
        "Show teams: who is in them, with which roles, and how they are.", ("team show", "team show login"), "joining"
    ),
    "team send": Summary(
        "Send a message to all members of a team.", ("team send login 'the schema has landed'", "team send login hi")
    ),
    "team halt": Summary(
        "Stop the members of a team.", ("team halt login -m 'the schema is wrong'", "team halt login -m wait --auto")
    ),
    "team end": Summary("End a team: its members go on without it.", ("team end login", "team end login --json")),
}
