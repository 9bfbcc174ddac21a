"""Drives the real binary from tests and benches: standard library only.

    with Server() as server:                      # free port, data folder of its own, fresh secrets
        ann = server.person("ann")                # registers (the first becomes admin) and signs in
        reply = ann.chat(character_id, "Hello", max_tokens=8)          # POST /api/v1/chat -> dict
        for event in ann.stream(character_id, "Hello", max_tokens=8):  # SSE: event.name, event.data, event.id
            ...
        socket = ann.socket()                     # WebSocket with `hello {ticket}` done; socket.send_event(name, {...}), socket.receive()
        server.kill(); server.start()             # kill -9 and start again on the same folder

Server(data=DIR, env={...}, args=[...], wrap=["strace", ...]) for what is special. Every call raises HttpError on a
status >= 400 unless `check=False`.
"""

import base64
import dataclasses
import http.client
import io
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "LARES_CACHE", "LARES_DEPS", "TMPDIR", "GUARD_MUTATION", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
BINARY = pathlib.Path(os.environ.get("LARES_BIN", ROOT / "build/release/bin/lares")).absolute()
SANITIZED = BINARY.parents[1].name in ("asan", "tsan")  # what it finds at its end counts, too
PASSWORD = "correct horse battery staple 7"
NO_LIMITS = {"RATE_ADDRESS_PER_MINUTE": "0", "RATE_ACCOUNT_PER_MINUTE": "0", "LOGIN_ATTEMPTS_PER_ADDRESS": "100000"}  # for Server(env=)


class HttpError(Exception):
    def __init__(self, response):
        super().__init__(f"{response.status}: {response.body[:500]!r}")
        self.response = response


@dataclasses.dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclasses.dataclass
class Event:
    name: str
    data: object
    id: str | None


