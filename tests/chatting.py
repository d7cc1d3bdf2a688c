"""A service that speaks chat completions, on a port of this machine: it answers with recorded replies and keeps what it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "chat"


class Service(ThreadingHTTPServer):
    """Answers with the reply of a name; `asked` holds path, headers and body of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.reply, self.headers, self.asked = "good", dict[str, str](), list[tuple[str, dict[str, str], Any]]()
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def sent(self) -> str:
        """All words of all messages."""
        return "\n".join(one["content"] for _, _, body in self.asked for one in body["messages"])


class _Answers(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers), body))
        name = self.server.reply
        if name == "slow":
            time.sleep(3)
        with suppress(OSError):
            self._answer(name)

    do_GET = do_POST

    def _answer(self, name: str) -> None:
        self.send_response(int(name) if name.isdigit() else 200)
        for header in self.server.headers.items():
            self.send_header(*header)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if name in ("endless", "dripping"):
            for _ in range(1_000 if name == "endless" else 40):
                self.wfile.write(b" " * (65_536 if name == "endless" else 1))
                self.wfile.flush()
                time.sleep(0 if name == "endless" else 0.1)
        else:
            self.wfile.write(
                (DATA / f"{'500' if name == '302' else 'good' if name == 'slow' else name}.json").read_bytes()
            )

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Service]:
    """Serve until the block ends."""
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
