import { expect, it } from 'vitest';

import { captionsOf, piecesOf } from './pieces';

const prose = 'The mill stands by the river and turns all day. '.repeat(500);
const asked = (text: string) => piecesOf(text).map((one) => one.text);

it.each([
  ['behind a list', '- a\n  ```\n  code\n- b\n\n'],
  ['behind a quotation', '> ```\n> code\n\n'],
  ['behind its own mark', '~~~\n```\ncode\n~~~\n'],
  ['behind an indented block', '    ```\n    code\n'],
  ['behind an indented block of an item', '- a\n\n\t  ~~~\n      code\n\n  '],
  ['behind an indented block that begins an item', '-     ```\n      code\n\n  '],
  ['behind an indented block of a quotation', '>     ```\n>     code\n> '],
  ['behind an item within an item', '1. a\n   - b\n\n    ```\n    code\n    ```\n'],
  ['behind a mark that is indented', '```\n    ```\ncode\n```\n'],
  ['behind a block of its own', `\`\`\`\n${'code\n'.repeat(5_000)}\`\`\`\n`],
])('a long answer is read in pieces: %s', (_, block) => {
  const pieces = asked(block + prose);
  expect(Math.max(...pieces.map((one) => one.length))).toBeLessThanOrEqual(700);
  expect(pieces.join('')).not.toContain('code');
  expect(pieces.join('')).toContain(prose.trimEnd());
});

it('what stands where is told in the places of the whole text', () => {
  const text = 'One. 😀\n```\nx\n```\nTwo.';
  expect(piecesOf(text).map(({ text: words, start, end }) => [words, [...text].slice(start, end).join('')])).toEqual([
    ['One. 😀\n', 'One. 😀\n'],
    ['Two.', 'Two.'],
  ]);
});

it('a title ends no caption', () => {
  expect(captionsOf('Dr. Smith met Mr. Jones. They spoke.').map((one) => one.text.trim())).toEqual(['Dr. Smith met Mr. Jones.', 'They spoke.']);
});
