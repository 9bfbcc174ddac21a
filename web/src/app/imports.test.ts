import { expect, it } from 'vitest';

const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}', '!../test/**'], { query: '?raw', import: 'default', eager: true });
const files = new Map(Object.entries(sources).map(([path, text]) => [new URL(path, 'file:///src/app/').pathname, text]));

/** What a file needs before it can run, or names the types of. What it asks for later (`import()`) makes no circle. */
function needs(path: string): string[] {
  const text = files.get(path) ?? '';
  return [...text.matchAll(/^(?:import|export)\s(?:[^;']*?\sfrom\s)?'(\.[^']+)'/gm)].flatMap(([, to = '']) => {
    const base = new URL(to, `file://${path}`).pathname;
    return [`${base}.ts`, `${base}.tsx`, `${base}/index.ts`].filter((one) => files.has(one)).slice(0, 1);
  });
}

/** The files of a circle, from the first of them round to itself. */
function circle(from: string, way: string[], done: Set<string>): string[] | undefined {
  const at = way.indexOf(from);
  if (at >= 0) return [...way.slice(at), from];
  if (done.has(from)) return undefined;
  done.add(from);
  for (const next of needs(from)) {
    const found = circle(next, [...way, from], done);
    if (found) return found;
  }
  return undefined;
}

it('no files need each other in a circle', () => {
  expect(files.size).toBeGreaterThan(150);
  expect(needs('/src/app/router.tsx')).toContain('/src/app/Waiting.tsx');
  const done = new Set<string>();
  for (const path of files.keys()) expect(circle(path, [], done)).toBeUndefined();
});
