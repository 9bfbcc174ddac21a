/**
 * How much sound must wait before it begins, so that late chunks are not heard as gaps. Learned: from how late chunks came within
 * their clause, whether or not it was heard, and from gaps. A quiet line goes back to little.
 */
export const LEAST_MS = 40;
export const FIRST_MS = 100;
export const MOST_MS = 600;

export class Lead {
  ms: number;
  private began = 0;
  private delivered = 0;
  private latest = 0;

  constructor(ms = FIRST_MS) {
    this.ms = clamp(ms);
  }

  /** A chunk of `length` ms came at `now`; `first` of its clause. What a slow model delays between clauses is not the line's fault. */
  arrived(first: boolean, now: number, length: number): void {
    if (first) {
      this.began = now;
      this.delivered = 0;
    }
    this.latest = Math.max(this.latest, now - this.began - this.delivered);
    this.delivered += length;
    this.ms = clamp(Math.max(this.ms, this.latest * 1.25 + 20));
  }

  ranDry(): void {
    this.ms = clamp(this.ms * 2);
  }

  /** An utterance is over: a quarter of what was not needed is given back. */
  over(): void {
    const wanted = clamp(this.latest * 1.25 + 20);
    if (wanted < this.ms) this.ms = clamp(this.ms - (this.ms - wanted) / 4);
    this.latest = 0;
  }
}

function clamp(ms: number): number {
  return Math.min(MOST_MS, Math.max(LEAST_MS, Number.isFinite(ms) ? ms : FIRST_MS));
}
