"""A provider that does as the last message says, in the wire format of its path: OpenAI's, Anthropic's or Ollama's.

    "say WORDS"    the words, one piece each          "json"   {"answer": 42}
    "tool"         one call of the first tool         "tools"  two calls of it
    "429"          refused, to be tried again         "long"   refused, too long for the model
    "slow"         a word every 20 ms until the client goes away; `gone` tells when it was noticed
    "see"          kind and size of the picture that came with it
    "once ID"      refused as "429" the first time, then "after all"

Embeddings are [0.5 * place, -0.25], the place counted from 1. GET /gone tells how many clients went away.
"""

import base64
import http.server
import json
import struct
import threading
import time

ARGUMENTS = {"city": "Paris"}


def text_of(content):
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or text_of(part.get("content", "")) for part in content)


class Handler(http.server.BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # head and body are written apart
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    counted = False

    def uncount(self):
        """Before the end is written: who has read it may send the next request at once."""
        if self.counted:
            self.counted = False
            with self.server.lock:
                self.server.now -= 1

    def send_json(self, value, status=200, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.uncount()
        self.wfile.write(body)

    def begin_stream(self, content_type):
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def piece(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end_stream(self):
        self.uncount()
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        if self.path == "/gone":
            return self.send_json({"gone": len(self.server.gone)})
        if self.path.endswith("/models"):
            return self.send_json({"object": "list", "data": [{"id": "scripted", "object": "model"}]})
        if self.path == "/api/tags":
            return self.send_json({"models": [{"name": "scripted", "model": "scripted"}]})
        return self.send_json({"error": {"message": "no such path"}}, 404)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, dict(self.headers), request))
        if self.path in ("/v1/embeddings", "/api/embed"):
            return self.embed(request)
        with self.server.lock:
            self.server.now += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.now)
        self.counted = True
        try:
            self.chat(request)
        finally:
            self.uncount()

    def chat(self, request):
        wire = {"/v1/chat/completions": OpenAi, "/v1/messages": Anthropic, "/api/chat": Ollama}[self.path]
        users = [m for m in request["messages"] if m["role"] in ("user", "tool")]
        wire(self, request).run(text_of(users[-1]["content"]) if users else "")


    def embed(self, request):
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        vectors = [[0.5 * (place + 1), -0.25] for place in range(len(texts))]
        if self.path == "/api/embed":
            return self.send_json({"model": "scripted", "embeddings": vectors, "prompt_eval_count": 5})
        if request.get("encoding_format") == "base64":
            vectors = [base64.b64encode(struct.pack("<2f", *vector)).decode() for vector in vectors]
        data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
        return self.send_json({"object": "list", "data": data, "model": "scripted", "usage": {"prompt_tokens": 5, "total_tokens": 5}})


def picture_in(messages):
    """Kind and base64 size of the last picture, in whichever of the three forms it came."""
    for message in reversed(messages):
        for data in message.get("images") or []:
            return f"image/png {len(data)}"
        for part in message["content"] if isinstance(message["content"], list) else []:
            if part["type"] == "image_url":
                kind, _, data = part["image_url"]["url"].removeprefix("data:").partition(";base64,")
                return f"{kind} {len(data)}"
            if part["type"] == "image":
                return f"{part['source']['media_type']} {len(part['source']['data'])}"
    return "nothing"


class Wire:
    def __init__(self, handler, request):
        self.handler, self.request, self.server = handler, request, handler.server

    def run(self, order):
        tools = self.request.get("tools") or []
        if order.startswith("once "):  # first: its ID may hold any digits
            if order not in self.server.once:
                self.server.once.add(order)
                return self.refuse(429, "slow down", retry_after="0")
            order = "say after all"
        if "429" in order:
            return self.refuse(429, "slow down", retry_after="0")
        if "long" in order:
            return self.refuse(400, "This model's maximum context length is 10 tokens: prompt is too long")
        words, calls = [], []
        if "tool" in order and tools:
            name = tools[0].get("name") or tools[0]["function"]["name"]
            calls = [name] * (2 if "tools" in order else 1)
        elif "json" in order:
            words = ['{"answer"', ": 42}"]
        elif "slow" in order:
            words = None
        elif order.startswith("see"):
            words = [picture_in(self.request["messages"])]
        else:
            words = [w + " " for w in order.removeprefix("say ").split()]
        if self.streams() or words is None:
            self.stream(words, calls)
        else:
            self.whole("".join(words), calls)

    def words_or_forever(self, words):
        if words is not None:
            yield from words
            return
        while True:
            yield "more "
            time.sleep(0.02)

    def stream(self, words, calls):
        try:
            self.begin()
            for word in self.words_or_forever(words):
                self.word(word)
            for index, name in enumerate(calls):
                self.call(index, name)
            self.end(bool(calls))
            self.handler.end_stream()
        except OSError:
            self.server.gone.append(time.monotonic())
            self.handler.close_connection = True

    def streams(self):
        return self.request.get("stream", False)


