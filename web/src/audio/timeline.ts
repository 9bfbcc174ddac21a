/**
 * Where in what is said a sample is: clauses as they came, their place among the samples, their mouth shapes and their words.
 * Characters are Unicode code points of the shown text, as the server counts them.
 */
import { between, type Cue, mouthAt, type Mouth, REST } from './visemes';

export interface Word {
  start: number;
  end: number;
  /** Into its clause. */
  at_ms: number;
}

interface Clause {
  index: number;
  text: string;
  start: number;
  end: number;
  /** First sample in the utterance; null until sound of it came. */
  from: number | null;
  samples: number;
  track: Cue[];
  words: Word[];
}

export interface Place {
  clause: number;
  text: string;
  /** Where the clause begins in the shown text. */
  start: number;
  /** Of the shown text, up to and with the word that sounds. */
  characters: number;
  mouth: Mouth;
}

export class Timeline {
  readonly rate: number;
  private readonly clauses = new Map<number, Clause>();
  private readonly order: Clause[] = [];
  private total = 0;
  /** Where lips meet that were drawn before they did. */
  private shown = -1;

  constructor(rate: number) {
    this.rate = rate;
  }

  clause(index: number, text: string, start: number, end: number): void {
    const clause = this.of(index);
    Object.assign(clause, { text, start, end });
    if (clause.track.length > 0) clause.words = spread(clause);
  }

  visemes(index: number, track: Cue[], words?: Word[]): void {
    const clause = this.of(index);
    clause.track = track;
    clause.words = words ?? spread(clause);
  }

  /** Sound of a clause was given to the player. */
  sound(index: number, samples: number): void {
    const clause = this.of(index);
    if (clause.from === null) {
      clause.from = this.total;
      this.order.push(clause);
    }
    clause.samples += samples;
    this.total += samples;
  }

  get samples(): number {
    return this.total;
  }

  /** Null: before the first sound. */
  at(sample: number): Place | null {
    const clause = this.sounding(sample);
    if (!clause || clause.from === null || sample < 0) return null;
    const ms = this.ms(clause, sample);
    const past = sample >= clause.from + clause.samples;
    const word = clause.words.findLast((one) => one.at_ms <= ms);
    return {
      clause: clause.index,
      text: clause.text,
      start: clause.start,
      characters: word ? word.end : clause.words.length > 0 ? clause.start : estimate(clause, ms, this.rate),
      mouth: past ? REST : mouthAt(clause.track, ms),
    };
  }

  /** What the mouth shows at a sample, when it was last drawn at an earlier one and will be drawn again by a later one: lips that meet are seen to meet, a little early if need be. */
  drawn(before: number, sample: number, next = sample): Mouth {
    const clause = this.sounding(sample);
    const now = this.at(sample)?.mouth ?? REST;
    if (!clause || clause.from === null || now.some(({ shape, weight }) => shape === 'PP' && weight === 1)) return now;
    // Rather late than never.
    const late = between(clause.track, this.ms(clause, Math.max(before, this.shown)), this.ms(clause, sample));
    if (late) return [{ shape: late.shape, weight: 1 }];
    for (const one of this.order.slice(this.order.indexOf(clause)).slice(0, 2)) {
      const early = between(one.track, this.ms(one, sample), this.ms(one, next));
      if (!early) continue;
      this.shown = (one.from ?? 0) + (early.at_ms * this.rate) / 1000;
      return [{ shape: early.shape, weight: 1 }];
    }
    return now;
  }

  private ms(clause: Clause, sample: number): number {
    return ((sample - (clause.from ?? 0)) * 1000) / this.rate;
  }

  /** Whether all of a clause that is known to be spoken was given: a dry player then waits for the next clause, not for a late chunk. */
  complete(sample: number): boolean {
    const clause = this.sounding(sample);
    const last = clause?.track.at(-1);
    if (!clause || !last) return false;
    return clause.samples >= ((last.at_ms + last.for_ms) / 1000) * this.rate - this.rate / 50;
  }

  private sounding(sample: number): Clause | undefined {
    return this.order.findLast((clause) => clause.from !== null && clause.from <= Math.max(0, sample));
  }

  private of(index: number): Clause {
    let clause = this.clauses.get(index);
    if (!clause) {
      clause = { index, text: '', start: 0, end: 0, from: null, samples: 0, track: [], words: [] };
      this.clauses.set(index, clause);
    }
    return clause;
  }
}

const pauses = /[.,;:!?…—–。、！？，；：]$/u;
/** Sound that a mark takes, in letters. */
const PAUSE_LETTERS = 4;

interface Piece {
  start: number;
  end: number;
  letters: number;
  pause: boolean;
}

function pieces(text: string): Piece[] {
  const all: Piece[] = [];
  let at = 0;
  for (const part of text.split(/(\s+)/u)) {
    const length = Array.from(part).length;
    const letters = Array.from(part).filter((char) => /[\p{L}\p{N}]/u.test(char)).length;
    if (letters > 0) all.push({ start: at, end: at + length, letters, pause: pauses.test(part) });
    else if (all.length > 0 && part.trim() !== '') {
      const before = all.at(-1);
      if (before) before.end = at + length;
    }
    at += length;
  }
  return all;
}

/**
 * When each word begins, from the mouth's own times: silences fall on marks, the sounds between them on the letters between.
 * Used where the server does not say.
 */
function spread(clause: Clause): Word[] {
  const words = pieces(clause.text);
  const sounds = apart(clause.track);
  if (words.length === 0 || sounds.length === 0) return [];
  const letters = words.reduce((sum, piece) => sum + piece.letters, 0);
  const sounding = sounds.reduce((sum, cue) => sum + cue.for_ms, 0);
  let before = 0;
  return words.map((piece) => {
    const at_ms = moment(sounds, (before / letters) * sounding);
    before += piece.letters;
    return { start: clause.start + piece.start, end: clause.start + piece.end, at_ms };
  });
}

/** Shapes that overlap, each until the next begins. */
function apart(track: readonly Cue[]): Cue[] {
  return track
    .map((cue, at) => ({ ...cue, for_ms: Math.min(cue.for_ms, Math.max(0, (track[at + 1]?.at_ms ?? Infinity) - cue.at_ms)) }))
    .filter((cue) => cue.shape !== 'sil' && cue.for_ms > 0);
}

/** The time at which so many milliseconds of sound have been made. */
function moment(sounds: readonly Cue[], made: number): number {
  let left = made;
  for (const cue of sounds) {
    if (left < cue.for_ms) return cue.at_ms + left;
    left -= cue.for_ms;
  }
  const last = sounds.at(-1);
  return last ? last.at_ms + last.for_ms : 0;
}

/** Neither words nor mouth: by letters over the sound that came. */
function estimate(clause: Clause, ms: number, rate: number): number {
  const words = pieces(clause.text);
  const total = words.reduce((sum, piece) => sum + piece.letters + (piece.pause ? PAUSE_LETTERS : 0), 0);
  const length = (clause.samples * 1000) / rate;
  if (total === 0 || length === 0) return clause.end;
  let before = 0;
  let end = clause.start;
  for (const piece of words) {
    if ((before / total) * length > ms) break;
    end = clause.start + piece.end;
    before += piece.letters + (piece.pause ? PAUSE_LETTERS : 0);
  }
  return end;
}
