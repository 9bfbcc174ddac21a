import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { statusQuery } from '../../api/queries';
import { request } from '../../api/request';

/**
 * About how many tokens a text is, before a model has counted: four letters of an alphabet, or one character of Chinese, Japanese
 * or Korean. Good to a fifth for prose; said with "about".
 */
export function about(text: string): number {
  let wide = 0;
  let narrow = 0;
  for (const letter of text) {
    if (/[\u1100-\u11FF\u2E80-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\u{20000}-\u{3FFFF}]/u.test(letter)) wide += 1;
    else narrow += 1;
  }
  return Math.ceil(wide + narrow / 4);
}

export interface Tokens {
  count: number;
  /** By the tokenizer of the model that answers. */
  exact: boolean;
}
export type TokensOf = (text: string) => Tokens;

export const sum = (all: readonly Tokens[]): Tokens => ({ count: all.reduce((total, { count }) => total + count, 0), exact: all.every(({ exact }) => exact) });

const PAUSE_MS = 400;
/** Of one request; what is longer stays an estimate. */
const LETTERS_MOST = 250_000;
const TEXTS_MOST = 200;
/** Kept in one editor: as somebody writes, each pause leaves a text behind. */
const KEPT_MOST = 500;

function askable(texts: readonly string[]): string[] {
  const asked: string[] = [];
  let room = LETTERS_MOST;
  for (const text of new Set(texts)) {
    if (text === '' || text.length > room || asked.length === TEXTS_MOST) continue;
    asked.push(text);
    room -= text.length;
  }
  return asked;
}

/** How many tokens texts are: as the model counts them, when whoever writes has paused; about, until then and where no model can count. */
export function useTokens(texts: readonly string[]): TokensOf {
  const status = useQuery(statusQuery);
  const ready = status.data?.engines.some(({ kind, state }) => kind === 'llm' && state === 'ready') ?? false;
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>(() => new Map());
  const unknown = JSON.stringify(askable(texts.filter((text) => !counts.has(text))));
  useEffect(() => {
    const asked = JSON.parse(unknown) as string[];
    if (!ready || asked.length === 0) return undefined;
    const left = new AbortController();
    const timer = setTimeout(() => {
      request<{ tokens: number[]; exact: boolean }>('POST', '/api/v1/prompts/count', { body: { texts: asked }, signal: left.signal })
        .then(({ tokens, exact }) => {
          if (exact) setCounts((old) => new Map([...(old.size > KEPT_MOST ? [] : old), ...asked.map((text, index) => [text, tokens[index] ?? 0] as const)]));
        })
        // The estimate stays.
        .catch(() => undefined);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [unknown, ready]);
  return (text) => {
    const count = text === '' ? 0 : counts.get(text);
    return count === undefined ? { count: about(text), exact: false } : { count, exact: true };
  };
}
