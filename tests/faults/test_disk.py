"""A disk that is full, a folder that turns read-only, a flush that fails: never a false success; /ready says so, reads
go on, and the server recovers by itself."""

import errno
import http.client
import http.cookies
import json
import os
import shutil
import subprocess
import time

import pytest
from conftest import DEEP, LIMITLESS
from lares_server import PASSWORD, HttpError, Server, SocketClosed
from senders import LOST, doctor

RECOVERY_S = 60


class Talk:
    """One person, one conversation; remembers what the server said of each message."""

    def __init__(self, server):
        self.server = server
        self.client = server.person("ann")
        self.character = self.client.terse_companion()
        self.conversation = None
        self.acknowledged = []
        self.count = 0

    def say(self, size=0):
        """The problem that refused it, or None. While the answer before it is still being stored, it waits."""
        self.count += 1
        deadline = time.monotonic() + RECOVERY_S
        while True:
            problem = self.attempt(size)
            if not problem or problem["type"] != "turn-running" or time.monotonic() > deadline:
                return problem
            time.sleep(0.05)

    def attempt(self, size):
        client_id = f"m{self.count}"
        fields = {"client_id": client_id, "max_tokens": 2, "temperature": 0}
        if self.conversation:
            fields["conversation_id"] = self.conversation
        try:
            for event in self.client.stream(None if self.conversation else self.character, f"This is {client_id}." + "x" * size, **fields):
                if event.name == "accepted":
                    self.acknowledged.append(client_id)
                    self.conversation = event.data["conversation_id"]
                elif event.name == "error":
                    return event.data
        except HttpError as problem:
            return problem.response.json()
        return None

    def kept(self):
        return [m["client_id"] for m in self.client.history(self.conversation) if m["role"] == "user"]

    def expect_all_kept(self):
        kept = self.kept()
        missing = [client_id for client_id in self.acknowledged if client_id not in kept]
        assert not missing, f"acknowledged and not there: {missing}"
        assert len(set(kept)) == len(kept)