def fresh_secrets():
    return {
        "JWT_SECRET": secrets.token_hex(32),
        "API_KEY_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }


class Server:
    """One process of `lares serve`. The data folder is removed at the end when it was made here."""

    def __init__(self, data=None, env=None, args=(), wrap=(), ready_timeout=180.0):
        self._own_folder = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="lares-test-"))
        self._work = pathlib.Path(tempfile.mkdtemp(prefix="lares-run-"))
        inherited = {k: os.environ[k] for k in INHERITED if k in os.environ}
        # Test files beside each other share the cores; threads that wait for each other by spinning would take them from one another.
        model = {"LLM_THREADS": "1", "LLM_BATCH_THREADS": "1"} if "PYTEST_XDIST_WORKER" in os.environ else {}
        # The search for leaks traces the process itself and fails where another one does.
        traced = {"ASAN_OPTIONS": f"{inherited.get('ASAN_OPTIONS', '')}:detect_leaks=0"} if SANITIZED and wrap else {}
        self.env = {**inherited, **traced, **fresh_secrets(), **model, **(env or {})}
        self.args = list(args)
        self.wrap = list(wrap)
        self.ready_timeout = ready_timeout
        self.process = None
        self.port = 0
        self.log_file = self._work / "server.log"
        self._people = {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def pid(self):
        """Of the server itself, also when it runs under a wrapper such as strace."""
        if not self.wrap:
            return self.process.pid
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait="health"):
        """wait: "health" (it listens), "engines" (it can talk), None."""
        port_file = self._work / "port"
        port_file.unlink(missing_ok=True)
        command = [*self.wrap, str(BINARY), "serve", "--data", str(self.data), "--port", "0", "--port-file", str(port_file)]
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.args], env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self._work
            )
        deadline = time.monotonic() + self.ready_timeout
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()[-3000:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the server does not listen:\n{self.log()[-3000:]}")
            time.sleep(0.005)
        self.port = int(port_file.read_text().strip())
        if wait:
            path = "/health" if wait == "health" else "/ready?engines=1"
            self.wait_for(lambda: self.request("GET", path, check=False).status == 200, deadline - time.monotonic())
        return self

    def wait_for(self, condition, timeout=120.0, every=0.02):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if condition():
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not come true in time; the log ends:\n{self.log()[-3000:]}")
            time.sleep(every)

    def stop(self, timeout=120.0):
        """SIGTERM; answers the exit status."""
        if self.process and self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
            self.process.wait(timeout)
        return self.process.returncode if self.process else None

    def kill(self):
        """kill -9, as a crash."""
        if self.process and self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait(120)

    def close(self):
        killed = self.process is not None and self.process.poll() == -signal.SIGKILL
        if SANITIZED and self.stop(timeout=120) and not killed:
            raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()[-8000:]}")
        self.kill()
        shutil.rmtree(self._work, ignore_errors=True)
        if self._own_folder:
            shutil.rmtree(self.data, ignore_errors=True)

    def log(self):
        time.sleep(0.1)  # lines are written together, every 20 ms
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def request(self, method, path, json_body=None, *, token=None, headers=None, body=None, check=True, timeout=120.0):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, *_payload(json_body, body, token, headers))
            answer = connection.getresponse()
            response = Response(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        if check and response.status >= 400:
            raise HttpError(response)
        return response

    def register(self, name, password=PASSWORD):
        body = {"email": f"{name}@example.org", "username": name, "password": password}
        return self.request("POST", "/api/v1/auth/register", body).json()["user"]

    def login(self, name, password=PASSWORD):
        body = {"login": f"{name}@example.org", "password": password}
        return Client(self, self.request("POST", "/api/v1/auth/login", body).json())

    def person(self, name="ann", password=PASSWORD):
        """Registers once per server object, then signs in: each call is a session of its own."""
        if name not in self._people:
            self._people[name] = self.register(name, password)
        return self.login(name, password)


def _payload(json_body, body, token, headers):
    all_headers = dict(headers or {})
    if json_body is not None:
        body = json.dumps(json_body).encode()
        all_headers.setdefault("Content-Type", "application/json")
    if token:
        all_headers.setdefault("Authorization", f"Bearer {token}")
    return body, all_headers


class Client:
    """One signed-in session (bearer)."""

    def __init__(self, server, login):
        self.server = server
        self.token = login["access_token"]
        self.refresh_token = login.get("refresh_token")
        self.user = login["user"]

    def request(self, method, path, json_body=None, **options):
        return self.server.request(method, path, json_body, token=self.token, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options).json()

    def post(self, path, json_body=None, **options):
        return self.request("POST", path, json_body or {}, **options).json()

    def characters(self):
        return self.get("/api/v1/characters")["items"]

    def terse_companion(self):
        """A companion of our own with a prompt of a few tokens: quick to talk with. Answers its id."""
        data = {"name": "Sam", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": "",
                "system_prompt": "Answer.", "creator_notes": "", "post_history_instructions": "", "alternate_greetings": [],
                "tags": [], "creator": "", "character_version": "", "extensions": {}}  # fmt: skip
        return self.post("/api/v1/characters", {"spec": "chara_card_v2", "spec_version": "2.0", "data": data})["id"]

    def conversations(self):
        """All of them, last spoken in first."""
        items, before = [], None
        while True:
            page = self.get("/api/v1/conversations" + (f"?before={before}" if before else ""))
            items += page["items"]
            before = page.get("next")
            if not before:
                return items

    def history(self, conversation_id, **query):
        """All messages, oldest first, over every page."""
        items, before = [], None
        while True:
            extra = "".join(f"&{k}={v}" for k, v in query.items()) + (f"&before={before}" if before else "")
            page = self.get(f"/api/v1/chat/history?conversation_id={conversation_id}{extra}")
            items = page["items"] + items
            before = page.get("next")
            if not before:
                return items

    def chat(self, character_id, message, **fields):
        """Without a voice, unless voice=True."""
        body = {"character_id": character_id, "message": message, "voice": False, **fields}
        return self.post("/api/v1/chat", body, timeout=300)

    def stream(self, character_id, message, **fields):
        """Yields Events until the server ends the stream; closing the generator drops the connection. Without a voice,
        unless voice=True."""
        body = {"character_id": character_id, "message": message, "voice": False, **fields}
        return sse(self, "POST", "/api/v1/chat/stream", body)

    def resume(self, turn_id, last_event_id=None):
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        return sse(self, "GET", f"/api/v1/chat/stream?turn_id={turn_id}", headers=headers)

    def events(self, timeout=120.0):
        """Durable events as they happen on any device (SSE); the stream is open when this returns."""
        events = sse(self, "GET", "/api/v1/chat/events", timeout=timeout)
        next(events)
        return events

    def socket(self, hello=True, **hello_fields):
        """A chat socket; with hello, the ticket was sent and `ready` received (socket.ready). hello_fields: what this
        device has seen, conversations=[{"conversation_id", "seq"}], turns=[{"turn_id", "frame"}]."""
        out = WebSocket(self.server.port, "/api/v1/chat")
        if hello:
            ticket = self.post("/api/v1/auth/ticket")["ticket"]
            out.send_event("hello", {"ticket": ticket, **hello_fields})
            out.ready = out.receive()
        return out


def sse(client, method, path, json_body=None, headers=None, timeout=120.0):
    connection = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=timeout)
    try:
        connection.request(method, path, *_payload(json_body, None, client.token, {"Accept": "text/event-stream", **(headers or {})}))
        answer = connection.getresponse()
        if answer.status >= 400:
            raise HttpError(Response(answer.status, answer.headers, answer.read()))
        yield from parse_events(answer)
    finally:
        connection.close()


