"""The Ollama client against a small host on the loopback that speaks POST /api/chat."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from media.engines.llm.ollama import ollama_model
from media.engines.llm.port import TOOLS, TurnContext

CONTEXT = TurnContext(
    question="timeline", intent="sell", timezone="UTC", now=datetime(2026, 11, 23, 12, tzinfo=UTC)
)
MESSAGES = [
    SystemMessage("prompt"),
    SystemMessage(CONTEXT.model_dump_json()),
    HumanMessage("in two months"),
]
RULES_SAY = {"slot": "timeline", "value": "within_3_months"}
MODEL_SAYS = {"slot": "timeline", "value": "within_6_months"}


class Host(ThreadingHTTPServer):
    """Answers every chat with `answer`; with `gate` set it waits for that first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.message: dict[str, Any] = {"role": "assistant", "content": ""}
        self.status = 200
        self.raw: bytes | None = None
        self.gate: threading.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Host

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        if self.server.gate:
            self.server.gate.wait(10)
        stamp = {"model": body["model"], "created_at": "2026-11-23T12:00:00Z"}
        lines = (
            stamp | {"message": self.server.message, "done": False},
            stamp
            | {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
            | {"total_duration": 1, "prompt_eval_count": 1, "eval_count": 1, "eval_duration": 1},
        )
        answer = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        try:
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/x-ndjson")
            self.end_headers()
            self.wfile.write(answer if self.server.raw is None else self.server.raw)
        except OSError:
            # The client gave up waiting, which is what one of the tests is about.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def host() -> Iterator[Host]:
    server = Host()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    if server.gate:
        server.gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


def call(name: str, arguments: Any) -> dict[str, Any]:
    called = [{"function": {"name": name, "arguments": arguments}}]
    return {"role": "assistant", "content": "Noted.", "tool_calls": called}


def ask(url: str, timeout_s: float = 5.0) -> Any:
    model = ollama_model(url, "llama3.1:8b-instruct-q4_0", timeout_s=timeout_s)
    return asyncio.run(model.bind_tools(list(TOOLS.values())).ainvoke(MESSAGES))


def test_a_lawful_answer_is_the_models_own(host):
    host.message = call("record_answer", MODEL_SAYS)
    answer = ask(host.url)
    assert answer.tool_calls[0]["args"] == MODEL_SAYS and answer.text == "Noted."


def test_the_request_is_bounded_and_carries_the_tools(host):
    host.message = call("record_answer", MODEL_SAYS)
    ask(host.url)
    path, body = host.requests[0]
    assert path == "/api/chat" and body["model"] == "llama3.1:8b-instruct-q4_0"
    options = body["options"]
    assert (options["num_ctx"], options["num_predict"], options["temperature"]) == (2048, 60, 0.0)
    assert {tool["function"]["name"] for tool in body["tools"]} == set(TOOLS)
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "system", "user"]


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": "I think they mean soon."},
        call("record_answer", {"slot": "timeline", "value": "soonish"}),
        call("launch_rocket", {}),
        call("record_answer", {"slot": "timeline"}),
    ],
)
def test_an_unlawful_answer_is_replaced_by_the_rules(host, message):
    host.message = message
    assert ask(host.url).tool_calls[0]["args"] == RULES_SAY


@pytest.mark.parametrize(("status", "raw"), [(500, b'{"error":"out of memory"}'), (200, b"<html>")])
def test_a_confused_host_is_replaced_by_the_rules(host, status, raw):
    host.status, host.raw = status, raw
    assert ask(host.url).tool_calls[0]["args"] == RULES_SAY


def test_a_slow_host_is_not_waited_for(host):
    host.gate = threading.Event()
    assert ask(host.url, timeout_s=0.2).tool_calls[0]["args"] == RULES_SAY


def test_a_host_that_is_away_is_replaced_by_the_rules(host):
    host.shutdown()
    host.server_close()
    assert ask(host.url).tool_calls[0]["args"] == RULES_SAY
