import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';

import { ApiError } from '../../api/problem';
import { server } from '../../test/server';
import { changesOf, formOf } from './accessKey';
import { codeFor } from './code';
import { type Ask, bodyOf, generate } from './generate';
import { dollars, microsIn } from './money';
import type { AccessKey } from './queries';

const ask: Ask = { model: "o'neil/gpt", system: ' ', prompt: 'It\'s "so"\nquiet', maxTokens: 12, temperature: null };

describe('money', () => {
  it('reads what a person writes', () => {
    expect(microsIn('')).toBeNull();
    expect(microsIn(' $2.50 ')).toBe(2_500_000);
    expect(microsIn('0,000001')).toBe(1);
    for (const wrong of ['abc', '-1', '1.0000001', '1e3', '1.2.3']) expect(microsIn(wrong), wrong).toBeUndefined();
  });

  it('shows small amounts with digits that tell them apart', () => {
    expect(dollars(12_340_000, 'en-US')).toBe('$12.34');
    expect(dollars(42, 'en-US')).toBe('$0.000042');
    expect(dollars(0, 'en-US')).toBe('$0');
  });
});

describe('a change of an access key', () => {
  const key = { id: 'k', name: 'bot', prefix: 'lares_x', scopes: ['llm', 'another'], models: ['a'], budget_micros: 0, expires: 5_000, created: 1, rotated: 1 } as unknown as AccessKey;
  const before = formOf(key);

  it('is what the form changed and nothing else', () => {
    expect(changesOf(before, { ...before, name: 'robot' })).toEqual({ name: 'robot' });
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf(before, { ...before, scopes: ['llm', 'chat'], expires: '' })).toEqual({ scopes: ['llm', 'chat'], expires: 0 });
  });

  it('tells a budget of nothing from none', () => {
    expect(changesOf(before, { ...before, budget: null })).toEqual({ no_budget: true });
    expect(changesOf({ ...before, budget: null }, before)).toEqual({ budget_micros: 0 });
  });
});

describe('the request', () => {
  it('leaves out what was not said', () => {
    expect(bodyOf(ask, true)).toEqual({ model: "o'neil/gpt", messages: [{ role: 'user', content: 'It\'s "so"\nquiet' }], maxTokens: 12, stream: true });
  });

  it('is written so that no text breaks out of its quotes', () => {
    const curl = codeFor('curl', ask, 'http://x');
    const body = /-d '([\s\S]*)'\n$/.exec(curl)?.[1]?.replaceAll("'\\''", "'") ?? '';
    expect(JSON.parse(body)).toEqual({ model: "o'neil/gpt", messages: [{ role: 'user', content: 'It\'s "so"\nquiet' }], max_tokens: 12 });
    expect(codeFor('python', ask, 'http://x')).toContain('{"role": "user", "content": "It\'s \\"so\\"\\nquiet"},');
    expect(codeFor('js', ask, 'http://x')).toContain('model: "o\'neil/gpt",');
  });
});

describe('generate', () => {
  const answers = (text: string, init?: ResponseInit) => {
    server.use(http.post('*/api/v1/llm/generate', () => new HttpResponse(text, init)));
  };
  const end = { model: 'm', provider: 'local', finish_reason: 'stop', usage: { prompt_tokens: 3, completion_tokens: 2, cached_tokens: 0 }, latency_ms: 5 };

  it('gives the pieces and then what the server says of them', async () => {
    answers(`event: token\ndata: {"text":"Grüß"}\n\nevent: token\ndata: {"text":" dich"}\n\nevent: done\ndata: ${JSON.stringify(end)}\n\n`);
    const pieces: string[] = [];
    expect(await generate(ask, (text) => pieces.push(text), new AbortController().signal)).toEqual(end);
    expect(pieces).toEqual(['Grüß', ' dich']);
  });

  it('asks whose key it was and why', async () => {
    let asked: string | null = null;
    server.use(
      http.post('*/api/v1/llm/generate', ({ request }) => {
        asked = request.headers.get('X-Lares-Trace');
        return new HttpResponse(`event: done\ndata: ${JSON.stringify(end)}\n\n`);
      }),
    );
    await generate(ask, () => undefined, new AbortController().signal);
    expect(asked).toBe('1');
  });

  it('tells an answer that broke off from one that ended', async () => {
    answers('event: token\ndata: {"text":"Hal"}\n\n');
    expect(await generate(ask, () => undefined, new AbortController().signal)).toBeNull();
  });

  it('throws what the server refuses, before and within the stream', async () => {
    answers(JSON.stringify({ type: 'model-not-found', detail: 'There is no model "x".', status: 404 }), { status: 404 });
    await expect(generate(ask, () => undefined, new AbortController().signal)).rejects.toMatchObject({ status: 404, type: 'model-not-found' });
    answers('event: error\ndata: {"type":"upstream","status":502,"detail":"The provider broke off."}\n\n');
    await expect(generate(ask, () => undefined, new AbortController().signal)).rejects.toBeInstanceOf(ApiError);
  });
});
