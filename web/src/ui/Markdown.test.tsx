import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import hostile from '../test/hostile.json';
import { Markdown, safeHref } from './Markdown';

const deep = process.env.LARES_DEEP === '1';
const allowed = new Set(['A', 'BLOCKQUOTE', 'BR', 'CODE', 'DEL', 'DIV', 'EM', 'HR', 'LI', 'OL', 'P', 'PRE', 'SPAN', 'STRONG', 'TABLE', 'TBODY', 'TD', 'TH', 'THEAD', 'TR', 'UL']);
const attributes = new Set(['class', 'href', 'rel', 'target', 'referrerpolicy', 'tabindex', 'role', 'start', 'align', 'style']);

/** Everything in the document that could run, load or lead somewhere it should not. */
function dangers(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    if (!allowed.has(element.tagName)) found.push(`<${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      if (!attributes.has(name)) found.push(`${element.tagName} ${name}=${value}`);
      // Only the alignment of a table's cell, which the stylesheet API sets.
      if (name === 'style' && !/^text-align: (left|center|right);$/.test(value)) found.push(`${element.tagName} style=${value}`);
    }
    if (element instanceof HTMLAnchorElement) {
      if (!['http:', 'https:', 'mailto:'].includes(element.protocol) || element.origin === location.origin) found.push(`href=${element.href}`);
      if (!/\bnoopener\b/.test(element.rel) || !/\bnoreferrer\b/.test(element.rel)) found.push(`rel=${element.rel}`);
    }
  }
  return found;
}

describe('what others wrote', () => {
  it('is a large enough collection', () => {
    expect(hostile.length).toBeGreaterThanOrEqual(300);
    expect(new Set(hostile).size).toBe(hostile.length);
  });

  it.each(hostile.map((text, index) => [index, text] as const))('payload %i shows as text', (_, text) => {
    const { container } = render(<Markdown text={text} />);
    expect(dangers(container)).toEqual([]);
  });

  it('stays harmless when it streams in, cut at every character', () => {
    // One element that grows, as in a running answer; every seventh payload (in a deep run each), all of its prefixes.
    const { container, rerender } = render(<Markdown text="" />);
    for (const text of hostile.filter((_, index) => deep || index % 7 === 0)) {
      for (let end = 1; end <= text.length; end += 1) {
        rerender(<Markdown text={text.slice(0, end)} />);
        expect(dangers(container), text.slice(0, end)).toEqual([]);
      }
    }
  }, deep ? 1_200_000 : 120_000);

  it('never loads a picture: its description is a link', () => {
    const { container } = render(<Markdown text="![a cat](https://cats.example/1.png) ![](javascript:x)" />);
    expect(container.querySelector('img')).toBeNull();
    expect(container.querySelector('a')).toHaveTextContent('[image: a cat]');
    expect(container.querySelectorAll('a')).toHaveLength(1);
  });

  it('shows HTML as it was written', () => {
    const { container } = render(<Markdown text={'Look: <b onclick="x()">bold</b> & <script>alert(1)</script>'} />);
    expect(container).toHaveTextContent('<b onclick="x()">bold</b> & <script>alert(1)</script>');
  });

  it('keeps what people and models write on purpose', () => {
    const text = '# Title\n\n*em* **strong** ~~gone~~ `code`\n\n1. one\n2. two\n\n- [x] done\n\n> quote\n\n```js\nlet a;\n```\n\n| a | b |\n|--|:-:|\n| 1 | 2 |\n\n[link](https://example.org/a?b=c#d)';
    const { container } = render(<Markdown text={text} />);
    for (const tag of ['em', 'strong', 'del', 'code', 'ol', 'ul', 'blockquote', 'pre', 'table', 'a']) expect(container.querySelector(tag), tag).not.toBeNull();
    expect(container.querySelector('h1')).toBeNull();
    expect(container.querySelector('a')).toHaveAttribute('href', 'https://example.org/a?b=c#d');
  });

  it('links only to the web and to mail, never to this server', () => {
    expect(safeHref('https://example.org/')).toBe('https://example.org/');
    expect(safeHref('MAILTO:a@b.c')).toBe('mailto:a@b.c');
    for (const bad of ['/api/v1/auth/logout', '//x.example', 'javascript:1', ' https://x.example', `${location.origin}/settings`, 'https://', undefined, 5]) expect(safeHref(bad), String(bad)).toBeUndefined();
  });
});
