"""Known faults in the parts of others stop a change; a service that does not answer does not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tools import audit

FAULTY = ("PyPI", "flask", "GHSA-test-0001")


class Advisories(BaseHTTPRequestHandler):
    """OSV as it answers: one result for each query, in their order."""

    def do_POST(self):
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.server.asked += queries
        results = [{"vulns": [{"id": FAULTY[2], "modified": "2026-01-01T00:00:00Z"}]}
                   if (q["package"]["ecosystem"], q["package"]["name"]) == FAULTY[:2] else {} for q in queries]  # fmt: skip
        body = json.dumps({"results": results}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_what):
        """Nothing."""


@pytest.fixture
def service(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Advisories)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(audit, "SERVICE", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()


def test_every_locked_part_is_asked_about_and_a_known_fault_stops(service, capsys, monkeypatch):
    assert audit.main() == 1
    asked = {(q["package"]["ecosystem"], q["package"]["name"]) for q in service.asked}

    assert {("PyPI", "flask"), ("PyPI", "pytest"), ("npm", "htmx.org")} <= asked and len(asked) > 90
    assert all(q["version"][0].isdigit() for q in service.asked)
    assert "PyPI flask" in (said := capsys.readouterr().out) and "GHSA-test-0001" in said
    monkeypatch.setitem(audit.JUDGED, "GHSA-test-0001", "it is a test")
    assert audit.main() == 0


def test_without_a_connection_it_says_so_and_stops_nothing(monkeypatch, capsys):
    monkeypatch.setattr(audit, "SERVICE", "http://127.0.0.1:9")

    assert audit.main() == 0
    assert "does not answer" in capsys.readouterr().out
