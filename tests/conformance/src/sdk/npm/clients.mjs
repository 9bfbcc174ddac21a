// The official npm clients and Vercel's `ai` behind one face, each check of each cell a line of JSON on the output:
//   node clients.mjs URL TOKEN UPSTREAM-URL < cells.json     [{"client", "provider", "model", "scripted"}, …]
// The same checks as src/sdk/clients.py makes; the words that the scripted provider obeys are in src/sdk/upstream.py.
import assert from "node:assert/strict";
import { text as readAll } from "node:stream/consumers";
import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, embedMany, generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import { Ollama } from "ollama";
import OpenAI from "openai";

const [url, token, upstream] = process.argv.slice(2);
const CITY = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const SCHEMA = { type: "object", properties: { answer: { type: "integer" } }, required: ["answer"], additionalProperties: false };
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const user = (content) => [{ role: "user", content }];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class OpenAiClient {
  wrong = { auth: OpenAI.AuthenticationError, model: OpenAI.NotFoundError, rate: OpenAI.RateLimitError, long: OpenAI.BadRequestError, field: OpenAI.BadRequestError };
  constructor(key, retries = 0) {
    this.client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: retries, timeout: 300_000 });
    this.create = (body, more) => this.client.chat.completions.create(body, more);
  }
  async chat(model, words, more = {}) {
    const answer = await this.create({ model, messages: user(words), max_tokens: 64, ...more });
    return { text: answer.choices[0].message.content, input: answer.usage.prompt_tokens, output: answer.usage.completion_tokens };
  }
  async stream(model, words) {
    let text = "", usage;
    for await (const chunk of await this.create({ model, messages: user(words), max_tokens: 32, stream: true, stream_options: { include_usage: true } })) {
      usage = chunk.usage ?? usage;
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    return { text, input: usage.prompt_tokens, output: usage.completion_tokens };
  }
  async tools(model, words, streamed) {
    const tools = [{ type: "function", function: { name: "weather", description: "Weather of a city", parameters: CITY } }];
    const body = { model, messages: user(words), tools, tool_choice: "required", temperature: 0 };
    const answer = streamed ? await this.client.chat.completions.stream(body).finalChatCompletion() : await this.create(body);
    return answer.choices[0].message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
  }
  async schema(model, words) {
    const shape = { type: "json_schema", json_schema: { name: "answer", strict: true, schema: SCHEMA } };
    return JSON.parse((await this.chat(model, words, { response_format: shape })).text);
  }
  async image(model, words) {
    const parts = [{ type: "text", text: words }, { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } }];
    return (await this.create({ model, messages: user(parts) })).choices[0].message.content;
  }
  async embed(model, texts) {
    const made = await this.client.embeddings.create({ model, input: texts }); // asks for base64 and decodes it
    assert.ok(made.usage.prompt_tokens > 0);
    return made.data.map((one) => one.embedding);
  }
  badField(model) {
    return this.create({ model, messages: user("x"), temperature: 9 });
  }
  async leave(model, words) {
    const stream = await this.create({ model, messages: user(words), stream: true });
    for await (const _ of stream) break;
    stream.controller.abort();
  }
  async models() {
    const names = [];
    for await (const model of this.client.models.list()) names.push(model.id);
    return names;
  }
  async more(model) {
    const answer = await this.client.responses.create({ model, input: "say one two", max_output_tokens: 32 });
    assert.ok(answer.output_text.trim());
    let text = "";
    for await (const event of this.client.responses.stream({ model, input: "say one two", max_output_tokens: 32 })) if (event.type === "response.output_text.delta") text += event.delta;
    assert.ok(text.trim());
  }
}

