// node read.mjs < PATHS   What the npm readers make of each card (JSON, a path a line): one JSON line each.
// Run from a folder whose node_modules has them.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.cwd(), 'x.js'));
const { CCardLib } = require('@risuai/ccardlib');
const Cards = require('character-card-utils');

const tried = (call) => {
  try {
    return call();
  } catch (error) {
    return { problem: String(error.message).slice(0, 300) };
  }
};

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const card = JSON.parse(fs.readFileSync(file, 'utf8'));
  const to = (version) => tried(() => CCardLib.character.convert(structuredClone(card), { to: version }));
  console.log(
    JSON.stringify({
      file,
      version: tried(() => CCardLib.character.check(card)),
      v2: to('v2'),
      v3: to('v3'),
      utils: tried(() => {
        const read = Cards.safeParseToV2(card);
        return read.success ? read.data : { problem: JSON.stringify(read.error.issues).slice(0, 300) };
      }),
    }),
  );
}
