import { EventSourceParserStream } from 'eventsource-parser/stream';

import { errorOf, sessionFetch } from '../../api/client';
import { ApiError, toApiError } from '../../api/problem';

export interface Ask {
  model: string;
  system: string;
  prompt: string;
  maxTokens: number | null;
  temperature: number | null;
}

/** What the server says of an answer when it has ended. */
export interface Metadata {
  model: string;
  provider: string;
  finish_reason: string;
  usage: { prompt_tokens: number; completion_tokens: number; cached_tokens: number };
  cost_micros?: number | null;
  latency_ms: number;
  first_token_ms?: number | null;
  trace?: { tries: Try[] } | null;
}

/** One model that was asked: with whose key (`tier`; `key`: its id, where it has one), why that one, and how it ended. */
export interface Try {
  model: string;
  outcome: string;
  tier: string;
  key?: string | null;
  why?: string | null;
}

export function bodyOf({ model, system, prompt, maxTokens, temperature }: Ask, stream: boolean): Record<string, unknown> {
  return {
    model,
    messages: [...(system.trim() ? [{ role: 'system', content: system }] : []), { role: 'user', content: prompt }],
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    stream,
  };
}

/** One answer, piece by piece. Null: it broke off without an end. Refusals are thrown as ApiError. */
export async function generate(ask: Ask, onText: (text: string) => void, signal: AbortSignal): Promise<Metadata | null> {
  const answer = await sessionFetch(
    new Request(`${location.origin}/api/v1/llm/generate`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-Lares-Trace': '1' },
      body: JSON.stringify(bodyOf(ask, true)),
      signal,
    }),
  );
  if (!answer.ok) throw await errorOf(answer);
  if (!answer.body) throw new ApiError({ status: 502, type: 'empty-answer', detail: '' });
  const events = answer.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  for (;;) {
    const { done, value } = await events.read();
    if (done) return null;
    const data: unknown = JSON.parse(value.data);
    if (value.event === 'token') onText((data as { text: string }).text);
    else if (value.event === 'done') return data as Metadata;
    else if (value.event === 'error') throw toApiError((data as { status?: number }).status ?? 502, data);
  }
}
