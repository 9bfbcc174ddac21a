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

interface Block {
  text: string;
  code: boolean;
}

const MARKER = /^([-*+]|\d{1,9}[.)])(\s+)/u;
const FENCE = /^(`{3,}|~{3,})(.*)$/u;

/** With a tab as so many spaces as it stands for. */
function inColumns(line: string): string {
  let out = '';
  for (const c of line) out += c === '\t' ? ' '.repeat(4 - (out.length % 4)) : c;
  return out;
}

/**
 * Lines; those of a block of code are one. As in CommonMark, and for the server: a fence is ended by its own mark, or the end of
 * its list's item or quotation; one that is indented by four columns is none, but code as far as that.
 */
function blocks(text: string): Block[] {
  const out: Block[] = [];
  const items: number[] = []; // the columns where what belongs to each of a list's items begins
  let fence: { mark: string | null; quotes: number; column: number } | null = null;
  for (const line of text.split(/(?<=\n)/u)) {
    const columns = inColumns(line);
    const quotation: string = new RegExp(`^(?: {0,3}> ?){0,${String(fence?.quotes ?? 99)}}`, 'u').exec(columns)?.[0] ?? '';
    const quotes = quotation.split('>').length - 1;
    const rest = columns.slice(quotation.length).trimEnd();
    const indent = rest.search(/\S/u);
    if (fence && (quotes < fence.quotes || (indent >= 0 && indent < fence.column))) fence = null;
    const last = out.at(-1);
    if (fence && last) {
      last.text += line;
      const [, mark = '', info = ''] = FENCE.exec(rest.trim()) ?? [];
      if (fence.mark !== null && mark.startsWith(fence.mark) && info.trim() === '' && indent < (items.at(-1) ?? 0) + 4) fence = null;
      continue;
    }
    while (indent >= 0 && indent < (items.at(-1) ?? 0)) items.pop();
    let at = Math.max(indent, 0);
    for (let marker = MARKER.exec(rest.slice(at)); marker; marker = MARKER.exec(rest.slice(at))) {
      const [whole, bullet = '', space = ''] = marker;
      items.push(at + (space.length > 4 ? bullet.length + 1 : whole.length));
      at += whole.length;
    }
    const [, mark = '', info = ''] = FENCE.exec(rest.slice(at)) ?? [];
    const code = mark !== '' && !(mark.startsWith('`') && info.includes('`'));
    out.push({ text: line, code });
    const column = items.at(-1) ?? 0;
    if (code) fence = at < column + 4 ? { mark, quotes, column } : { mark: null, quotes, column: column + 4 };
  }
  return out;
}

const sentences = new Intl.Segmenter(undefined, { granularity: 'sentence' });
/** Behind which the segmenter sees the end of a sentence and there is none. */
const TITLE = /\b(?:Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|vs)\.\s*$/u;
const CUT = new RegExp(`[\\s\\S]{1,${String(LENGTH)}}(?:\\s+|$)|[\\s\\S]{1,${String(LENGTH)}}`, 'gu');

/** Parts of a block that may stand alone: its sentences; what is longer than a piece is cut between words, or anywhere. */
function parts({ text, code }: Block): Block[] {
  if (code) return [{ text, code }];
  const whole: string[] = [];
  for (const { segment } of sentences.segment(text)) {
    const last = whole.at(-1);
    if (last !== undefined && TITLE.test(last)) whole[whole.length - 1] = last + segment;
    else whole.push(segment);
  }
  return whole.flatMap((one) => one.match(CUT) ?? []).map((one) => ({ text: one, code }));
}

/** Each where it stands; code is never read aloud. */
function placed(all: readonly Block[]): Piece[] {
  let at = 0;
  return all.flatMap(({ text, code }) => {
    const start = at;
    at += countCharacters(text);
    return code ? [] : [{ text, start, end: at }];
  });
}

/** What is asked for at once. All of it together is the text without its blocks of code. */
export function piecesOf(text: string): Piece[] {
  const out: Block[] = [];
  for (const part of blocks(text).flatMap(parts)) {
    const last = out.at(-1);
    const room = out.length <= 1 ? FIRST_LENGTH : LENGTH;
    if (last && !last.code && !part.code && countCharacters(last.text) + countCharacters(part.text) <= room) last.text += part.text;
    else out.push(part);
  }
  return placed(out).filter((one) => one.text.trim() !== '');
}

/** What one caption shows: a sentence. */
export function captionsOf(text: string): Piece[] {
  return placed(blocks(text).flatMap(parts)).filter((one) => one.text.trim() !== '');
}
