"""The official clients behind one face: chat, stream, call a tool, answer with JSON, meet each error, go away."""

import json

import anthropic
import ollama
import openai

SCHEMA = {"type": "object", "properties": {"answer": {"type": "integer"}}, "required": ["answer"], "additionalProperties": False}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}


class OpenAi:
    errors = {"auth": openai.AuthenticationError, "model": openai.NotFoundError, "rate": openai.RateLimitError,
              "long": openai.BadRequestError, "field": openai.BadRequestError}  # fmt: skip

    def __init__(self, url, token):
        self.client = openai.OpenAI(base_url=url + "/v1", api_key=token, max_retries=0, timeout=300)

    def chat(self, model, words, **more):
        answer = self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": words}], max_tokens=64, **more)
        return answer.choices[0].message.content, answer.usage.prompt_tokens, answer.usage.completion_tokens

    def stream(self, model, words):
        text, usage = [], None
        for chunk in self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": words}], max_tokens=32,
                                                         stream=True, stream_options={"include_usage": True}):  # fmt: skip
            usage = chunk.usage or usage
            text += [c.delta.content for c in chunk.choices if c.delta.content]
        return text, usage.prompt_tokens, usage.completion_tokens

    def tools(self, model, words, streamed):
        tools = [{"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": CITY}}]
        more = {"model": model, "messages": [{"role": "user", "content": words}], "tools": tools, "tool_choice": "required", "temperature": 0}
        if not streamed:
            message = self.client.chat.completions.create(**more).choices[0].message
            return [(c.function.name, json.loads(c.function.arguments)) for c in message.tool_calls]
        calls = {}
        for chunk in self.client.chat.completions.create(**more, stream=True):
            for choice in chunk.choices:
                for call in choice.delta.tool_calls or []:
                    one = calls.setdefault(call.index, ["", ""])
                    one[0] += call.function.name or ""
                    one[1] += call.function.arguments or ""
        return [(name, json.loads(arguments)) for name, arguments in calls.values()]

    def result(self, model):
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}}
        messages = [{"role": "user", "content": "Weather?"}, {"role": "assistant", "tool_calls": [call]},
                    {"role": "tool", "tool_call_id": "call_1", "content": "say sunny"}]  # fmt: skip
        return self.client.chat.completions.create(model=model, messages=messages, max_tokens=32).choices[0].message.content

    def schema(self, model, words):
        shape = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}
        return json.loads(self.chat(model, words, response_format=shape)[0])

    def image(self, model, words):
        parts = [{"type": "text", "text": words}, {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]
        return self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": parts}]).choices[0].message.content

    def embed(self, model, texts):
        made = self.client.embeddings.create(model=model, input=texts)  # asks for base64 and decodes it
        assert made.usage.prompt_tokens > 0
        assert [one.embedding for one in self.client.embeddings.create(model=model, input=texts, encoding_format="float").data][0]
        return [one.embedding for one in made.data]

    def bad_field(self, model):
        self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}], temperature=9)

    def leave(self, model, words):
        stream = self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": words}], stream=True)
        next(iter(stream))
        stream.close()

    def models(self):
        return [model.id for model in self.client.models.list()]

    def more(self, model):
        """Responses, plain and streamed, and the older completions."""
        answer = self.client.responses.create(model=model, input="say one two", max_output_tokens=32)
        assert answer.output_text.split(), answer
        text = ""
        with self.client.responses.stream(model=model, input="say one two", max_output_tokens=32) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    text += event.delta
        # A model that goes on to the limit ends with `response.incomplete`.
        assert event.type in ("response.completed", "response.incomplete")
        assert event.response.output_text == text
        assert text.split()
        assert self.client.completions.create(model=model, prompt="say one", max_tokens=8).choices[0].text


