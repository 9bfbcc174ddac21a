import { readFileSync } from 'node:fs';

import i18next from 'i18next';
import { expect, it } from 'vitest';

import pages from '../../i18n/en.pages.json';
import '../../i18n/pages';
import { because } from './reasons';

const codes = [...readFileSync('../src/prompt/lore/reason.cpp', 'utf8').matchAll(/Words\{"(\w+)"/g)].map(([, code]) => code);

it('has words for every reason of the server, and for no other', () => {
  expect(codes.length).toBeGreaterThan(40);
  expect(Object.keys(pages.because).toSorted()).toEqual(codes.toSorted());
});

it('says what the reason is about, and what it has no words for as the server does', () => {
  const t = i18next.getFixedT('en');
  expect(because(t, { code: 'key', about: 'fox', reason: 'x' })).toBe('key "fox"');
  expect(because(t, { code: 'of-tomorrow', about: '', reason: 'for a new reason' })).toBe('for a new reason');
  expect(because(t, { reason: 'kept by an older server' })).toBe('kept by an older server');
});
