import { readFileSync } from 'node:fs';

import i18next from 'i18next';
import { expect, it } from 'vitest';

import { setLanguage } from '../../i18n';
import pages from '../../i18n/en.pages.json';
import '../../i18n/pages';
import { tell } from './problems';

const detail = 'The server says so.';
const over = (part: string, remedy: string, tokens = 20) => ({ type: 'context-overflow', detail, overflow: { part, tokens, remedy } });
const between = (file: string, first: string, last: string) => {
  const text = readFileSync(file, 'utf8');
  return [...text.slice(text.indexOf(first), text.indexOf(last, text.indexOf(first))).matchAll(/"([\w-]+)"/g)].map(([, name]) => name);
};

it('has words for every part and every remedy of the server, and for no other', () => {
  const parts = [...between('../src/prompt/prompt.cpp', 'sources[]', ';'), 'answer', 'message', 'beside', 'conversation'];
  expect(parts.length).toBeGreaterThan(15);
  expect(Object.keys(pages.tooLong.part).toSorted()).toEqual(parts.toSorted());
  const remedies = [...between('../src/prompt/overflow.h', 'Remedies:', '#include'), 'larger-model'];
  expect(Object.keys(pages.tooLong.remedy).toSorted()).toEqual(remedies.toSorted());
});

it('says what is too long, by how much and what to do in the language of the page', async () => {
  const said = over('description', 'shorten-character');
  const texts: ['en' | 'es' | 'ja', string][] = [
    ['en', 'This does not fit into the model: the companion’s description is 20 tokens too long. Shorten it where you edit the companion, or choose a model that takes more.'],
    ['es', 'Esto no cabe en el modelo: sobran 20 tokens en la descripción del compañero. Acorta ese texto al editar el compañero o elige un modelo con más capacidad.'],
    ['ja', 'モデルに収まりません。コンパニオンの説明が 20 トークン長すぎます。コンパニオンの編集で短くするか、もっと長く読めるモデルを選んでください。'],
  ];
  for (const [language, text] of texts) {
    await setLanguage(language);
    expect(tell(i18next.t, said)).toBe(text);
  }
  await setLanguage('en');
  expect(tell(i18next.t, over('message', 'shorten-message', 1))).toContain('your message is 1 token too long.');
});

it('says as the server does what it has no words for', () => {
  expect(tell(i18next.t, { type: 'engine-failed', detail })).toBe(detail);
  expect(tell(i18next.t, { type: 'context-overflow', detail, overflow: null })).toBe(detail);
  expect(tell(i18next.t, over('hologram', 'shorten-message'))).toBe(detail);
  expect(tell(i18next.t, over('message', 'of-tomorrow'))).toBe(detail);
});