class AnthropicClient {
  wrong = { auth: Anthropic.AuthenticationError, model: Anthropic.NotFoundError, rate: Anthropic.RateLimitError, long: Anthropic.BadRequestError, field: Anthropic.BadRequestError };
  constructor(key, retries = 0) {
    this.client = new Anthropic({ baseURL: url, authToken: key, apiKey: null, maxRetries: retries, timeout: 300_000 });
  }
  ask(model, words, more = {}) {
    return this.client.messages.create({ model, max_tokens: 64, messages: user(words), ...more });
  }
  said({ content, usage }) {
    const cached = (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
    return { text: content.map((block) => block.text ?? "").join(""), input: usage.input_tokens + cached, output: usage.output_tokens };
  }
  async chat(model, words) {
    return this.said(await this.ask(model, words));
  }
  async stream(model, words) {
    return this.said(await this.client.messages.stream({ model, max_tokens: 32, messages: user(words) }).finalMessage());
  }
  async tools(model, words, streamed) {
    const more = { tools: [{ name: "weather", description: "Weather of a city", input_schema: CITY }], tool_choice: { type: "any" } };
    const answer = streamed ? await this.client.messages.stream({ model, max_tokens: 64, messages: user(words), ...more }).finalMessage() : await this.ask(model, words, more);
    assert.equal(answer.stop_reason, "tool_use");
    return answer.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]);
  }
  async schema(model, words) {
    return JSON.parse((await this.ask(model, words, { output_config: { format: { type: "json_schema", schema: SCHEMA } } })).content[0].text);
  }
  async image(model, words) {
    const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
    return (await this.ask(model, [{ type: "text", text: words }, picture])).content[0].text;
  }
  badField(model) {
    return this.ask(model, "x", { temperature: 9 });
  }
  async leave(model, words) {
    const stream = this.client.messages.stream({ model, max_tokens: 4096, messages: user(words) });
    for await (const event of stream) if (event.type === "content_block_delta") break;
    stream.abort();
  }
  async models() {
    const names = [];
    for await (const model of this.client.models.list()) names.push(model.id);
    return names;
  }
  async more(model) {
    assert.ok((await this.client.messages.countTokens({ model, messages: user("How many are these?") })).input_tokens > 3);
  }
}

class OllamaClient {
  wrong = Object.fromEntries(["auth", "model", "rate", "long", "field"].map((name) => [name, Error]));
  constructor(key) {
    this.client = new Ollama({ host: `${url}/ollama`, headers: { Authorization: `Bearer ${key}` } });
  }
  said(answer, text) {
    return { text, input: answer.prompt_eval_count, output: answer.eval_count };
  }
  async chat(model, words, more = {}) {
    const answer = await this.client.chat({ model, messages: user(words), options: { num_predict: 64 }, ...more });
    return this.said(answer, answer.message.content);
  }
  async stream(model, words) {
    let text = "", last;
    for await (last of await this.client.chat({ model, messages: user(words), options: { num_predict: 32 }, stream: true })) text += last.message.content;
    assert.ok(last.done);
    return this.said(last, text);
  }
  async tools(model, words, streamed) {
    const body = { model, messages: user(words), tools: [{ type: "function", function: { name: "weather", description: "Weather of a city", parameters: CITY } }] };
    const calls = [];
    const answers = streamed ? await this.client.chat({ ...body, stream: true }) : [await this.client.chat(body)];
    for await (const answer of answers) for (const call of answer.message.tool_calls ?? []) calls.push([call.function.name, call.function.arguments]);
    return calls;
  }
  async schema(model, words) {
    return JSON.parse((await this.chat(model, words, { format: SCHEMA })).text);
  }
  async image(model, words) {
    return (await this.client.chat({ model, messages: [{ role: "user", content: words, images: [PIXEL] }] })).message.content;
  }
  async embed(model, texts) {
    const made = await this.client.embed({ model, input: texts });
    assert.ok(made.prompt_eval_count > 0);
    return made.embeddings;
  }
  badField(model) {
    return this.client.chat({ model, messages: user("x"), options: { temperature: 9 } });
  }
  async leave(model, words) {
    const stream = await this.client.chat({ model, messages: user(words), stream: true });
    for await (const _ of stream) break;
    stream.abort();
  }
  async models() {
    return (await this.client.list()).models.map((model) => model.model);
  }
  async more(model) {
    assert.ok((await this.client.generate({ model, prompt: "say one", options: { num_predict: 8 } })).response);
    assert.ok((await this.client.show({ model })).model_info);
  }
}

