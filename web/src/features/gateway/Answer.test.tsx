import { screen } from '@testing-library/react';
import i18next from 'i18next';
import { beforeAll, expect, it } from 'vitest';

import gateway from '../../i18n/en.gateway.json';
import { show } from '../../test/render';
import { Answer } from './Answer';

beforeAll(() => {
  i18next.addResourceBundle('en', 'page', gateway, true, true);
});

const metadata = { model: 'm', provider: 'openai', finish_reason: 'stop', usage: { prompt_tokens: 3, completion_tokens: 2, cached_tokens: 0 }, latency_ms: 5 };
const state = { model: 'fast', running: false, text: 'hi', broken: false, stopped: false, error: null };

it('tells whose key answered and why, and who was asked before', () => {
  const tries = [
    { model: 'groq/m', outcome: 'upstream-overloaded', tier: 'environment', why: "the operator's own" },
    { model: 'openai/m', outcome: 'answered', tier: 'pool', key: 'k1', why: 'a key of the pool' },
  ];
  show(<Answer model="fast" state={{ ...state, metadata: { ...metadata, trace: { tries } } }} />);
  expect(screen.getByText('of the pool · k1')).toBeInTheDocument();
  expect(screen.getByText('a key of the pool')).toBeInTheDocument();
  expect(screen.getByText('groq/m: upstream-overloaded')).toBeInTheDocument();
});
