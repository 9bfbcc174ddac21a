"""AU6: many sign-ins at once cost bounded memory, hold nobody else up, and each gets a clear answer."""

import concurrent.futures
import http.client
import os
import pathlib
import threading
import time

import pytest

from lares_server import NO_LIMITS, PASSWORD, Server

PASSWORD_KIB = 19_456
DEEP = bool(os.environ.get("LARES_DEEP"))
LOGINS = 200 if DEEP else 50
# Plain runs share a slow machine with other tests: others may wait, but not as long as all these checks take, and whose turn has not come when a request must be answered
# is told that its time is over.
OTHERS_WAIT_S, LATE, CHECKED_AT_LEAST, ANSWERED_WITHIN_S = (0.25, (), LOGINS // 4, 30) if DEEP else (10, (504,), 1, 240)


def rss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


@pytest.fixture(scope="module")
def server():
    with Server(env={**NO_LIMITS, "LLM_MODEL": "none"}) as running:
        running.person("ann")
        running.person("bob")
        yield running


def sign_in(server, name, password):
    began = time.monotonic()
    body = {"login": f"{name}@example.org", "password": password}
    answer = server.request("POST", "/api/v1/auth/login", body, check=False)
    return answer, time.monotonic() - began


def watch(server, token, seconds, stop):
    """Times of a signed-in request, over one connection."""
    times = []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stop.is_set():
        began = time.monotonic()
        connection.request("GET", "/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        times.append(time.monotonic() - began)
        time.sleep(0.002)
    connection.close()
    return times


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


@pytest.mark.parametrize("who", ["one-account", "unknown-names"])
def test_many_sign_ins_at_once(server, who):
    bob = server.login("bob")  # ann's oldest sessions end when she has too many
    quiet = watch(server, bob.token, 1.5, threading.Event())
    before, peak = rss_kib(server.pid), 0
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(LOGINS + 1) as pool:
        watching = pool.submit(watch, server, bob.token, 1_000, stop)
        name = (lambda n: "ann") if who == "one-account" else (lambda n: f"nobody{n}")
        waiting = [pool.submit(sign_in, server, name(n), PASSWORD) for n in range(LOGINS)]
        while not all(one.done() for one in waiting):
            peak = max(peak, rss_kib(server.pid))
            time.sleep(0.01)
        stop.set()
        busy = watching.result()
    answers = [one.result() for one in waiting]
    right = {"one-account": 200, "unknown-names": 401}[who]
    for answer, took in answers:
        assert answer.status in (right, 429, 503, *LATE), answer.body
        if answer.status in (429, 503):
            assert int(answer.headers["Retry-After"]) >= 1
        assert took < ANSWERED_WITHIN_S, "an answer within the deadline of a request"
    assert sum(answer.status == right for answer, _ in answers) >= CHECKED_AT_LEAST
    # Half the cores check passwords at once, one at least; each needs the memory of one Argon2.
    at_once = max(1, (os.cpu_count() or 1) // 2)
    # One more than that would show; what the connections take is less than it.
    assert peak - before <= (at_once + 0.9) * PASSWORD_KIB, f"{peak - before} KiB"
    print(f"{who}: {[answer.status for answer, _ in answers].count(right)} of {LOGINS} answered {right}, slowest "
          f"{max(took for _, took in answers):.1f} s; p99 of another request {p99(quiet) * 1e3:.1f} ms alone, {p99(busy) * 1e3:.1f} ms meanwhile; "
          f"{(peak - before) / 1024:.0f} MiB more")  # fmt: skip
    assert p99(busy) <= max(2 * p99(quiet), OTHERS_WAIT_S), "others wait"