// Vercel's `ai`: one face over providers of several kinds.
class AiClient {
  wrong = Object.fromEntries(["auth", "model", "rate", "long", "field"].map((name) => [name, Error]));
  constructor(key, retries = 0) {
    this.provider = this.make(key);
    this.common = { maxRetries: retries };
  }
  model(name) {
    return this.provider(name);
  }
  ask(model, words, more = {}) {
    return { model: this.model(model), prompt: words, maxOutputTokens: 64, ...this.common, ...more };
  }
  said({ text, usage }) {
    return { text, input: usage.inputTokens, output: usage.outputTokens };
  }
  async chat(model, words) {
    return this.said(await generateText(this.ask(model, words)));
  }
  async stream(model, words) {
    let failure;
    const answer = streamText(this.ask(model, words, { maxOutputTokens: 32, onError: ({ error }) => (failure = error) }));
    let text = "";
    for await (const piece of answer.textStream) text += piece;
    if (failure) throw failure;
    return this.said({ text, usage: await answer.usage });
  }
  async tools(model, words, streamed) {
    const more = { tools: { weather: tool({ description: "Weather of a city", inputSchema: jsonSchema(CITY) }) }, toolChoice: "required" };
    const answer = streamed ? streamText(this.ask(model, words, more)) : await generateText(this.ask(model, words, more));
    return (await answer.toolCalls).map((call) => [call.toolName, call.input]);
  }
  async schema(model, words) {
    return (await generateObject(this.ask(model, words, { schema: jsonSchema(SCHEMA) }))).object;
  }
  async image(model, words) {
    const content = [{ type: "text", text: words }, { type: "file", data: PIXEL, mediaType: "image/png" }];
    return (await generateText({ model: this.model(model), messages: user(content), ...this.common })).text;
  }
  badField(model) {
    return generateText(this.ask(model, "x", { temperature: 9 }));
  }
  async leave(model, words) {
    const leaving = new AbortController();
    for await (const _ of streamText(this.ask(model, words, { maxOutputTokens: 4096, abortSignal: leaving.signal, onError: () => {} })).textStream) break;
    leaving.abort();
  }
}
class AiOpenAi extends AiClient {
  make(key) {
    return createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  }
  model(name) {
    return this.provider.chat(name);
  }
  async embed(model, texts) {
    const one = await embed({ model: this.provider.embedding(model), value: texts[0], ...this.common });
    const many = await embedMany({ model: this.provider.embedding(model), values: texts, ...this.common });
    assert.deepEqual(one.embedding, many.embeddings[0]);
    return many.embeddings;
  }
}
class AiResponses extends AiClient {
  make(key) {
    return createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  }
  model(name) {
    return this.provider.responses(name);
  }
}
class AiCompatible extends AiClient {
  make(key) {
    return createOpenAICompatible({ name: "lares", baseURL: `${url}/v1`, apiKey: key, includeUsage: true, supportsStructuredOutputs: true });
  }
}
class AiAnthropic extends AiClient {
  make(key) {
    return createAnthropic({ baseURL: `${url}/v1`, authToken: key });
  }
  badField(model) { // it puts a temperature right by itself
    return generateText(this.ask(model, "x", { topP: 9 }));
  }
}

const CLIENTS = {
  openai: OpenAiClient, anthropic: AnthropicClient, ollama: OllamaClient,
  "ai-openai": AiOpenAi, "ai-responses": AiResponses, "ai-compatible": AiCompatible, "ai-anthropic": AiAnthropic,
};
const STATUS = { auth: 401, model: 404, rate: 429, long: 400, field: 400 };
const words = (n) => "many words ".repeat(n);

function statusOf(error) {
  return error?.status ?? error?.status_code ?? error?.statusCode ?? error?.lastError?.statusCode;
}

async function refused(client, what, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof client.wrong[what], `${what}: ${error?.constructor?.name}: ${error}`);
    assert.equal(statusOf(error), STATUS[what], `${what}: ${error}`);
    return String(error.message) + String(error.responseBody ?? "");
  }
  throw new Error(`${what}: not refused`);
}