class Anthropic:
    errors = {"auth": anthropic.AuthenticationError, "model": anthropic.NotFoundError, "rate": anthropic.RateLimitError,
              "long": anthropic.BadRequestError, "field": anthropic.BadRequestError}  # fmt: skip

    def __init__(self, url, token):
        self.client = anthropic.Anthropic(base_url=url, auth_token=token, api_key=None, max_retries=0, timeout=300)

    def ask(self, model, words, **more):
        return self.client.messages.create(**{"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": words}], **more})

    def chat(self, model, words):
        answer = self.ask(model, words)
        usage = answer.usage
        cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return answer.content[0].text, usage.input_tokens + cached, usage.output_tokens

    def stream(self, model, words):
        with self.client.messages.stream(model=model, max_tokens=32, messages=[{"role": "user", "content": words}]) as stream:
            text = list(stream.text_stream)
            usage = stream.get_final_message().usage
        cached = (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
        return text, usage.input_tokens + cached, usage.output_tokens

    def tools(self, model, words, streamed):
        more = {"tools": [{"name": "weather", "description": "Weather of a city", "input_schema": CITY}], "tool_choice": {"type": "any"}}
        if streamed:
            with self.client.messages.stream(model=model, max_tokens=64, messages=[{"role": "user", "content": words}], **more) as stream:
                answer = stream.get_final_message()
        else:
            answer = self.ask(model, words, **more)
        assert answer.stop_reason == "tool_use", answer
        return [(block.name, block.input) for block in answer.content if block.type == "tool_use"]

    def result(self, model):
        messages = [{"role": "user", "content": "Weather?"},
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris"}}]},
                    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "say sunny"},
                                                 {"type": "text", "text": "say sunny"}]}]  # fmt: skip
        return self.ask(model, "", messages=messages).content[0].text

    def schema(self, model, words):
        answer = self.ask(model, words, extra_body={"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}})
        return json.loads(answer.content[0].text)

    def image(self, model, words):
        picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
        return self.ask(model, [{"type": "text", "text": words}, picture]).content[0].text

    def bad_field(self, model):
        self.ask(model, "x", extra_body={"temperature": 9})

    def leave(self, model, words):
        with self.client.messages.stream(model=model, max_tokens=4096, messages=[{"role": "user", "content": words}]) as stream:
            next(iter(stream.text_stream))

    def models(self):
        return [model.id for model in self.client.models.list()]

    def more(self, model):
        count = self.client.messages.count_tokens(model=model, messages=[{"role": "user", "content": "How many are these?"}])
        assert count.input_tokens > 3, count


class Ollama:
    errors = {name: ollama.ResponseError for name in ("auth", "model", "rate", "long", "field")}

    def __init__(self, url, token):
        self.client = ollama.Client(host=url + "/ollama", headers={"Authorization": f"Bearer {token}"}, timeout=300)

    def chat(self, model, words, **more):
        answer = self.client.chat(model, [{"role": "user", "content": words}], options={"num_predict": 64}, **more)
        return answer.message.content, answer.prompt_eval_count, answer.eval_count

    def stream(self, model, words):
        text, last = [], None
        for last in self.client.chat(model, [{"role": "user", "content": words}], options={"num_predict": 32}, stream=True):
            if last.message.content:
                text.append(last.message.content)
        assert last.done
        return text, last.prompt_eval_count, last.eval_count

    def tools(self, model, words, streamed):
        tools = [{"type": "function", "function": {"name": "weather", "description": "Weather of a city", "parameters": CITY}}]
        answers = self.client.chat(model, [{"role": "user", "content": words}], tools=tools, stream=streamed)
        calls = []
        for answer in answers if streamed else [answers]:
            calls += [(c.function.name, dict(c.function.arguments)) for c in answer.message.tool_calls or []]
        return calls

    def result(self, model):
        messages = [{"role": "user", "content": "Weather?"},
                    {"role": "assistant", "tool_calls": [{"function": {"name": "weather", "arguments": {"city": "Paris"}}}]},
                    {"role": "tool", "tool_name": "weather", "content": "say sunny"}]  # fmt: skip
        return self.client.chat(model, messages, options={"num_predict": 32}).message.content

    def schema(self, model, words):
        return json.loads(self.chat(model, words, format=SCHEMA)[0])

    def image(self, model, words):
        return self.client.chat(model, [{"role": "user", "content": words, "images": [PIXEL]}]).message.content

    def embed(self, model, texts):
        made = self.client.embed(model, texts)
        assert made.prompt_eval_count > 0
        return [list(vector) for vector in made.embeddings]

    def bad_field(self, model):
        self.client.chat(model, [{"role": "user", "content": "x"}], options={"temperature": 9})

    def leave(self, model, words):
        stream = self.client.chat(model, [{"role": "user", "content": words}], stream=True)
        next(stream)
        stream.close()

    def models(self):
        return [model.model for model in self.client.list().models]

    def more(self, model):
        assert self.client.generate(model, "say one", options={"num_predict": 8}).response
        assert self.client.show(model).modelinfo is not None
        self.client.ps()


ALL = {"openai": OpenAi, "anthropic": Anthropic, "ollama": Ollama}
STATUS = {"auth": {401}, "model": {404}, "rate": {429}, "long": {400}, "field": {400}}