def fill(file):
    """Takes all the space that is left."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(descriptor, b"x" * 4096):
            pass
    except OSError as problem:
        assert problem.errno == errno.ENOSPC
    finally:
        os.close(descriptor)


def ready(server):
    return server.request("GET", "/ready", check=False)


def expect_unready(server, word):
    server.wait_for(lambda: ready(server).status == 503, RECOVERY_S)
    reason = ready(server).json()["reason"]
    assert word in reason.lower(), reason
    assert server.request("GET", "/health").status == 200


def expect_recovery(server, talk):
    server.wait_for(lambda: ready(server).status == 200, RECOVERY_S)
    assert talk.say() is None
    talk.expect_all_kept()


def test_a_full_disk_refuses_cleanly_and_recovers(tmpfs):
    folder = tmpfs(24)
    with Server(data=folder / "data", env=LIMITLESS) as server:
        talk = Talk(server)
        for _ in range(3):
            assert talk.say() is None
        filler = folder / "filler"
        fill(filler)
        problems = []
        for _ in range(200):
            problem = talk.say(size=20_000)
            if problem:
                problems.append(problem)
                break
        assert problems, "200 messages of 20 kB went onto a full disk"
        assert problems[0]["status"] == 507 and problems[0]["type"] == "storage-full", problems[0]
        expect_unready(server, "full" if "full" in ready(server).json()["reason"].lower() else "space")
        talk.expect_all_kept()  # reads go on
        started = time.monotonic()
        assert talk.say()["status"] == 507
        assert time.monotonic() - started < (1 if os.environ.get("LARES_DEEP") else 30), "a refusal takes no waiting"
        filler.unlink()
        expect_recovery(server, talk)
        server.kill()
        doctor(server)


def test_a_full_disk_signs_nobody_out(tmpfs):
    """The page's session goes on where it was, unrotated; elsewhere it is refused, and its cookies stay for when there is room."""
    folder = tmpfs(24)
    with Server(data=folder / "data", env={**LIMITLESS, "LLM_MODEL": "none"}) as server:
        server.register("ann")

        def post(path, body, cookies, address="127.0.0.1"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120, source_address=(address, 0))
            headers = {"Content-Type": "application/json", "Origin": server.url, "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status, {m.key: m.value for line in answer.headers.get_all("set-cookie", []) for m in http.cookies.SimpleCookie(line).values()}

        status, cookies = post("/api/v1/auth/login", {"login": "ann", "password": PASSWORD, "session": "cookie"}, {})
        assert status == 200
        fill(folder / "filler")
        server.wait_for(lambda: ready(server).status == 503, RECOVERY_S)
        assert post("/api/v1/auth/refresh", {}, cookies, "127.0.0.2") == (507, {})
        status, again = post("/api/v1/auth/refresh", {}, cookies)
        assert status == 200 and again["lares_refresh"] == cookies["lares_refresh"]
        me = server.request("GET", "/api/v1/users/me", headers={"Cookie": f"lares_access={again['lares_access']}"})
        assert me.json()["username"] == "ann"
        (folder / "filler").unlink()
        server.wait_for(lambda: ready(server).status == 200, RECOVERY_S)
        status, rotated = post("/api/v1/auth/refresh", {}, again, "127.0.0.2")
        assert status == 200 and rotated["lares_refresh"] != cookies["lares_refresh"]


def test_a_folder_that_turns_read_only_is_said_and_survived(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    wrap = []
    if os.geteuid() == 0:  # root may write anywhere, unless it gives that up
        if not shutil.which("setpriv"):
            pytest.skip("as root this needs setpriv (package util-linux)")
        wrap = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    with Server(data=data, env=LIMITLESS, wrap=wrap) as server:
        talk = Talk(server)
        assert talk.say() is None
        data.chmod(0o500)
        try:
            expect_unready(server, "cannot be written")
            problem = talk.say()
            assert problem and problem["status"] == 503 and problem["type"] == "storage-read-only", problem
            talk.expect_all_kept()
        finally:
            data.chmod(0o700)
        expect_recovery(server, talk)
        server.kill()
        doctor(server)


def test_a_read_only_folder_at_start_is_one_clear_line(tmpfs):
    folder = tmpfs(4)
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    server = Server(data=folder)
    try:
        with pytest.raises(RuntimeError):
            server.start()
        lines = [line for line in server.log().splitlines() if line.strip()]
        assert len(lines) == 1 and str(folder) in lines[0], lines
        assert server.process.returncode not in (0, None)
    finally:
        server.close()


SHORT_FLUSHES = [1, 4, 7, 13, 20]


@pytest.mark.parametrize("nth", range(1, 41) if DEEP else SHORT_FLUSHES)
def test_a_failed_flush_is_never_a_success(nth, tmp_path):
    """strace lets the n-th fsync or fdatasync of each thread fail with EIO."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    trace = ["strace", "-f", "-qq", "-o", tmp_path / "trace", "-e", "trace=fsync,fdatasync",
             "-e", f"inject=fsync,fdatasync:error=EIO:when={nth}"]  # fmt: skip
    server = Server(data=tmp_path / "data", env=LIMITLESS, wrap=[str(word) for word in trace])

    def injected():
        return "EIO" in (tmp_path / "trace").read_text()

    try:
        try:
            server.start()
        except RuntimeError:
            if "ptrace" in server.log() or "Operation not permitted" in server.log():
                pytest.skip("strace may not trace here")
            assert server.log().strip(), "it ended without a word"
            server.wrap = []
            server.start()  # the flush that failed is done again
        talk = None
        refused = 0
        for count in range(200):
            if count >= 8 and injected():
                break
            try:
                talk = talk or Talk(server)
                problem = talk.say()
            except HttpError as error:
                problem = error.response.json()
            except (*LOST, SocketClosed) as error:
                raise AssertionError(f"the server went away: {error}\n{server.log()[-2000:]}") from error
            if problem:
                refused += 1
                assert problem["type"].startswith("storage-") and problem["status"] in (503, 507), problem
                server.wait_for(lambda: ready(server).status == 200, RECOVERY_S)
        assert talk and talk.acknowledged
        talk.expect_all_kept()
        server.kill()
        server.wrap = []
        server.start()
        if talk.conversation:
            talk.expect_all_kept()
        server.kill()
        doctor(server)
        assert injected(), f"flush {nth} was never reached"
    finally:
        server.close()