const CHECKS = {
  async chat({ client, model, scripted }) {
    const { text, input, output } = await client.chat(model, "say one two three");
    assert.ok(text.trim() && input > 0 && output > 0, JSON.stringify({ text, input, output }));
    if (scripted) assert.deepEqual([text.trim(), input, output], ["one two three", 11, 7]);
  },
  async stream({ client, model, scripted }) {
    const { text, input, output } = await client.stream(model, "say one two three");
    assert.ok(text.trim() && input > 0 && output > 0, JSON.stringify({ text, input, output }));
    if (scripted) assert.deepEqual([text.trim(), input, output], ["one two three", 11, 7]);
  },
  async tools({ client, model, scripted }) {
    for (const streamed of [false, true]) {
      if (scripted) {
        assert.deepEqual(await client.tools(model, "tool", streamed), [["weather", { city: "Paris" }]]);
        assert.deepEqual(await client.tools(model, "tools", streamed), [["weather", { city: "Paris" }], ["weather", { city: "Paris" }]]);
      } else if (!(client instanceof OllamaClient)) { // it cannot ask for a call, and a small model need not make one
        const [[name, input]] = await client.tools(model, "What is the weather in Paris?", streamed);
        assert.ok(name === "weather" && typeof input.city === "string");
      }
    }
  },
  async schema({ client, model }) {
    assert.ok(Number.isInteger((await client.schema(model, "json: how many?")).answer));
  },
  async image({ client, model, scripted }) {
    if (scripted) assert.equal((await client.image(model, "see")).trim(), `image/png ${PIXEL.length}`);
    else await assert.rejects(client.image(model, "see"), (error) => statusOf(error) === 400 && /text only/.test(error.message + (error.responseBody ?? "")));
  },
  async embeddings({ client, provider, model, scripted, encoder }) {
    if (!client.embed || provider === "anthropic") return;
    const [a, b, c] = await client.embed(scripted ? model : encoder, ["The cat is sleeping on the sofa.", "A kitten naps on the couch.", "The stock market fell sharply today."]);
    const dot = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
    if (scripted) assert.deepEqual([a, b, c], [[0.5, -0.25], [1, -0.25], [1.5, -0.25]]);
    else assert.ok(Math.abs(dot(a, b) - 0.698) < 0.002 && Math.abs(dot(a, c) + 0.024) < 0.002 && a.length === 384, `${dot(a, b)} ${dot(a, c)}`);
  },
  async models({ client, model }) {
    if (!client.models) return;
    assert.ok((await client.models()).some((name) => name.replace(/:latest$/, "") === model));
  },
  async more({ client, model }) {
    await client.more?.(model);
  },
  async auth({ client, kind }) {
    await refused(client, "auth", () => new kind("wrong").chat("x", "x"));
  },
  async no_model({ client }) {
    await refused(client, "model", () => client.chat("no-such-model", "x"));
  },
  async field({ client, model }) {
    assert.match(await refused(client, "field", () => client.badField(model)), /temperature|top_p/);
  },
  async rate({ client, kind, model, scripted }) {
    if (!scripted) return;
    await refused(client, "rate", () => client.chat(model, "429"));
    if (kind === OllamaClient) return; // it never asks again
    const { text } = await new kind(token, 1).chat(model, `once ${crypto.randomUUID()}`); // refused once, as `retry-after` says asked again
    assert.equal(text.trim(), "after all");
  },
  async long({ client, model, scripted }) {
    await refused(client, "long", () => client.chat(model, scripted ? "long" : words(20000)));
  },
  async leave({ client, model, scripted }) {
    if (!scripted) return;
    const gone = async () => JSON.parse(await (await fetch(`${upstream}/gone`)).text()).gone;
    const before = await gone();
    await client.leave(model, "slow");
    const left = performance.now();
    while ((await gone()) === before) {
      assert.ok(performance.now() - left < 120_000, "the provider goes on");
      await sleep(10);
    }
  },
};

for (const cell of JSON.parse(await readAll(process.stdin))) {
  const kind = CLIENTS[cell.client];
  const client = new kind(token);
  for (const [name, check] of Object.entries(CHECKS)) {
    let error = null;
    try {
      await check({ ...cell, kind, client });
    } catch (failure) {
      error = `${failure?.name}: ${failure?.message}`.split("\n")[0].slice(0, 400);
    }
    console.log(JSON.stringify({ cell: `npm ${cell.client}/${cell.provider}`, check: name, error }));
  }
}
