// Fails when a first load grows past its budget: the entry, the frame and the page that someone sees first, gzipped, with
// everything that these import statically; or when what another page adds does.
import { readFileSync, rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD_KB = 205;
const ROUTE_KB = 150;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

function reach(key, seen) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reach(next, seen);
  return seen;
}

const kb = (keys) => [...keys].reduce((sum, key) => sum + size(manifest[key].file), 0) / 1000;
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = reach(entry, new Set());
let failed = false;

function report(name, value, limit) {
  const over = value > limit;
  failed ||= over;
  console.log(`${over ? 'OVER' : 'ok  '} ${name.padEnd(52)} ${value.toFixed(1).padStart(7)} kB gz (≤ ${limit})`);
}

for (const pages of [
  ['src/features/auth/Outside.tsx', 'src/features/auth/SignIn.tsx'],
  ['src/app/Shell.tsx', 'src/features/companions/Companions.tsx'],
]) {
  const seen = new Set(first);
  for (const page of pages) reach(page, seen);
  report(`first load: ${pages.at(-1)}`, kb(seen) + size('index.html') / 1000, FIRST_LOAD_KB);
}
for (const key of Object.keys(manifest)) {
  if (!manifest[key].isDynamicEntry) continue;
  report(key, kb([...reach(key, new Set())].filter((part) => !first.has(part))), ROUTE_KB);
}
// Only we read it: what stands in dist/ is served.
rmSync(new URL('.vite/', dist), { recursive: true });
process.exit(failed ? 1 : 0);
