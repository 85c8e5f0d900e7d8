"""What does the service tell the simulated partners? A small HTTP server keeps every signed webhook it receives."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Mailbox:
    """Webhooks by sender, each once by its id (delivery is at least once)."""

    def __init__(self) -> None:
        self._messages: dict[str, list[dict[str, Any]]] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, sender: str, message_id: str, message: dict[str, Any]) -> None:
        with self._lock:
            if message_id not in self._seen:
                self._seen.add(message_id)
                self._messages.setdefault(sender, []).append(message)

    def take(self, sender: str, kind: str) -> list[dict[str, Any]]:
        """The `data` of every message of one kind that has not been taken yet."""
        with self._lock:
            waiting = self._messages.get(sender, [])
            self._messages[sender] = [message for message in waiting if message["type"] != kind]
        return [message["data"] for message in waiting if message["type"] == kind]

    def senders(self) -> list[str]:
        with self._lock:
            return sorted(self._messages)


class Receiver:
    """`POST /hooks/{sender}` on a free port of this machine."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _page_for(self.mailbox))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def address_for(self, sender: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/{sender}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _page_for(mailbox: Mailbox) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            mailbox.keep(self.path.rsplit("/", 1)[-1], self.headers.get("webhook-id", ""), json.loads(body))
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the demo's own screen is enough."""

    return Page
