"""What sessions do together: a noun is a folder here, and a line in `NOUNS`."""

from __future__ import annotations

from typing import NamedTuple


class Noun(NamedTuple):
    """What there is of a noun, told without loading it: words separated by spaces.

    `commands` are the first words behind `git coord` that are its; `kinds` the kinds of its events. Its folder has the
    modules that its summaries name where it has commands, and a module `kinds` where it has kinds. `stands` is the
    entry of the state that is there while the board may have something to say of it: its module `attention` says what.
    `also` are more modules that are asked while it is there: `figures` (for `metrics`), `greeting` (what a session is
    told as it starts), `together` (what the board shows of it beside what needs attention) and `renewing` (which claims
    its command renews by itself); and, always, `findings` (for `doctor`).
    `reacts` are kinds, of other nouns too, because of which it does something: its module `reactions` says what;
    some are occasions that no operation says (`reaction.OCCASIONS`).
    `keeps` are directories below `refs/coord/` in which it has a ref for each session: `gc` drops those of sessions
    that were over for a month.
    `package` is the package of its folder where that is not this one: `gitcoord.setup`, a layer above.
    """

    commands: str = ""
    kinds: str = ""
    stands: str = ""
    reacts: str = ""
    also: str = ""
    keeps: str = ""
    package: str = ""


NOUNS = {
    "session": Noun("start whoami sessions beat end retire", "register progress"),
    "claim": Noun("claim release renew claims check", "claim take release renew end retire waiting"),
    "message": Noun(
        "send inbox ack",
        "message ack",
        reacts="take waiting release end halt resume handoff-offer handoff-accept handoff-decline adopt task-add"
        " task-update task-again task-done task-fail task-decline task-cancel barrier-arrive state landed collision"
        " message team team-end",
    ),
    "history": Noun("log"),
    "board": Noun("status metrics"),
    "setup": Noun("init uninit doctor gc", package="gitcoord.setup"),
    "sync": Noun("sync", package="gitcoord.sync"),
    "agent": Noun("agent"),
    "bypass": Noun(kinds="bypass"),
    "run": Noun("run"),
    "state": Noun("state", "state state-rollback state-snapshot"),
    "handoff": Noun(
        "handoff adopt", "handoff-offer handoff-accept handoff-decline adopt", "handoffs", also="figures greeting"
    ),
    "halt": Noun("halt resume", "halt resume halt-answer", "halt.json"),
    "snapshot": Noun("snapshot", keeps="snapshots"),
    "repair": Noun(kinds="repair"),
    "export": Noun("export exports", "export"),
    "decision": Noun("decide decisions", "decide"),
    "context": Noun("context"),
    "barrier": Noun("barrier", "barrier barrier-arrive barrier-cancel", "barriers/open", also="together"),
    "workflow": Noun("workflow", "workflow-start workflow-cancel workflow-retry", "workflows/open", also="together"),
    "number": Noun("number", "number"),
    "rules": Noun("rules", "rules"),
    "land": Noun("land", stands="claims/names/+branch", also="together renewing findings"),
    "radar": Noun("conflicts", stands="sessions/live"),
    "match": Noun("match"),
    "team": Noun("team", "team team-join team-end", "teams", also="together findings"),
    "task": Noun(
        "task ask",
        "task-add task-next task-take task-again task-keep task-update task-done task-fail task-return"
        " task-decline task-cancel",
        "tasks",
        also="figures findings greeting",
    ),
}
