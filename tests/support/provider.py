"""A provider of OpenAI's format that judges by key: what each key gets is a table, and everything that came is kept.

    with Provider() as one:
        one.keys["sk-good"] = "answer"        # or a status: 401, 429, 500; "silent"; ("redirect", URL)
        one.default = 401                      # of keys that are not in the table
        one.seen                               # [(key, path, headers, body)], in order; one.times: when each came
"""

import http.server
import json
import threading
import time


class Handler(http.server.BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are written apart
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one(self, body):
        key = self.headers.get("authorization", "").removeprefix("Bearer ") or self.headers.get("x-api-key", "")
        provider = self.server.provider
        with provider.lock:
            provider.seen.append((key, self.path, dict(self.headers), body))
            provider.times.append(time.monotonic())
            provider.count += 1
            number = provider.count
        if said := provider.says.get(self.headers.get("xi-api-key", "")):
            return self.say(*said)
        what = provider.keys.get(key, provider.default)
        if isinstance(what, tuple):
            return self.say(what[2] if len(what) > 2 else 302, {"error": {"message": "moved"}}, location=what[1],
                            www_authenticate=f'Bearer realm="{what[1]}"')  # fmt: skip
        if what == "silent":
            time.sleep(provider.silence_s)
            return self.say(200, {})
        if isinstance(what, int):
            headers = {"retry_after": "2"} if what == 429 else {}
            return self.say(what, {"error": {"message": f"no, {key}", "type": "error"}}, **headers)
        if self.command == "GET":
            return self.say(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in provider.models]})
        if provider.delay_s:
            time.sleep(provider.delay_s)
        if self.path.endswith("/audio/speech"):
            self.send_response(200)
            self.send_header("content-type", "audio/mpeg")
            self.send_header("content-length", "6")
            self.end_headers()
            return self.wfile.write(b"ID3\0\1\2")
        if not self.path.endswith("/chat/completions"):
            return self.say(200, provider.heard or {"path": self.path, "text": "heard", "usage": {"input_tokens": 30, "output_tokens": 4, "type": "tokens"}})
        text = f"{provider.name} {number}"
        request = json.loads(body)
        if not request.get("stream"):
            return self.say(200, {"id": "x", "object": "chat.completion", "created": 1, "model": request["model"],
                                  "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                                  "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}})  # fmt: skip
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
        for word in (*text.split(" "), None):
            choice = {"index": 0, "delta": {"content": word} if word else {}, "finish_reason": None if word else "stop"}
            self.piece("data: " + json.dumps({**chunk, "choices": [choice]}) + "\n\n")
        self.piece("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def piece(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def do_GET(self):
        self.handle_one(b"")

    def do_POST(self):
        try:
            self.handle_one(self.rfile.read(int(self.headers["content-length"])))
        except OSError:
            self.close_connection = True


class Provider:
    def __init__(self, name="provider", default="answer"):
        self.name, self.default, self.keys, self.models = name, default, {}, ["m"]
        self.seen, self.times, self.count, self.silence_s, self.delay_s = [], [], 0, 5, 0
        self.says = {}  # what ElevenLabs' header gets: (status, body)
        self.heard = None  # what requests that are no chat are answered; None: as of a transcript
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.provider = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def keys_seen(self):
        with self.lock:
            return [key for key, path, _, _ in self.seen if not path.endswith("/models")]

    def times_of(self, key):
        """When it came, by the clock time.monotonic()."""
        with self.lock:
            return [at for (one, path, _, _), at in zip(self.seen, self.times) if one == key and not path.endswith("/models")]

    def everything(self):
        """All that came, as one text."""
        with self.lock:
            return repr(self.seen)

    def forget(self):
        with self.lock:
            self.seen.clear()
            self.times.clear()
