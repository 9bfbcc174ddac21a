"""AU12: router and guard read one target. Hostile forms of Host and target get the canonical decision, or 400/404/421."""

import socket

import pytest

from lares_server import Server
from test_matrix import UNLIMITED


@pytest.fixture(scope="module")
def server():
    with Server(env=UNLIMITED) as running:
        yield running


def raw(server, head):
    """Sends these bytes; answers the status of the first answer (0: closed without one)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head.encode("latin-1"))
        data = b""
        while b"\r\n" not in data:
            piece = connection.recv(4096)
            if not piece:
                return 0
            data += piece
    return int(data.split(b" ", 2)[1])


TARGETS = [
    "//api/v1/users/me", "/api//v1/users/me", "/api/v1//users/me", "/api/v1/users/me/", "/api/v1/users/me/.", "/api/v1/users/./me",
    "/api/v1/x/../users/me", "/api/v1/users%2fme", "/api/v1/users%2Fme", "/api/v1/%75sers/me", "/api/v1/users/me%00",
    "/api/v1/users/me;x", "/api/v1/users;x/me", "/api/v1/users/me%3b", "/api/v1/%2e%2e/v1/users/me", "/API/v1/users/me",
    "/api/V1/users/me", "/Api/users/me", "/api/v1\\users\\me", "/api/v1/users/me%20", "/api/v1/users/me%0d%0aX:1", "/./api/v1/users/me",
    "/api/v1/users/%6d%65", "/api/v1/users/me%2e", "/api/v1/users/me.", "/api/v2/users/me", "/api/users//me", "/%61pi/users/me",
    "/api/v1/users/me%252f", "http://evil.example/api/v1/users/me", "http://127.0.0.1/api/v1/users/me", "api/v1/users/me", "*",
    "/api/v1/users/me#x", "/api/v1/users/me%ff", "/api/v1/users/\u00e9",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_no_form_of_the_target_passes_without_signing_in(server, target):
    status = raw(server, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: close\r\n\r\n")
    assert status in (400, 401, 404, 421), status


HOSTS = [
    "evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "evil.example#127.0.0.1",
    "127.0.0.2.nip.example", "localhost.", "[::1].evil.example", "0x7f.1.evil", "", " ", "127.0.0.1, evil.example", "127.0.0.1/evil",
    "lares.internal", "169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_foreign_host_is_refused(server, host):
    status = raw(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    # "localhost." is the same name with its root written out: either decision is safe.
    assert status in (400, 421) or (host == "localhost." and status == 200), status


def test_two_hosts_and_no_host_are_refused(server):
    port = server.port
    assert raw(server, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n") in (400, 421)
    assert raw(server, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n") in (400, 421)


OVERRIDES = ["X-Forwarded-Host: 127.0.0.1", "X-Original-URL: /health", "X-Rewrite-URL: /health", "X-HTTP-Method-Override: GET",
             "X-Forwarded-Prefix: /health", "X-Forwarded-Proto: https", "X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1"]  # fmt: skip


@pytest.mark.parametrize("override", OVERRIDES)
def test_override_headers_change_no_decision(server, override):
    head = f"GET /api/v1/users/me HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{override}\r\nConnection: close\r\n\r\n"
    assert raw(server, head) == 401


def test_a_proxied_caller_is_no_program_of_this_machine(server):
    assert server.request("GET", "/metrics").status == 200
    assert server.request("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"}, check=False).status == 401


SMUGGLING = [
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "POST /health HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: +5\r\n\r\nhello",
    "POST /health HTTP/1.1\r\nHost: H\r\nContent-Length: 0x5\r\n\r\nhello",
    "GET /health HTTP/1.1\r\nHost: H\r\nX: a\r\n b\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: H\r\nX: a\x00b\r\n\r\n",
]


@pytest.mark.parametrize("request_text", SMUGGLING)
def test_ambiguous_framing_is_refused(server, request_text):
    status = raw(server, request_text.replace("Host: H", f"Host: 127.0.0.1:{server.port}"))
    assert status in (0, 400, 405, 411, 501), status


def test_ten_thousand_headers_are_431(server):
    many = "".join(f"X-{i}: 1\r\n" for i in range(10_000))
    assert raw(server, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{many}\r\n") in (0, 431)
