/**
 * What plays: a queue of samples that an AudioWorklet drains, one render quantum after another. It knows nothing of turns, only of
 * utterances (numbers that grow) whose samples are played without a gap, and it tells how many of them were. Pure: the worklet
 * gives it buffers, a test does too.
 */
export type ToCore =
  | { is: 'samples'; utterance: number; samples: Float32Array }
  /** No more samples of it: running dry is its end, not a fault. */
  | { is: 'end'; utterance: number }
  /** Samples that must be there before an utterance begins, or goes on after it ran dry. */
  | { is: 'lead'; samples: number }
  | { is: 'hold'; on: boolean }
  | { is: 'flush' };

export interface FromCore {
  is: 'begin' | 'at' | 'dry' | 'hold' | 'resume' | 'end' | 'flushed';
  utterance: number;
  /** Samples of the utterance that were played, and of all that wait (when flushed: that were thrown away). */
  played: number;
  queued: number;
  /** The context's frame that this belongs to. */
  frame: number;
}

/** A voice cut off in mid-wave would click. 96 samples are 4 ms at 24 kHz. */
export const FADE_SAMPLES = 96;
/** Every fourth quantum: 21 ms at 24 kHz. */
const REPORT_EVERY = 4;

type Block = { utterance: number; samples: Float32Array } | { utterance: number; samples: null };

export class PlayerCore {
  private blocks: Block[] = [];
  private offset = 0;
  private queued = 0;
  private ends = 0;
  private lead = 0;
  private held = false;
  private playing = false;
  private utterance = 0;
  private played = 0;
  private level = 0;
  private fade = 0;
  private quanta = 0;
  private readonly tell: (report: FromCore) => void;

  constructor(tell: (report: FromCore) => void) {
    this.tell = tell;
  }

  receive(message: ToCore, frame: number): void {
    switch (message.is) {
      case 'samples':
        if (message.samples.length === 0) return;
        this.blocks.push(message);
        this.queued += message.samples.length;
        break;
      case 'end':
        this.blocks.push({ utterance: message.utterance, samples: null });
        this.ends += 1;
        break;
      case 'lead':
        this.lead = message.samples;
        break;
      case 'hold':
        if (this.held === message.on) return;
        this.held = message.on;
        if (message.on) this.fade = FADE_SAMPLES;
        if (this.playing) this.report(message.on ? 'hold' : 'resume', frame);
        break;
      case 'flush':
        this.blocks = [];
        this.offset = 0;
        this.ends = 0;
        this.playing = false;
        this.held = false;
        this.fade = FADE_SAMPLES;
        this.report('flushed', frame);
        this.queued = 0;
    }
  }

  process(out: Float32Array, frame: number): void {
    let at = 0;
    while (at < out.length) {
      const block = this.held ? undefined : this.blocks[0];
      if (!block) {
        if (this.playing && !this.held) this.stop('dry', frame + at);
        break;
      }
      if (block.samples === null) {
        this.blocks.shift();
        this.ends -= 1;
        if (block.utterance === this.utterance) this.stop('end', frame + at);
        continue;
      }
      if (!this.playing) {
        if (this.queued < this.lead && this.ends === 0) break;
        this.playing = true;
        const fresh = block.utterance !== this.utterance;
        if (fresh) {
          this.utterance = block.utterance;
          this.played = 0;
        }
        this.report(fresh ? 'begin' : 'resume', frame + at);
      } else if (block.utterance !== this.utterance) {
        this.utterance = block.utterance;
        this.played = 0;
        this.report('begin', frame + at);
      }
      const count = Math.min(out.length - at, block.samples.length - this.offset);
      out.set(block.samples.subarray(this.offset, this.offset + count), at);
      at += count;
      this.offset += count;
      this.played += count;
      this.queued -= count;
      if (this.offset === block.samples.length) {
        this.blocks.shift();
        this.offset = 0;
      }
    }
    if (at > 0) this.level = out[at - 1] ?? 0;
    for (; at < out.length; at += 1) {
      if (this.fade > 0) this.fade -= 1;
      out[at] = this.level * (this.fade / FADE_SAMPLES);
      if (this.fade === 0) this.level = 0;
    }
    this.quanta += 1;
    if (this.playing && this.quanta % REPORT_EVERY === 0) this.report('at', frame + out.length);
  }

  private stop(why: 'dry' | 'end', frame: number): void {
    this.playing = false;
    this.fade = FADE_SAMPLES;
    this.report(why, frame);
  }

  private report(is: FromCore['is'], frame: number): void {
    this.tell({ is, utterance: this.utterance, played: this.played, queued: this.queued, frame });
  }
}
