"""A model that answers from a script, on 127.0.0.1: `python model.py STEPS PORTFILE`.

It speaks what Claude Code (Anthropic Messages), Codex (OpenAI Responses), Copilot CLI (OpenAI Chat) and Gemini CLI ask
for. STEPS is a JSON file, an object of lists of steps, of which a person's words `script:NAME` choose one, and the
empty name is for the rest. A step is `{"tool": NAME, "input": {...}}`, with `"custom": TEXT` for Codex's patches and
`"namespace"` for its tools of servers, or `{"text": TEXT}`; with `"wait": FILE` it is answered when that file is there.
Which step is next follows from the turns in the request, so nothing is kept.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    scripts: ClassVar[dict[str, list[Json]]] = {}

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Be there."""
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """Tell of one model."""
        self._send({"object": "list", "data": [{"id": "fake", "object": "model"}], "models": []})

    def do_POST(self) -> None:
        """Answer with the next step."""
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        path = self.path.split("?")[0]
        if path.endswith("/count_tokens"):
            self._send({"input_tokens": 1})
        elif path.endswith("/messages"):
            self._anthropic(asked)
        elif path.endswith("/responses"):
            self._responses(asked)
        elif path.endswith("/chat/completions"):
            self._chat(asked)
        else:
            self._gemini(asked, "stream" in path)

    def _step(self, number: int, tools: object, words: Iterator[str]) -> Json:
        if not tools:
            return {"text": "title"}
        named = [name for text in words for name in re.findall(r"script:(\w+)", text)]
        steps = self.scripts.get(named[0] if named else "", [])
        step = steps[number] if number < len(steps) else {"text": "done"}
        while "wait" in step and not Path(step["wait"]).exists():
            time.sleep(0.1)
        return step

    def _anthropic(self, asked: Json) -> None:
        turns = sum(one["role"] == "assistant" for one in asked["messages"])
        step = self._step(turns, asked.get("tools"), _words(asked["messages"]))
        name = f"toolu_{turns}_{random.randrange(10**9)}"
        block: Json = {"type": "text", "text": step.get("text", "")}
        if "tool" in step:
            block = {"type": "tool_use", "id": name, "name": step["tool"], "input": step["input"]}
        usage = {"input_tokens": 1, "output_tokens": 1}
        message: Json = {
            "id": f"msg_{len(asked['messages'])}",
            "type": "message",
            "role": "assistant",
            "model": "fake",
            "stop_sequence": None,
        }
        reason = "tool_use" if "tool" in step else "end_turn"
        if not asked.get("stream"):
            self._send({**message, "content": [block], "stop_reason": reason, "usage": usage})
            return
        if "tool" in step:
            first: Json = {**block, "input": {}}
            delta: Json = {"type": "input_json_delta", "partial_json": json.dumps(step["input"])}
        else:
            first, delta = {**block, "text": ""}, {"type": "text_delta", "text": step["text"]}
        self._stream(
            [
                {"type": "message_start", "message": {**message, "content": [], "stop_reason": None, "usage": usage}},
                {"type": "content_block_start", "index": 0, "content_block": first},
                {"type": "content_block_delta", "index": 0, "delta": delta},
                {"type": "content_block_stop", "index": 0},
                {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
                {"type": "message_stop"},
            ]
        )

    def _responses(self, asked: Json) -> None:
        number = sum(
            str(one.get("type", "")).endswith("call_output") or one.get("role") == "assistant" for one in asked["input"]
        )
        step = self._step(number, True, _words(asked["input"]))
        call = {"id": f"fc_{number}", "call_id": f"call_{number}", "name": step.get("tool"), "status": "completed"}
        call |= {"namespace": step["namespace"]} if "namespace" in step else {}
        if "custom" in step:
            item: Json = {"type": "custom_tool_call", **call, "input": step["custom"]}
        elif "tool" in step:
            item = {"type": "function_call", **call, "arguments": json.dumps(step["input"])}
        else:
            content = [{"type": "output_text", "text": step["text"], "annotations": []}]
            item = {"type": "message", "id": "msg", "role": "assistant", "status": "completed", "content": content}
        whole = {"id": f"resp_{number}", "object": "response", "model": "fake", "output": []}
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        self._stream(
            [
                {"type": "response.created", "response": {**whole, "status": "in_progress"}},
                {"type": "response.output_item.added", "output_index": 0, "item": item},
                {"type": "response.output_item.done", "output_index": 0, "item": item},
                {
                    "type": "response.completed",
                    "response": {**whole, "status": "completed", "output": [item], "usage": usage},
                },
            ]
        )

    def _chat(self, asked: Json) -> None:
        number = sum(one["role"] == "assistant" for one in asked["messages"])
        step = self._step(number, asked.get("tools"), _words(asked["messages"]))
        message: Json = {"role": "assistant", "content": step.get("text")}
        if "tool" in step:
            function = {"name": step["tool"], "arguments": json.dumps(step["input"])}
            message["tool_calls"] = [{"index": 0, "id": f"call_{number}", "type": "function", "function": function}]
        reason = "tool_calls" if "tool" in step else "stop"
        base: Json = {"id": "chat", "created": 1, "model": "fake"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        if not asked.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason}
            self._send({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
            return
        chunk = {**base, "object": "chat.completion.chunk"}
        self._stream(
            [
                {**chunk, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
                {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
                {**chunk, "choices": [], "usage": usage},
            ],
            end="data: [DONE]\n\n",
        )

    def _gemini(self, asked: Json, stream: bool) -> None:
        calls = [part for one in asked.get("contents", []) if one.get("role") == "model" for part in one["parts"]]
        turns = sum("functionCall" in part for part in calls)
        step = self._step(turns, asked.get("tools"), _words(asked.get("contents", [])))
        part: Json = {"text": step.get("text", "")}
        if "tool" in step:
            part = {"functionCall": {"name": step["tool"], "args": step["input"], "id": f"call{len(calls)}"}}
        candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
        said = {"candidates": [candidate], "usageMetadata": {"totalTokenCount": 2}, "modelVersion": "fake"}
        if stream:
            self._stream([said])
        else:
            self._send(said)

    def _send(self, said: Json) -> None:
        data = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, events: list[Json], end: str = "") -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for event in events:
            name = f"event: {event['type']}\n" if "type" in event else ""
            self.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())
        self.wfile.write(end.encode())


def _words(messages: Iterable[Json]) -> Iterator[str]:
    """Yield what persons said, without the results of tools."""
    for message in messages:
        if message.get("role") == "user":
            said = message.get("content") or message.get("parts") or ""
            for part in [{"text": said}] if isinstance(said, str) else said:
                if isinstance(part.get("text"), str):
                    yield part["text"]


if __name__ == "__main__":
    Handler.scripts = json.loads(Path(sys.argv[1]).read_text())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    beside = Path(sys.argv[2] + ".new")
    beside.write_text(str(server.server_address[1]))
    beside.rename(sys.argv[2])
    server.serve_forever()
