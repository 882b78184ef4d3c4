"""Tasks: work that is added once, given to one session at a time, and given again where that session is lost."""

from gitcoord.domain.command import Summary

COMMANDS = {
    "task": Summary("Share work, each task for one session at a time.", ()),
    "task add": Summary(
        "Add a task.", ("task add 'mend the parser' --claim src/parse", "task add deploy --after 1a2b3c4d")
    ),
    "task import": Summary("Add the tasks of a file.", ("task import tasks.jsonl", "task import TODO.md")),
    "task next": Summary("Take the best task that is ready.", ("task next", "task next --type build --wait 30m")),
    "task list": Summary("List tasks.", ("task list", "task list --status failed --limit 10")),
    "task show": Summary("Show everything about a task.", ("task show 1a2b3c4d", "task show 1a2b3c4d --json")),
    "task update": Summary(
        "Say how far a task is, or for what it waits.",
        ("task update 1a2b3c4d --progress 40", "task update 1a2b3c4d --waiting 'a decision of Ana'"),
    ),
    "task take": Summary("Take one task.", ("task take 1a2b3c4d", "task take 1a2b3c4d --json")),
    "task done": Summary(
        "Complete a task.", ("task done 1a2b3c4d --commit HEAD", "task done 1a2b3c4d --evidence '42 tests passed'")
    ),
    "task fail": Summary(
        "Say that an attempt failed.",
        ("task fail 1a2b3c4d --error 'the tests fail'", "task fail 1a2b3c4d --error 'no such file' --final"),
    ),
    "task return": Summary("Give a task back.", ("task return 1a2b3c4d", "task return 1a2b3c4d -q")),
    "task decline": Summary("Refuse a task.", ("task decline 1a2b3c4d", "task decline 1a2b3c4d -m 'no time'")),
    "task cancel": Summary("Cancel a task.", ("task cancel 1a2b3c4d", "task cancel 1a2b3c4d -m 'not needed'")),
    "ask": Summary(
        "Ask somebody for a review, or for help.",
        ("ask bob 'look at the parser' --type review", "ask can:postgres 'why so slow?'"),
    ),
}
