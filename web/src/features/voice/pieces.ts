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

const MARKERS = /^\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)+/u;
const FENCE = /^(`{3,}|~{3,})(.*)$/u;

/** Lines; those of a block of code are one. As in CommonMark, and for the server: its own mark ends it, or the end of its list's item or quotation. */
function blocks(text: string): Block[] {
  const out: Block[] = [];
  let item = 0; // the column where what belongs to a list's item begins
  let fence: { mark: string; quotes: number; item: number } | null = null;
  for (const line of text.split(/(?<=\n)/u)) {
    const quotation: string = new RegExp(`^(?:[ \\t]{0,3}>[ \\t]?){0,${String(fence?.quotes ?? 99)}}`, 'u').exec(line)?.[0] ?? '';
    const quotes = quotation.split('>').length - 1;
    const rest = line.slice(quotation.length).trimEnd();
    const indent = rest.search(/\S/u);
    if (fence && (quotes < fence.quotes || (indent >= 0 && indent < fence.item))) fence = null;
    const last = out.at(-1);
    if (fence && last) {
      last.text += line;
      const [, mark = '', info = ''] = FENCE.exec(rest.trim()) ?? [];
      if (mark.startsWith(fence.mark) && info.trim() === '') fence = null;
      continue;
    }
    const markers = MARKERS.exec(rest)?.[0];
    if (markers) item = markers.length;
    else if (indent >= 0 && indent < item) item = 0;
    const [, mark = '', info = ''] = FENCE.exec(rest.slice(markers?.length ?? 0).trim()) ?? [];
    const code = mark !== '' && !(mark.startsWith('`') && info.includes('`'));
    out.push({ text: line, code });
    if (code) fence = { mark, quotes, item };
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
