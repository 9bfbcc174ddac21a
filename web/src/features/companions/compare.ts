/** What differs between two versions of a card, field by field, and within a text word by word. Pure. */

export interface Piece {
  kind: 'same' | 'added' | 'removed';
  text: string;
}
export interface Difference {
  /** As it stands in the card: ["description"], ["alternate_greetings", "0"], ["character_book", "entries", "3", "content"]. */
  path: string[];
  pieces: Piece[];
}

/** Cells of the table that finds what two texts share; longer ones are compared line by line, then as a whole. */
const CELLS_MOST = 1_000_000;
const WORDS = /\s+|[^\s]+/g;
const LINES = /[^\n]*\n|[^\n]+/g;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** V2 and V3 keep what they say under `data`, V1 at the top. */
function contentOf(card: unknown): unknown {
  return isObject(card) && isObject(card['data']) ? card['data'] : card;
}

function leaves(value: unknown, path: string[], into: Map<string, { path: string[]; text: string }>): void {
  if (Array.isArray(value)) value.forEach((one: unknown, index) => { leaves(one, [...path, String(index)], into); });
  else if (isObject(value)) for (const [name, one] of Object.entries(value)) leaves(one, [...path, name], into);
  else if (value !== null && value !== undefined && value !== '') into.set(JSON.stringify(path), { path, text: typeof value === 'string' ? value : JSON.stringify(value) });
}

export function differences(before: unknown, after: unknown): Difference[] {
  const [old, now] = [before, after].map((card) => {
    const found = new Map<string, { path: string[]; text: string }>();
    leaves(contentOf(card), [], found);
    return found;
  }) as [Map<string, { path: string[]; text: string }>, Map<string, { path: string[]; text: string }>];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    if (was?.text === is?.text) return [];
    return [{ path: (is ?? was)?.path ?? [], pieces: pieces(was?.text ?? '', is?.text ?? '') }];
  });
}

export function pieces(before: string, after: string): Piece[] {
  for (const form of [WORDS, LINES]) {
    const [old, now] = [before.match(form) ?? [], after.match(form) ?? []];
    const found = compared(old, now);
    if (found) return found;
  }
  return joined([{ kind: 'removed', text: before }, { kind: 'added', text: after }]);
}

/** By the longest common subsequence, after what both begin and end with. Null: too much for the table. */
function compared(old: readonly string[], now: readonly string[]): Piece[] | null {
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const [a, b] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  if ((a.length + 1) * (b.length + 1) > CELLS_MOST) return null;
  const width = b.length + 1;
  const length = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number) => length[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1)
    for (let column = b.length - 1; column >= 0; column -= 1) length[row * width + column] = a[row] === b[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const out: Piece[] = [{ kind: 'same', text: old.slice(0, head).join('') }];
  let [row, column] = [0, 0];
  while (row < a.length || column < b.length) {
    if (row < a.length && column < b.length && a[row] === b[column]) {
      out.push({ kind: 'same', text: a[row] ?? '' });
      row += 1;
      column += 1;
    } else if (row < a.length && (column === b.length || at(row + 1, column) >= at(row, column + 1))) {
      out.push({ kind: 'removed', text: a[row] ?? '' });
      row += 1;
    } else {
      out.push({ kind: 'added', text: b[column] ?? '' });
      column += 1;
    }
  }
  out.push({ kind: 'same', text: old.slice(old.length - tail).join('') });
  return joined(out);
}

/** Neighbours of one kind as one; white space between two changes belongs to both of them. */
function joined(list: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  let [removed, added] = ['', ''];
  const close = () => {
    if (removed !== '') out.push({ kind: 'removed', text: removed });
    if (added !== '') out.push({ kind: 'added', text: added });
    removed = added = '';
  };
  list.forEach((piece, index) => {
    if (piece.text === '') return;
    if (piece.kind === 'removed') removed += piece.text;
    else if (piece.kind === 'added') added += piece.text;
    else if (piece.text.trim() === '' && (removed !== '' || added !== '') && list[index + 1] !== undefined && list[index + 1]?.kind !== 'same') {
      removed += piece.text;
      added += piece.text;
    } else {
      close();
      const last = out.at(-1);
      if (last?.kind === 'same') last.text += piece.text;
      else out.push({ ...piece });
    }
  });
  close();
  return out;
}

const SHOWN_AROUND = 80;

/** Of a long text that stayed the same, the edges beside what changed. */
export function shortened(text: string, first: boolean, last: boolean): string {
  const head = first ? 0 : SHOWN_AROUND;
  const tail = last ? 0 : SHOWN_AROUND;
  if (text.length <= head + tail + 20) return text;
  return `${text.slice(0, head)}…${tail > 0 ? text.slice(-tail) : ''}`;
}