class OpenAi(Wire):
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "prompt_tokens_details": {"cached_tokens": 4}}

    def refuse(self, status, why, **headers):
        code = "context_length_exceeded" if status == 400 else "rate_limit_exceeded"
        self.handler.send_json({"error": {"message": why, "type": "invalid_request_error", "code": code}}, status, **headers)

    def chunk(self, delta, finish=None, **more):
        self.handler.piece("data: " + json.dumps({"id": "chatcmpl-u", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}) + "\n\n")

    def begin(self):
        self.handler.begin_stream("text/event-stream")
        self.chunk({"role": "assistant", "content": ""})

    def word(self, word):
        self.chunk({"content": word})

    def call(self, index, name):
        self.chunk({"tool_calls": [{"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}]})
        for piece in ('{"city"', ': "Paris"}'):
            self.chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})

    def end(self, called):
        self.chunk({}, "tool_calls" if called else "stop")
        if (self.request.get("stream_options") or {}).get("include_usage"):
            self.handler.piece("data: " + json.dumps({"id": "chatcmpl-u", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [], "usage": self.usage}) + "\n\n")
        self.handler.piece("data: [DONE]\n\n")

    def whole(self, text, calls):
        message = {"role": "assistant", "content": text or None}
        if calls:
            message["tool_calls"] = [{"id": f"call_{i}", "type": "function", "function": {"name": n, "arguments": json.dumps(ARGUMENTS)}} for i, n in enumerate(calls)]
        self.handler.send_json({"id": "chatcmpl-u", "object": "chat.completion", "created": 1, "model": "scripted", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}], "usage": self.usage})


class Anthropic(Wire):
    usage = {"input_tokens": 7, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0, "output_tokens": 1}

    def refuse(self, status, why, **headers):
        kind = "rate_limit_error" if status == 429 else "invalid_request_error"
        self.handler.send_json({"type": "error", "error": {"type": kind, "message": why}}, status, **headers)

    def event(self, kind, **fields):
        self.handler.piece(f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n")

    def begin(self):
        self.blocks, self.text_open = 0, False
        self.handler.begin_stream("text/event-stream")
        self.event("message_start", message={"id": "msg_u", "type": "message", "role": "assistant", "model": "scripted", "content": [], "stop_reason": None, "stop_sequence": None, "usage": self.usage})
        self.event("ping")

    def word(self, word):
        if not self.text_open:
            self.event("content_block_start", index=self.blocks, content_block={"type": "text", "text": ""})
            self.text_open = True
        self.event("content_block_delta", index=self.blocks, delta={"type": "text_delta", "text": word})

    def close_text(self):
        if self.text_open:
            self.event("content_block_stop", index=self.blocks)
            self.blocks, self.text_open = self.blocks + 1, False

    def call(self, index, name):
        self.close_text()
        self.event("content_block_start", index=self.blocks, content_block={"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}})
        for piece in ("", '{"city"', ': "Paris"}'):
            self.event("content_block_delta", index=self.blocks, delta={"type": "input_json_delta", "partial_json": piece})
        self.event("content_block_stop", index=self.blocks)
        self.blocks += 1

    def end(self, called):
        self.close_text()
        self.event("message_delta", delta={"stop_reason": "tool_use" if called else "end_turn", "stop_sequence": None}, usage={"output_tokens": 7})
        self.event("message_stop")

    def whole(self, text, calls):
        content = [{"type": "text", "text": text}] if text else []
        content += [{"type": "tool_use", "id": f"toolu_{i}", "name": n, "input": ARGUMENTS} for i, n in enumerate(calls)]
        self.handler.send_json({"id": "msg_u", "type": "message", "role": "assistant", "model": "scripted", "content": content, "stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None, "usage": {**self.usage, "output_tokens": 7}})


class Ollama(Wire):
    counts = {"prompt_eval_count": 11, "eval_count": 7, "total_duration": 5, "eval_duration": 3}

    def streams(self):
        return self.request.get("stream", True)

    def refuse(self, status, why, **headers):
        self.handler.send_json({"error": why}, status, **headers)

    def line(self, message, **more):
        return {"model": "scripted", "created_at": "2025-01-01T00:00:00Z", "message": {"role": "assistant", "content": "", **message}, "done": False, **more}

    def begin(self):
        self.handler.begin_stream("application/x-ndjson")

    def word(self, word):
        self.handler.piece(json.dumps(self.line({"content": word})) + "\n")

    def call(self, index, name):
        self.handler.piece(json.dumps(self.line({"tool_calls": [{"function": {"name": name, "arguments": ARGUMENTS}}]})) + "\n")

    def end(self, called):
        self.handler.piece(json.dumps(self.line({}, done=True, done_reason="stop", **self.counts)) + "\n")

    def whole(self, text, calls):
        message = {"content": text}
        if calls:
            message["tool_calls"] = [{"function": {"name": n, "arguments": ARGUMENTS}} for n in calls]
        self.handler.send_json(self.line(message, done=True, done_reason="stop", **self.counts))


class Upstream(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests, self.gone, self.once = [], [], set()
        self.lock, self.now, self.most_at_once = threading.Lock(), 0, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # clients that go away are what is tested

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"
