/**
 * An answer that is read again: in pieces, so that a long one begins soon and is read to its end, and within them what one
 * caption shows. Places are Unicode code points.
 */
import { countCharacters } from './store';

export interface Piece {
  text: string;
  start: number;
  end: number;
}

/** Of what is asked for at once: the first is short, it is waited for. Even digits at half speed are no five minutes. */
const FIRST_LENGTH = 250;
const LENGTH = 700;

const FENCE = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})(.*)$/u;

/** Lines; those of a block of code are one. */
function blocks(text: string): string[] {
  const out: string[] = [];
  let fence = '';
  for (const line of text.split(/(?<=\n)/u)) {
    const [, mark = '', info = ''] = FENCE.exec(line.trimEnd()) ?? [];
    if (fence !== '') {
      out.push((out.pop() ?? '') + line);
      if (mark.startsWith(fence) && info.trim() === '') fence = '';
    } else {
      out.push(line);
      if (mark !== '' && !(mark.startsWith('`') && info.includes('`'))) fence = mark;
    }
  }
  return out;
}

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });

/** Parts of a block that may stand alone: its sentences; what is longer than a piece is cut between words, or anywhere. */
function parts(block: string): string[] {
  if (FENCE.test(block.split('\n', 1)[0] ?? '')) return [block];
  return [...sentences.segment(block)].flatMap(({ segment }) => segment.match(new RegExp(`[\\s\\S]{1,${String(LENGTH)}}(?:\\s+|$)|[\\s\\S]{1,${String(LENGTH)}}`, 'gu')) ?? []);
}

function placed(texts: readonly string[]): Piece[] {
  let at = 0;
  return texts.map((text) => {
    const start = at;
    at += countCharacters(text);
    return { text, start, end: at };
  });
}

/** What is asked for at once. All of it together is the text. */
export function piecesOf(text: string): Piece[] {
  const out: string[] = [];
  for (const part of blocks(text).flatMap(parts)) {
    const last = out.at(-1);
    const room = out.length <= 1 ? FIRST_LENGTH : LENGTH;
    if (last !== undefined && countCharacters(last) + countCharacters(part) <= room) out[out.length - 1] = last + part;
    else out.push(part);
  }
  return placed(out);
}

/** What one caption shows: a sentence. */
export function captionsOf(text: string): Piece[] {
  return placed(blocks(text).flatMap(parts)).filter((one) => one.text.trim() !== '');
}
