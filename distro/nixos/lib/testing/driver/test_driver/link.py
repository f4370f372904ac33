"""
The connection to bootflake, which owns the machines: a JSON object a line, in both directions.

  to bootflake    {"id", "op", ...} wants a reply; {"op", ...} without an id does not
  from bootflake  {"id", "result"} or {"id", "error"}; {"event", ...} at any time

bootflake's requests and their replies are in src/nixos-test/requests.ts.
"""

import itertools
import json
import queue
import socket
import threading
from typing import Any, Callable

from test_driver.errors import MachineError


class Link:
    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, "queue.Queue[dict[str, Any]]"] = {}
        self._lock = threading.Lock()
        self._gone = False
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {}

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        self._handlers[event] = handler

    def listen(self) -> None:
        """Call this when all handlers are known."""
        threading.Thread(target=self._read, daemon=True).start()

    def tell(self, op: str, **values: Any) -> None:
        self._send({"op": op, **values})

    def ask(self, op: str, **values: Any) -> Any:
        reply: "queue.Queue[dict[str, Any]]" = queue.Queue()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = reply
            if self._gone:
                raise MachineError("bootflake has ended")
        self._send({"id": number, "op": op, **values})
        answer = reply.get()
        if "error" in answer:
            raise MachineError(answer["error"])
        return answer.get("result")

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        with self._lock:
            self._socket.sendall(line)

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if "event" in message:
                    self._handlers[message["event"]](message)
                else:
                    with self._lock:
                        waiting = self._waiting.pop(message["id"], None)
                    if waiting is not None:
                        waiting.put(message)
        with self._lock:
            self._gone = True
            waiting_all = list(self._waiting.values())
        for waiting in waiting_all:
            waiting.put({"error": "bootflake has ended"})
