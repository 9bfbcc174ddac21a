import { describe, expect, it } from 'vitest';

import gateway from './en.gateway.json';
import door from './en.json';
import pages from './en.pages.json';
import es from './es.json';
import ja from './ja.json';

const en = { ...door, ...gateway, ...pages };

function flat(value: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
      typeof inner === 'string' ? [[prefix + key, inner]] : Object.entries(flat(inner as object, `${prefix}${key}.`)),
    ),
  );
}

/** Languages differ in their plural forms; what must be there is the text, in at least the general form. */
const stem = (key: string) => key.replace(/_(one|two|few|many|other|zero)$/, '');
const variables = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map(([, name]) => name).toSorted();

describe.each([
  ['ja', ja],
  ['es', es],
])('%s', (_, language) => {
  const [theirs, ours] = [flat(language), flat(en)];

  it('says everything that English says, and nothing else', () => {
    expect([...new Set(Object.keys(theirs).map(stem))].toSorted()).toEqual([...new Set(Object.keys(ours).map(stem))].toSorted());
  });

  it('fills in the same values', () => {
    for (const [key, text] of Object.entries(theirs)) {
      if (key.endsWith('_one')) continue;
      expect(variables(text), key).toEqual(variables(ours[key] ?? ours[`${stem(key)}_other`] ?? ''));
    }
  });

  it('is translated', () => {
    const same = Object.keys(theirs).filter((key) => theirs[key] === ours[key]);
    expect(same.length, same.join(', ')).toBeLessThan(12);
  });
});

describe('texts that come with their pages', () => {
  const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}', '!../test/**', '!./**'], { query: '?raw', import: 'default', eager: true });
  const later = new RegExp(`['"\`](${Object.keys(pages).join('|')})\\.[a-zA-Z$]`);

  it('whoever says something of a later page imports it', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(100);
    expect(Object.entries(sources).filter(([, text]) => later.test(text) && !text.includes("i18n/pages'")).map(([file]) => file)).toEqual([]);
  });
});
