"""An upstream that sends bytes as they are told: whole streams of the three wire formats, cut, slow, broken.

    one = Scripted()
    one.answers["name"] = (200, "text/event-stream", openai_stream({"content": "hi"}), 0)   # of the model `name`
    one.answers["name", "whole"]   # the same, of requests that want no stream; absent: as for streams
    one.asked      # [(path, request)]       one.left      # when clients went away, by time.monotonic()
"""

import json
import socket
import struct
import threading
import time


class Listener:
    """Each connection is answered on a thread of its own: `answer(connection)`."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()


class Scripted(Listener):
    """`answers` has for a model: status, content type, pieces (bytes, or "reset", "silence", "half-closed"), seconds between two of them."""

    def __init__(self):
        self.answers, self.asked, self.left = {}, [], []
        self.lock = threading.Lock()
        super().__init__()

    def answer(self, connection):
        try:
            self.talk(connection)
        except (ConnectionResetError, BrokenPipeError):  # it went while something was being sent to it
            self.left.append(time.monotonic())
        except OSError:
            pass
        finally:
            connection.close()

    def talk(self, connection):
        file = connection.makefile("rb")
        head = {}
        first = file.readline()
        if not first:
            return
        while (line := file.readline().strip()):
            name, _, value = line.partition(b":")
            head[name.lower()] = value.strip()
        body = file.read(int(head.get(b"content-length", b"0")))
        request = json.loads(body) if body else {}
        with self.lock:
            self.asked.append((first.split()[1].decode(), request))
        name = request.get("model")
        told = self.answers.get(name) if request.get("stream") else self.answers.get((name, "whole"), self.answers.get(name))
        status, kind, pieces, gap = told or (404, "application/json", [b'{"error":{"message":"no such model"}}'], 0)
        connection.sendall(b"HTTP/1.1 %d X\r\ncontent-type: %s\r\nconnection: close\r\n\r\n" % (status, kind.encode()))
        for piece in pieces:
            if piece == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if piece == "silence":
                connection.settimeout(60)
                if connection.recv(1) == b"":
                    self.left.append(time.monotonic())
                return
            if piece == "half-closed":
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(60)
                connection.recv(1)
                return
            connection.sendall(piece)
            if not gap:
                continue
            connection.settimeout(gap)
            try:
                if connection.recv(1) == b"":
                    self.left.append(time.monotonic())
                    return
            except TimeoutError:
                pass


class Silent(Listener):
    """Takes connections and says what `script` holds: bytes, then silence or a reset."""

    def __init__(self, script=b"", reset=False):
        self.script, self.reset, self.asked = script, reset, 0
        self.kept = []
        super().__init__()
        self.url += "/v1"

    def answer(self, connection):
        head = connection.recv(65536)
        if not head.startswith(b"POST"):
            return connection.close()
        self.asked += 1
        if self.script:
            connection.sendall(self.script)
        if self.reset:
            connection.close()
        else:
            self.kept.append(connection)


def data(*values):
    return [b"data: " + json.dumps(value).encode() + b"\n\n" for value in values]


def openai_stream(*deltas, usage=None, finish="stop"):
    base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    events = [{**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    events.append({**base, "choices": [], "usage": usage or {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}})
    return [*data(*events), b"data: [DONE]\n\n"]


def anthropic_stream(*blocks, usage=None):
    """blocks: (type, deltas)."""
    events = [{"type": "message_start", "message": {"id": "msg", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
                                                     "usage": {"input_tokens": 10, "output_tokens": 1, **(usage or {})}}}]  # fmt: skip
    for index, (start, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": start})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 4}})
    events.append({"type": "message_stop"})
    return [b"event: " + event["type"].encode() + b"\n" + data(event)[0] for event in events]


def ollama_stream(*words):
    line = {"model": "m", "created_at": "2025-01-01T00:00:00Z", "done": False}
    pieces = [{**line, "message": {"role": "assistant", "content": word}} for word in words]
    last = {**line, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop", "prompt_eval_count": 10, "eval_count": 4}
    return [json.dumps(piece).encode() + b"\n" for piece in (*pieces, last)]
