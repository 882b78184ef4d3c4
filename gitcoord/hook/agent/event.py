"""What an agent's hook is told: one small record, whatever the agent and its version call things."""

from __future__ import annotations

from gitcoord.hook.agent import patch
from gitcoord.kernel import lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Literal

    Kind = Literal[
        "start", "prompt", "before", "after", "waiting", "stop", "end", "child-start", "child-stop", "env", ""
    ]

_KINDS: dict[str, Kind] = {
    "sessionstart": "start",
    "session.created": "start",
    "userpromptsubmit": "prompt",
    "userpromptsubmitted": "prompt",
    "beforesubmitprompt": "prompt",
    "beforeagent": "prompt",
    "chat.message": "prompt",
    "pretooluse": "before",
    "beforetool": "before",
    "beforeshellexecution": "before",
    "tool.execute.before": "before",
    "posttooluse": "after",
    "posttoolusefailure": "after",
    "aftertool": "after",
    "aftershellexecution": "after",
    "tool.execute.after": "after",
    "permissionrequest": "waiting",
    "permission.ask": "waiting",
    "notification": "waiting",
    "stop": "stop",
    "agentstop": "stop",
    "afteragent": "stop",
    "session.idle": "stop",
    "sessionend": "end",
    "session.deleted": "end",
    "subagentstart": "child-start",
    "subagentstop": "child-stop",
    "shell.env": "env",
}
"""What each event means, by its name in lower case. No two agents use a name for different things."""

_EDITS = frozenset(
    [
        *("edit", "write", "multiedit", "notebookedit", "write_file", "replace", "create", "apply_patch", "patch"),
        *(
            "str_replace",
            "strreplace",
            "search_replace",
            "applypatch",
            "edit_file",
            "delete",
            "delete_file",
            "editnotebook",
        ),
    ]
)
_SHELLS = frozenset(["bash", "shell", "run_shell_command", "run_terminal_cmd", "local_shell", "exec_command"])
_READS = frozenset(["read", "read_file", "view"])
_PATHS = ("file_path", "filePath", "path", "notebook_path", "notebookPath", "target_file", "target_notebook")
_PATCHES = ("command", "input", "patch", "patchText")
_TASK = "<task-notification>"


class Event:
    """An event of an agent.

    `agent` and `name` are as in the configuration; `program` is the agent that runs, another one where it runs the
    hooks of `agent` besides its own, as Cursor does with those of Claude Code. `kind` is what the event means, '' for
    one that means nothing to us. `session` is the agent's own id of the conversation, `child` that of the subagent that
    acts. `tool` is the tool's name, `use` what it does ('edit', 'shell', 'read' or ''), `use_id` the agent's id of the
    call, `paths` the files that it edits or reads, as written, `command` the command of a shell, `input` all that the
    tool is given. `reason` is why a conversation begins or ends. `again`: the turn ends for the second time, after it
    was held, or was stopped by its person. `by_person`: a person wrote the prompt. `cwd` is the directory and
    `transcript` the file with what was said in the window, '' where the agent does not say.
    """

    __slots__ = (
        *("again", "agent", "by_person", "child", "command", "cwd", "input", "kind", "name", "paths", "reason"),
        *("program", "session", "tool", "transcript", "use", "use_id"),
    )

    def __init__(self, agent: str, name: str, record: Mapping[str, Any]) -> None:
        """Read what the agent says of the event `name`."""
        self.agent = agent
        self.name = name
        self.kind: Kind = _KINDS.get(name.lower(), "")
        said = _Said(record)
        foreign = agent == "claude-code" and ("conversation_id" in record or "workspace_roots" in record)
        self.program = "cursor" if foreign else agent
        if self.program == "cursor" and self.kind in ("child-start", "child-stop"):
            self.kind = ""  # its subagents are conversations of their own, which these events do not name
        first = ("conversation_id",) if self.program == "cursor" else ()
        self.session = said.text(*first, "session_id", "sessionId", "conversation_id", "sessionID")
        if not self.session and name == "session.deleted":
            self.session = said.text("id", last=True)
        self.child = said.text("agent_id", "agentId", "subagent_id")
        self.cwd = said.text("cwd", "directory") or _first(record.get("workspace_roots"))
        self.tool = said.text("tool_name", "toolName", "tool")
        self.use_id = said.text("tool_use_id", "toolUseId", "callID", "tool_call_id")
        self.input: dict[str, Any] = said.record("tool_input", "toolArgs", "toolInput", "args")
        self.command = _text(self.input.get("command")) or said.text("command")
        self.use = _use_of(self.tool, name)
        self.paths = _paths_of(self)
        if self.use == "edit" and _text(self.input.get("command")) and "patch" not in self.tool.lower():
            self.command = ""
        self.transcript = _transcript_of(self, said)
        self.reason = said.text("reason", "source", "notification_type")
        self.again = _is_over(record)
        self.by_person = not said.text("prompt").lstrip().startswith(_TASK)


