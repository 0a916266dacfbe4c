"""A metrics API that answers with the sample teams: for the demo, the tests, and as an example to build one by.

``python -m hansei.sample.serve --port 9000`` runs it alone, on this machine only.
"""

from __future__ import annotations

import argparse
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from hansei import sample

PAGE = 10


class SampleApi:
    """The sample metrics API on a loopback port of its own thread; a context manager.

    ``port`` 0 takes a free one; ``key``, where given, must come as Bearer key.
    """

    def __init__(self, port: int = 0, key: str | None = None) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.key = key
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address, for HANSEI_METRICS_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> SampleApi:
        """Begin to answer."""
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="hansei-sample",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> SampleApi:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    key: str | None = None
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "hansei-sample"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer."""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if not self._admitted():
            self._send(401, {"detail": "Send the key as Authorization: Bearer KEY."})
        elif parts.path != "/sprints":
            self._send(404, {"detail": "Only /sprints is here."})
        else:
            self._send(*answer(query))

    def log_message(self, *_: object) -> None:
        """Keep quiet: the demo has better things to show."""

    def _admitted(self) -> bool:
        if self.server.key is None:
            return True
        sent = self.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {self.server.key}".encode())

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def answer(query: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the status and body for a query: the ``count`` most recent sprints, oldest first, in pages."""
    found = sample.team(query.get("team_id"))
    if found is None:
        return 404, {"detail": f"The sample teams are {', '.join(t.team_id for t in sample.teams())}."}
    try:
        count, begin = int(query.get("count", "5")), int(query.get("cursor", "0"))
    except ValueError:
        return 400, {"detail": "count and cursor must be whole numbers."}
    if count < 1 or begin < 0:
        return 400, {"detail": "count must be at least 1, cursor at least 0."}
    wanted = found.sprints[-count:]
    more = begin + PAGE < len(wanted)
    follow = f"/sprints?{urlencode(query | {'cursor': str(begin + PAGE)})}" if more else None
    return 200, {"items": list(wanted[begin : begin + PAGE]), "next": follow, "note": found.note}


def main() -> None:
    """Run it until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m hansei.sample.serve", description="Serve the sample teams."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: any free one)")
    parser.add_argument("--key", help="Bearer key to ask for")
    chosen = parser.parse_args()
    with SampleApi(chosen.port, chosen.key) as api:
        print(f"Sample metrics API on {api.url}", flush=True)  # noqa: T201  (this is a small command)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