def parse_events(lines):
    """Reads an event stream as the standard says; `lines` gives bytes with their line ends."""
    name, data, last_id = "message", [], None
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                text = "\n".join(data)
                yield Event(name, json.loads(text) if text[:1] in "{[" else text, last_id)
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id":
            last_id = value


class SocketClosed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"the server closed the socket: {code} {reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    """A small RFC 6455 client: JSON text frames, binary frames, ping answered, close code kept."""

    def __init__(self, port, path, headers=None, timeout=120.0):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._buffer = b""
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", **(headers or {})}  # fmt: skip
        request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
        self.connection.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = self.connection.recv(65536)
            if not chunk:
                break
            head += chunk
        head, _, self._buffer = head.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1]) if b" " in head else 0
        if status != 101:
            message = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
            raise HttpError(Response(status, message, self._buffer))

    def _exactly(self, count):
        while len(self._buffer) < count:
            chunk = self.connection.recv(max(65536, count - len(self._buffer)))
            if not chunk:
                raise SocketClosed(1006, "connection lost")
            self._buffer += chunk
        out, self._buffer = self._buffer[:count], self._buffer[count:]
        return out

    def send_frame(self, opcode, payload, fin=True):
        mask = secrets.token_bytes(4)
        length = len(payload)
        head = bytes([(0x80 if fin else 0) | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.connection.sendall(head + mask + masked)

    def send(self, message):
        """Any JSON value as a text frame."""
        self.send_frame(1, json.dumps(message).encode())

    def send_event(self, event, data=None, id=None):
        """One message of the chat protocol. What is said is answered without a voice, unless data says so."""
        data = {"voice": False, **(data or {})} if event == "message" else data or {}
        self.send({"event": event, "data": data, **({"id": id} if id else {})})

    def send_binary(self, payload):
        self.send_frame(2, payload)

    def receive(self, timeout=None):
        """The next message: {"event", "data", "id"?} for text, bytes for binary. SocketClosed when the server ends it."""
        if timeout is not None:
            self.connection.settimeout(timeout)
        whole, kind = b"", None
        while True:
            first, second = self._exactly(2)
            length = second & 0x7F
            if length == 126:
                length = struct.unpack(">H", self._exactly(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._exactly(8))[0]
            payload = self._exactly(length)
            opcode = first & 0x0F
            if opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                raise SocketClosed(code, payload[2:].decode(errors="replace"))
            if opcode == 9:
                self.send_frame(10, payload)
                continue
            if opcode == 10:
                continue
            kind = opcode or kind
            whole += payload
            if first & 0x80:
                return json.loads(whole) if kind == 1 else whole

    def receive_until(self, kind, timeout=180.0):
        """Reads on until an event of this name; answers all that came, that one last."""
        seen, deadline = [], time.monotonic() + timeout
        while True:
            message = self.receive(timeout=max(0.001, deadline - time.monotonic()))
            seen.append(message)
            if isinstance(message, dict) and message.get("event") == kind:
                return seen

    def close(self, code=1000):
        try:
            self.send_frame(8, struct.pack(">H", code))
        except OSError:
            pass
        self.connection.close()

    def drop(self):
        """Ends the TCP connection without a word (RST), as a lost network does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