class _Said:
    """The record, and the records within in which one agent or the other puts things."""

    __slots__ = ("_records",)

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._records: list[Mapping[str, Any]] = [record]
        for keys in (("input", "output"), ("properties",), ("info",)):
            self._records += [found for known in self._records for key in keys if (found := _record(known.get(key)))]

    def text(self, *keys: str, last: bool = False) -> str:
        """The first text under one of these keys; with `last` the one that stands deepest."""
        records = reversed(self._records) if last else self._records
        return next((found for known in records for key in keys if (found := _text(known.get(key)))), "")

    def record(self, *keys: str) -> dict[str, Any]:
        """The first object under one of these keys; one that is written as JSON in a text counts, too."""
        for known in self._records:
            for key in keys:
                found = known.get(key)
                if isinstance(found, str) and found.startswith("{"):
                    found = lightjson.parse(found)
                if isinstance(found, dict):
                    return found
        return {}


def parse(agent: str, name: str, content: bytes) -> Event:
    """Return the event that an agent tells of. Raises `ValueError` for what is not a JSON object."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        record = lightjson.record(content)
    except ValueError:
        # It may be JSON all the same: long numbers and deep values are refused only where clones have to agree.
        import json

        record = json.loads(content)
        if not isinstance(record, dict):
            raise ValueError("not a JSON object") from None
    return Event(agent, name, record)


def _transcript_of(event: Event, said: _Said) -> str:
    """Return the file with what was said to whoever acts, '' where the agent does not say.

    Claude Code names that of the window in the events of a subagent, too, and its own one only when it ends. As of
    Claude Code 2.1.
    """
    path = said.text("agent_transcript_path", "transcript_path", "transcriptPath")
    if not event.child or event.program != "claude-code" or said.text("agent_transcript_path"):
        return path
    return f"{path.removesuffix('.jsonl')}/subagents/agent-{event.child}.jsonl" if path.endswith(".jsonl") else ""


def _is_over(record: Mapping[str, Any]) -> bool:
    """Whether a turn that ends is not to be held: it was held already, or did not end by itself.

    Cursor counts how often it was told to go on, and says how a turn ended. As of its documents in November 2026.
    """
    count = record.get("loop_count")
    held = record.get("stop_hook_active") is True or (isinstance(count, int) and count > 0)
    return held or ("loop_count" in record and record.get("status") in ("aborted", "error"))


def _use_of(tool: str, name: str) -> str:
    if name.lower() in ("beforeshellexecution", "aftershellexecution"):
        return "shell"
    known = tool.lower()
    return "edit" if known in _EDITS else "shell" if known in _SHELLS else "read" if known in _READS else ""


def _paths_of(event: Event) -> list[str]:
    """Return the files that a tool edits or reads, as the agent writes them, without repetition."""
    found: list[str] = []
    if event.use == "edit":
        texts = [text for key in _PATCHES if (text := _text(event.input.get(key)))]
        found = [path for text in texts for path in patch.paths(text)]
    elif event.use == "shell":
        return patch.paths(event.command) if "apply_patch" in event.command else []
    if event.use and not found:
        found = [path for key in _PATHS if (path := _text(event.input.get(key)))][:1]
    return list(dict.fromkeys(found))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> str:
    return _text(value[0]) if isinstance(value, list) and value else ""
