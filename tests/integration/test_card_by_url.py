"""A card that lies at an address: fetched through the guard, read as an upload is."""

import http.server
import json
import threading

import pytest
from lares_server import NO_LIMITS, HttpError, Server

PATH = "/api/v1/characters/import-url"
CARD = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Mira", "description": "Keeps the light.", "first_mes": "Hi."}}


class Cards(http.server.BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are written apart
    def do_GET(self):
        answers = {"/card.json": (200, json.dumps(CARD).encode()), "/page.html": (200, b"<html>"), "/big": (200, b"x" * (21 << 20))}
        status, body = answers.get(self.path, (404, b"no"))
        if self.path == "/round":
            status, body = 302, b""
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/card.json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # a reader that has had enough

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def cards():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cards) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(scope="module")
def open_server(cards):
    """One that may reach this machine's own addresses."""
    with Server(env={**NO_LIMITS, "OUTGOING_ALLOW": cards.removeprefix("http://")}) as running:
        yield running


def refusal(person, url):
    with pytest.raises(HttpError) as raised:
        person.post(PATH, {"url": url})
    return raised.value.response.status, json.loads(raised.value.response.body)


def test_a_card_is_fetched_also_after_a_redirect(open_server, cards):
    ann = open_server.person("ann")
    for path in ("/card.json", "/round"):
        made = ann.post(PATH, {"url": cards + path})
        assert made["name"] == "Mira" and made["mine"]


def test_what_is_no_card_is_named_and_not_stored(open_server, cards):
    bob = open_server.person("bob")
    assert refusal(bob, cards + "/page.html")[0] in (400, 415)
    assert refusal(bob, cards + "/big")[0] in (413, 502)
    assert refusal(bob, cards + "/gone")[0] == 502
    assert [item for item in bob.characters() if item["mine"]] == []


def test_the_guard_lets_nobody_in(server, ann, cards):
    for url in (cards + "/card.json", "http://localhost/card.json", "http://169.254.169.254/latest", "file:///etc/passwd", "no url", "http://[::1]/x"):
        status, problem = refusal(ann, url)
        assert status in (400, 502), (url, status)
        assert "passwd" not in problem["detail"]
    assert [item for item in ann.characters() if item["mine"]] == []
    assert server.request("POST", PATH, {"url": cards}, check=False).status == 401
