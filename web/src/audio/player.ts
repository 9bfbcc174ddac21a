/**
 * The page's one voice: an AudioContext, the worklet and a volume. Its clock is the number of samples that were played, as the
 * audio thread counts them; between two of its reports the context's own time carries it on.
 */
import { ResourceGuard } from '../guard';
import type { FromCore, ToCore } from './core';
import { Lead } from './lead';
import workletUrl from './player.worklet.ts?worker&url';
import { resample } from './pcm';

export interface PlayerStats {
  /** Samples: given = played + thrown away by a stop + still waiting. */
  sent: number;
  played: number;
  dropped: number;
  /** Times at which a sound was late and a gap was heard. */
  underruns: number;
  /** Times at which nothing was left to say yet: the model was slower than the voice. */
  waits: number;
  leadMs: number;
}

export interface PlayerHandlers {
  onBegin: (utterance: number) => void;
  onEnd: (utterance: number) => void;
  /** Ran dry: true when it was within a clause. */
  lateWithin: (utterance: number, played: number) => boolean;
  onState: (state: AudioContextState) => void;
}

const VOLUME_S = 0.015;
/** A suspended context answers nothing. */
const ANSWER_MS = 1_000;

/** Of a volume from 0 to 1: as loud as the knob looks. */
export const loudness = (volume: number): number => volume * volume;

export function canPlay(): boolean {
  return typeof AudioContext === 'function' && typeof AudioWorkletNode === 'function';
}

export class Player {
  readonly rate: number;
  private readonly context: AudioContext;
  private readonly node: AudioWorkletNode;
  private readonly gain: GainNode;
  private readonly handlers: PlayerHandlers;
  private readonly guard: ResourceGuard;
  private readonly lead: Lead;
  private last: FromCore = { is: 'end', utterance: 0, played: 0, queued: 0, frame: 0 };
  private running = false;
  private flushed: (() => void)[] = [];
  private sent = 0;
  private done = 0;
  private dropped = 0;
  private underruns = 0;
  private waits = 0;

  private constructor(context: AudioContext, handlers: PlayerHandlers, guard: ResourceGuard, leadMs: number | undefined) {
    this.context = context;
    this.rate = context.sampleRate;
    this.handlers = handlers;
    this.guard = guard;
    this.lead = new Lead(leadMs);
    this.node = new AudioWorkletNode(context, 'lares-player', { numberOfInputs: 0, outputChannelCount: [1] });
    this.gain = context.createGain();
    this.node.connect(this.gain).connect(context.destination);
    this.node.port.onmessage = (event: MessageEvent<FromCore>) => {
      this.hear(event.data);
    };
    guard.listen(context, 'statechange', () => {
      handlers.onState(context.state);
    });
    guard.add(() => {
      this.tell('close');
      this.node.port.onmessage = null;
      this.node.disconnect();
      this.gain.disconnect();
    });
    this.setLead();
  }

  static async open(rate: number, handlers: PlayerHandlers, leadMs?: number): Promise<Player> {
    const context = new AudioContext({ sampleRate: rate, latencyHint: 'interactive' });
    const guard = new ResourceGuard();
    guard.add(() => void context.close().catch(() => undefined));
    try {
      await context.audioWorklet.addModule(workletUrl);
      const player = new Player(context, handlers, guard, leadMs);
      handlers.onState(context.state);
      return player;
    } catch (error) {
      guard.dispose();
      throw error;
    }
  }

  get state(): AudioContextState {
    return this.context.state;
  }

  /** Browsers let a page sound only after the person touched it; asking earlier is no fault, but is answered with that touch only. */
  async resume(): Promise<boolean> {
    // A phone that rang has interrupted it: a state that not every browser's types know.
    if (this.context.state !== 'running' && this.context.state !== 'closed') {
      await Promise.race([this.context.resume().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, ANSWER_MS))]);
    }
    return this.context.state === 'running';
  }

  async rest(): Promise<void> {
    if (!this.running && this.context.state === 'running') await this.context.suspend().catch(() => undefined);
  }

  /** `first`: of its clause. Samples are taken over. */
  say(utterance: number, first: boolean, rate: number, samples: Float32Array): number {
    const own = resample(samples, rate, this.rate);
    const count = own.length;
    if (count === 0) return 0;
    this.lead.arrived(first, performance.now(), (count * 1000) / this.rate);
    this.setLead();
    this.sent += count;
    this.tell({ is: 'samples', utterance, samples: own }, [own.buffer]);
    return count;
  }

  end(utterance: number): void {
    this.tell({ is: 'end', utterance });
  }

  hold(on: boolean): void {
    this.tell({ is: 'hold', on });
  }

  /** Silent when this returns to the browser; resolves when the audio thread says so. */
  flush(): Promise<void> {
    const told = new Promise<void>((resolve) => {
      this.flushed.push(resolve);
      setTimeout(resolve, ANSWER_MS);
    });
    this.running = false;
    this.tell({ is: 'flush' });
    return told;
  }

  volume(level: number): void {
    this.gain.gain.setTargetAtTime(loudness(level), this.context.currentTime, VOLUME_S);
  }

  /** The sample that leaves the loudspeaker now. */
  position(): { utterance: number; sample: number; sounding: boolean } {
    const { utterance, played, queued, frame } = this.last;
    const since = this.running && this.context.state === 'running' ? this.context.currentTime * this.rate - frame : 0;
    const given = played + Math.min(Math.max(0, since), queued);
    // Some browsers do not tell the second.
    const latency = ((this.context as { outputLatency?: number }).outputLatency ?? 0) * this.rate;
    return { utterance, sample: Math.max(0, given - latency), sounding: this.running };
  }

  get stats(): PlayerStats {
    return { sent: this.sent, played: this.done + this.last.played, dropped: this.dropped, underruns: this.underruns, waits: this.waits, leadMs: this.lead.ms };
  }

  /** For what listens beside the loudspeaker: a meter, a recorder. */
  get output(): AudioNode {
    return this.gain;
  }

  dispose(): void {
    this.guard.dispose();
  }

  private hear(report: FromCore): void {
    if (report.utterance !== this.last.utterance) this.done += this.last.played;
    this.last = report;
    switch (report.is) {
      case 'begin':
        this.running = true;
        this.handlers.onBegin(report.utterance);
        break;
      case 'resume':
      case 'at':
        this.running = true;
        break;
      case 'hold':
        this.running = false;
        break;
      case 'dry':
        this.running = false;
        if (this.handlers.lateWithin(report.utterance, report.played)) {
          this.underruns += 1;
          this.lead.ranDry();
        } else {
          this.waits += 1;
        }
        this.setLead();
        break;
      case 'end':
        this.running = false;
        this.lead.over();
        this.setLead();
        this.handlers.onEnd(report.utterance);
        break;
      case 'flushed':
        this.running = false;
        this.dropped += report.queued;
        this.last = { ...report, queued: 0 };
        for (const resolve of this.flushed.splice(0)) resolve();
    }
  }

  private setLead(): void {
    this.tell({ is: 'lead', samples: Math.round((this.lead.ms * this.rate) / 1000) });
  }

  private tell(message: ToCore | 'close', transfer: Transferable[] = []): void {
    this.node.port.postMessage(message, transfer);
  }
}
