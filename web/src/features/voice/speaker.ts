/**
 * The page's side of a voice: frames of the turns that this window asked for go to the player; what the player's clock says goes
 * to the text, the captions, the face and the server. One utterance at a time; a new one, a stop or leaving ends it.
 */
import { samplesOf } from '../../audio/pcm';
import { canPlay, Player, type PlayerStats } from '../../audio/player';
import { type Place, Timeline, type Word } from '../../audio/timeline';
import { type Mouth, readTrack, REST } from '../../audio/visemes';
import type { AudioFrame } from '../../audio/wire';
import { type Emotion, emotionOf } from '../../avatar/driver';
import { ResourceGuard } from '../../guard';
import { askedAt, onTurnFrame, stopTurn, tellHeard, wasStopped } from '../chat/client';
import type { TurnFrame } from '../chat/socket';
import type { Thread } from '../chat/thread';
import { captionsOf, type Piece, piecesOf } from './pieces';
import { keptLead, useVoicePreferences } from './preferences';
import { serverHasVoice } from './ready';
import { countCharacters, quiet, useVoice } from './store';

const USUAL_RATE = 24_000;
const TICK_MS = 40;
const REPORT_EVERY_MS = 400;
/** Text does not wait longer than this for a voice that does not come. */
const PATIENCE_MS = 2_500;
/** How long the stopped text stands still until the server has cut it. */
const FROZEN_MS = 2_500;
/** A feeling goes after the last word. */
const FEELING_MS = 4_000;
/** What may wait for a player that is not open yet; 24 kHz mono, a minute. */
const WAITING_BYTES = 3_000_000;
const FIRST_SOUNDS_KEPT = 50;
/** Long enough for a first message to lead into its conversation. */
const LEAVE_MS = 1_500;
/** Of an answer that is read again: the next piece is fetched when so much is left to hear. */
const REPLAY_AHEAD_S = 45;
const REPLAY_LOOK_MS = 500;
/** A page that was hidden does not catch up with what its face missed. */
const LONGEST_FRAME_S = 0.25;
/** Of the longest time between two drawings, after each: a moment that was slow is expected again for a while. */
const FRAME_FADES = 0.97;
/** So much before its sound a mouth may close; more is seen as wrong. */
const LONGEST_AHEAD_S = 0.05;

interface Speech {
  utterance: number;
  turnId: string | null;
  conversationId: string;
  messageId: string | null;
  asked: number | undefined;
  timeline: Timeline | null;
  /** The shown text as far as it came. */
  text: string;
  feelings: { at: number; name: Emotion; intensity: number }[];
  /** All of it came. */
  whole: boolean;
  begun: boolean;
  /** It has been silent for long: what is written now (code, another script) is shown without it. */
  idle: boolean;
  /** So many clauses of one that is read again. */
  clauses: number;
  reported: number;
  reportedAt: number;
}

class Speaker {
  private guard: ResourceGuard | null = null;
  private player: Player | null = null;
  private opening: Promise<Player | null> | null = null;
  /** An answer that is being read again is on its way. */
  private fetching: AbortController | null = null;
  private speech: Speech | null = null;
  private waiting: AudioFrame[] = [];
  private waitingBytes = 0;
  private utterance = 0;
  /** Sample at which the face was drawn last. */
  private drawn = 0;
  /** Samples from one drawing to the next, as long as it took lately. */
  private apart = 0;
  private users = 0;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private feeling: ReturnType<typeof setTimeout> | undefined;
  private frozen: ReturnType<typeof setTimeout> | undefined;

  /** While a conversation is shown. Another conversation's voice ends. */
  attach(conversationId: string | undefined): () => void {
    clearTimeout(this.leaving);
    this.users += 1;
    if (!this.guard) this.begin();
    if (this.speech && conversationId && this.speech.conversationId !== conversationId) void this.stop();
    return () => {
      this.users -= 1;
      if (this.users === 0) {
        this.leaving = setTimeout(() => {
          this.dispose();
        }, LEAVE_MS);
      }
    };
  }

  private begin(): void {
    const guard = new ResourceGuard();
    this.guard = guard;
    useVoice.setState({ ...quiet, unable: !canPlay() });
    guard.add(onTurnFrame((frame, thread) => {
      this.frame(frame, thread);
    }));
    const touched = () => {
      void this.prepare();
    };
    guard.listen(document, 'pointerup', touched, { capture: true, passive: true });
    guard.listen(document, 'keydown', touched, { capture: true, passive: true });
    guard.listen(document, 'visibilitychange', () => {
      if (document.visibilityState === 'hidden' && !this.speech) void this.player?.rest();
    });
    guard.add(useVoicePreferences.subscribe((now, before) => {
      if (now.volume !== before.volume || now.muted !== before.muted) this.setVolume();
      if (!now.on && before.on) void this.stop();
      if (!now.step && before.step) useVoice.setState({ reveal: null });
    }));
    const timer = setInterval(() => {
      this.tick();
    }, TICK_MS);
    guard.add(() => {
      clearInterval(timer);
    });
  }

  /** The first touch lets the page sound; the player is ready before there is something to say. */
  async prepare(): Promise<void> {
    if (!useVoicePreferences.getState().on || !canPlay() || serverHasVoice() === false) return;
    const player = await this.open();
    if (player && (await player.resume())) useVoice.setState({ blocked: false });
  }

  private open(): Promise<Player | null> {
    const { guard } = this;
    this.opening ??= Player.open(
      USUAL_RATE,
      {
        onBegin: (utterance) => {
          this.begun(utterance);
        },
        onEnd: (utterance) => {
          if (this.speech?.utterance === utterance) this.finish();
        },
        lateWithin: (utterance, played) => this.speech?.utterance === utterance && !this.speech.whole && !(this.speech.timeline?.complete(played) ?? true),
        onState: (state) => {
          if (state === 'running') useVoice.setState({ blocked: false });
          // A call came, or the browser took the sound away in the middle: the text goes on, and a touch brings it back.
          else if (state !== 'closed' && this.speech?.begun) this.quieted(this.speech);
        },
      },
      keptLead.read(),
    ).then(
      (player) => {
        if (!guard || guard.disposed) {
          player.dispose();
          return null;
        }
        this.player = player;
        this.setVolume();
        return player;
      },
      () => {
        useVoice.setState({ unable: true, reveal: null });
        return null;
      },
    );
    return this.opening;
  }

  private setVolume(): void {
    const { volume, muted } = useVoicePreferences.getState();
    this.player?.volume(muted ? 0 : volume);
  }

  private frame(frame: TurnFrame, thread: Thread): void {
    if (frame.name === 'turn_started') {
      const asked = askedAt(frame.turnId);
      // Who stopped it before it began does not hear it begin.
      if (asked === undefined || wasStopped(frame.turnId) || !useVoicePreferences.getState().on || useVoice.getState().unable || serverHasVoice() === false) return;
      this.silence();
      this.speech = this.fresh(frame.turnId, thread.id, frame.data.message_id, asked);
      this.speech.text = frame.data.text;
      if (useVoicePreferences.getState().step) useVoice.setState({ reveal: { turnId: frame.turnId, characters: countCharacters(frame.data.text) } });
      useVoice.setState({ note: null });
      clearTimeout(this.frozen);
      return;
    }
    const speech = this.speech;
    if (!speech || speech.turnId !== frame.turnId) return;
    switch (frame.name) {
      case 'token':
        speech.text += frame.data.text;
        if (!speech.timeline && this.patience === undefined) {
          this.patience = setTimeout(() => {
            this.patience = undefined;
            if (!speech.begun) this.letRead(speech);
          }, PATIENCE_MS);
        }
        return;
      case 'clause':
        this.timeline(speech).clause(frame.data.index, frame.data.text, frame.data.start, frame.data.end);
        return;
      case 'visemes':
        this.timeline(speech).visemes(frame.data.clause, readTrack(frame.data.track), readWords(frame.data.words));
        return;
      case 'emotion': {
        const { emotion, name, intensity = 1, at = countCharacters(speech.text) } = frame.data;
        const feeling = { name: emotionOf(emotion ?? name ?? ''), intensity };
        // With the words it belongs to; at once where no voice says them.
        if (speech.timeline || useVoice.getState().reveal) speech.feelings.push({ at, ...feeling });
        else useVoice.setState({ emotion: feeling });
        return;
      }
      case 'status':
        if (frame.data.state === 'voice_queued') this.letRead(speech);
        return;
      case 'notice':
        // Of a picture that the model does not see: the conversation tells it.
        if (frame.data.kind === 'image-described') return;
        useVoice.setState({ note: { turnId: frame.turnId, text: frame.data.message } });
        this.letRead(speech);
        return;
      case 'audio':
        this.sound(speech, frame.data);
        return;
      case 'held':
      case 'resumed':
        useVoice.setState({ held: frame.name === 'held' });
        this.player?.hold(frame.name === 'held');
        return;
      case 'turn_done':
      case 'error':
        if (frame.name === 'turn_done' && frame.data.state === 'cut') {
          this.silence();
          return;
        }
        if (frame.name === 'turn_done') speech.text = frame.data.text;
        speech.whole = true;
        if (!speech.timeline || speech.timeline.samples + this.waitingBytes === 0) this.finish();
        else this.player?.end(speech.utterance);
    }
  }

  /** The text does not wait for the voice any more. */
  private letRead(speech: Speech): void {
    const { reveal, emotion } = useVoice.getState();
    if (this.speech !== speech) return;
    const felt = speech.begun ? undefined : speech.feelings.at(-1);
    useVoice.setState({ reveal: reveal?.turnId === speech.turnId ? null : reveal, emotion: felt ? { name: felt.name, intensity: felt.intensity } : emotion });
  }

  private fresh(turnId: string | null, conversationId: string, messageId: string | null, asked: number | undefined): Speech {
    this.utterance += 1;
    return { utterance: this.utterance, turnId, conversationId, messageId, asked, timeline: null, text: '', feelings: [], whole: false, begun: false, idle: false, clauses: 0, reported: 0, reportedAt: 0 };
  }

  private timeline(speech: Speech): Timeline {
    speech.timeline ??= new Timeline(this.player?.rate ?? USUAL_RATE);
    return speech.timeline;
  }

  private sound(speech: Speech, frame: AudioFrame): void {
    const { player } = this;
    if (player) {
      this.give(player, speech, frame);
      return;
    }
    this.waitingBytes += frame.bytes.byteLength;
    if (this.waitingBytes <= WAITING_BYTES) this.waiting.push(frame);
    if (this.opening && this.waiting.length > 1) return;
    void this.open().then((opened) => {
      // Compared before it is taken: by now it may be the sound of the answer that came after.
      if (this.speech !== speech) return;
      const frames = this.waiting.splice(0);
      this.waitingBytes = 0;
      if (!opened) return;
      for (const one of frames) this.give(opened, speech, one);
      if (speech.whole) opened.end(speech.utterance);
    });
  }

  private give(player: Player, speech: Speech, frame: AudioFrame): void {
    const first = !speech.timeline || speech.timeline.samples === 0;
    const count = player.say(speech.utterance, frame.chunk === 0, frame.rate, samplesOf(frame));
    this.timeline(speech).sound(frame.clause, count);
    if (!first) return;
    useVoice.setState({ coming: speech.conversationId });
    void this.wake(player, speech);
  }

  private async wake(player: Player, speech: Speech): Promise<void> {
    if (!(await player.resume())) this.quieted(speech);
  }

  /** It may not sound before a touch, and the text must not wait for one. */
  private quieted(speech: Speech): void {
    if (this.speech === speech) useVoice.setState({ blocked: true, coming: null });
    this.letRead(speech);
  }

  private begun(utterance: number): void {
    const speech = this.speech;
    if (!speech || speech.utterance !== utterance) return;
    speech.begun = true;
    clearTimeout(this.patience);
    this.patience = undefined;
    clearTimeout(this.feeling);
    const { turnId, conversationId, messageId, asked } = speech;
    useVoice.setState((state) => ({
      speaking: { turnId, conversationId, messageId, caption: '', captionStart: 0, characters: 0 },
      coming: null,
      blocked: false,
      held: false,
      firstSound: turnId && asked !== undefined ? Object.fromEntries([...Object.entries(state.firstSound).slice(-FIRST_SOUNDS_KEPT), [turnId, performance.now() - asked]]) : state.firstSound,
    }));
  }

  /** Where the loudspeaker is. */
  private place(): Place | null {
    const { speech, player } = this;
    if (!speech?.begun || !player) return null;
    const { utterance, sample } = player.position();
    return utterance === speech.utterance ? (speech.timeline?.at(sample) ?? null) : null;
  }

  /** For a drawing of the face: once a frame. */
  mouth(): Mouth {
    const { speech, player } = this;
    if (!speech?.begun || !player || useVoice.getState().held) return REST;
    const { utterance, sample } = player.position();
    if (utterance !== speech.utterance) return REST;
    const before = sample - this.drawn < LONGEST_FRAME_S * player.rate ? this.drawn : sample;
    this.apart = Math.max(sample - before, this.apart * FRAME_FADES);
    this.drawn = sample;
    return speech.timeline?.drawn(before, sample, sample + Math.min(this.apart, LONGEST_AHEAD_S * player.rate)) ?? REST;
  }

  get stats(): PlayerStats | null {
    return this.player?.stats ?? null;
  }

  private tick(): void {
    const { speech } = this;
    const place = this.place();
    if (!speech || !place) return;
    this.waitInSilence(speech);
    const { speaking, reveal } = useVoice.getState();
    const due = speech.feelings.filter((one) => one.at < place.characters).at(-1);
    if (due) {
      speech.feelings = speech.feelings.filter((one) => one.at >= place.characters);
      useVoice.setState({ emotion: { name: due.name, intensity: due.intensity } });
    }
    if (speaking && (speaking.characters !== place.characters || speaking.caption !== place.text)) {
      useVoice.setState({
        speaking: { ...speaking, characters: place.characters, caption: place.text, captionStart: place.start },
        ...(reveal && reveal.turnId === speech.turnId ? { reveal: { ...reveal, characters: Math.max(reveal.characters, place.characters) } } : {}),
      });
    }
    const now = performance.now();
    const heard = this.heardSoFar(speech, place);
    if (speech.turnId && heard > speech.reported && now - speech.reportedAt >= REPORT_EVERY_MS) {
      speech.reported = heard;
      speech.reportedAt = now;
      tellHeard(speech.turnId, heard);
    }
  }

  /** What a voice does not say, or says much later, is not kept from who reads. */
  private waitInSilence(speech: Speech): void {
    const { held, reveal } = useVoice.getState();
    if (held || this.player?.position().sounding) {
      clearTimeout(this.patience);
      this.patience = undefined;
      speech.idle = false;
    } else if (speech.idle) {
      if (reveal && reveal.turnId === speech.turnId) useVoice.setState({ reveal: { ...reveal, characters: Math.max(reveal.characters, countCharacters(speech.text)) } });
    } else {
      this.patience ??= setTimeout(() => {
        this.patience = undefined;
        speech.idle = true;
      }, PATIENCE_MS);
    }
  }

  /** By the word whose sound is playing; for who reads at once, what stands there. */
  private heardSoFar(speech: Speech, place: Place | null): number {
    const { reveal } = useVoice.getState();
    return reveal && reveal.turnId === speech.turnId ? Math.max(reveal.characters, place?.characters ?? 0) : countCharacters(speech.text);
  }

  /** All was said. */
  private finish(): void {
    const { speech } = this;
    if (!speech) return;
    if (speech.turnId && speech.begun) tellHeard(speech.turnId, countCharacters(speech.text));
    const felt = speech.feelings.at(-1); // behind the last word
    if (felt) useVoice.setState({ emotion: { name: felt.name, intensity: felt.intensity } });
    this.rest();
    useVoice.setState({ reveal: null });
    if (this.player) keptLead.write(this.player.stats.leadMs);
  }

  /** Silence, at once and without a word to the server. */
  private silence(): void {
    if (this.speech?.timeline) void this.player?.flush();
    this.rest();
    useVoice.setState({ reveal: null });
  }

  private rest(): void {
    clearTimeout(this.patience);
    this.patience = undefined;
    this.speech = null;
    this.fetching?.abort();
    this.fetching = null;
    // Also one that had said nothing yet: the next is not to wait for its end.
    this.player?.hold(false);
    this.waiting = [];
    this.waitingBytes = 0;
    clearTimeout(this.feeling);
    this.feeling = setTimeout(() => {
      useVoice.setState({ emotion: quiet.emotion });
    }, FEELING_MS);
    useVoice.setState({ speaking: null, coming: null, held: false, fetching: null });
    if (document.visibilityState === 'hidden') void this.player?.rest();
  }

  /** The person has heard enough: silent in the page first, then the server is told how far it came. */
  async stop(): Promise<void> {
    const { speech } = this;
    if (!speech) return;
    const { reveal } = useVoice.getState();
    const known = speech.begun || reveal?.turnId === speech.turnId;
    const characters = this.heardSoFar(speech, this.place());
    this.silence();
    if (!speech.turnId) return;
    if (reveal && reveal.turnId === speech.turnId) {
      useVoice.setState({ reveal: { turnId: speech.turnId, characters } });
      clearTimeout(this.frozen);
      this.frozen = setTimeout(() => {
        useVoice.setState({ reveal: null });
      }, FROZEN_MS);
    }
    await stopTurn(speech.turnId, known ? characters : undefined);
  }

  /** The turn that this window is to hear, sounding or not yet. */
  get turnId(): string | null {
    return this.speech?.turnId ?? null;
  }

  get sounding(): boolean {
    return this.speech?.begun ?? false;
  }

  /** Reads an answer that was given before. False: nothing in it can be said. */
  async replay(conversationId: string, messageId: string, text: string, fetchVoice: (piece: string, signal: AbortSignal) => Promise<Spoken | null>): Promise<boolean> {
    await this.stop();
    const speech = this.fresh(null, conversationId, messageId, undefined);
    this.speech = speech;
    speech.text = text;
    useVoice.setState({ fetching: messageId });
    const abort = new AbortController();
    this.fetching?.abort();
    this.fetching = abort;
    try {
      for (const piece of piecesOf(text)) {
        const [player, spoken] = await Promise.all([this.open(), fetchVoice(piece.text, abort.signal)]);
        if (this.speech !== speech) return true;
        if (!player) break;
        if (!spoken) continue; // nothing in it can be said
        const silent = this.timeline(speech).samples === 0;
        this.sayAgain(player, speech, piece, spoken);
        if (silent && this.timeline(speech).samples > 0) {
          await this.wake(player, speech);
          useVoice.setState({ fetching: null });
        }
        await this.untilNearlyHeard(player, speech);
        if (this.speech !== speech) return true;
      }
      this.allSaidAgain(speech);
      return !this.player || (speech.timeline?.samples ?? 0) > 0;
    } catch (error) {
      // Who stopped it, or asked for another, wants no reason.
      if (this.speech !== speech) return true;
      this.allSaidAgain(speech);
      throw error;
    } finally {
      if (this.speech === speech) useVoice.setState({ fetching: null });
    }
  }

  /** Captions one by one, each with its own sound. */
  private sayAgain(player: Player, speech: Speech, piece: Piece, spoken: Spoken): void {
    const timeline = this.timeline(speech);
    const words = (readWords(spoken.words) ?? []).map((word) => ({ ...word, start: word.start + piece.start, end: word.end + piece.start }));
    const captions = captionsOf(piece.text).map((one) => ({ ...one, start: one.start + piece.start, end: one.end + piece.start }));
    const spokenOnes = captions.flatMap((one) => {
      const first = words.find(({ start }) => start >= one.start && start < one.end);
      return first ? [{ ...one, at_ms: first.at_ms }] : [];
    });
    // Sound without words of its own is one caption's.
    const shown = spokenOnes.length > 0 ? spokenOnes : [{ ...piece, at_ms: 0 }];
    const track = readTrack(spoken.track);
    const sample = (ms: number) => Math.min(spoken.samples.length, Math.round((ms * spoken.rate) / 1000));
    shown.forEach((one, at) => {
      const from = at === 0 ? 0 : one.at_ms;
      const to = shown[at + 1]?.at_ms ?? Infinity;
      const within = ({ at_ms }: { at_ms: number }) => at_ms >= from && at_ms < to;
      const moved = <T extends { at_ms: number }>(each: T): T => ({ ...each, at_ms: each.at_ms - from });
      const index = speech.clauses;
      speech.clauses += 1;
      timeline.clause(index, one.text.trim(), one.start, one.end);
      const mine = words.filter(within).map(moved);
      if (track.length > 0) timeline.visemes(index, track.filter(within).map(moved), mine.length > 0 ? mine : undefined);
      timeline.sound(index, player.say(speech.utterance, at === 0, spoken.rate, spoken.samples.slice(sample(from), to === Infinity ? undefined : sample(to))));
    });
  }

  private async untilNearlyHeard(player: Player, speech: Speech): Promise<void> {
    const left = () => {
      const { utterance, sample } = player.position();
      return (speech.timeline?.samples ?? 0) - (utterance === speech.utterance ? sample : 0);
    };
    while (this.speech === speech && left() > REPLAY_AHEAD_S * player.rate) await new Promise((resolve) => setTimeout(resolve, REPLAY_LOOK_MS));
  }

  /** What was fetched is heard to its end. */
  private allSaidAgain(speech: Speech): void {
    this.fetching = null;
    speech.whole = true;
    if (this.player && (speech.timeline?.samples ?? 0) > 0) this.player.end(speech.utterance);
    else this.rest();
  }

  private dispose(): void {
    if (this.speech?.turnId && this.speech.begun) void this.stop();
    this.silence();
    clearTimeout(this.feeling);
    clearTimeout(this.frozen);
    this.guard?.dispose();
    this.guard = null;
    this.player?.dispose();
    this.player = null;
    this.opening = null;
    useVoice.setState(quiet);
  }
}

export interface Spoken {
  rate: number;
  samples: Float32Array;
  track: unknown;
  words: unknown;
}

function readWords(value: unknown): Word[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const words = (value as Partial<Record<keyof Word, unknown>>[]).flatMap(({ at_ms, start, end }) =>
    typeof at_ms === 'number' && typeof start === 'number' && typeof end === 'number' ? [{ at_ms, start, end }] : [],
  );
  return words.length > 0 ? words : undefined;
}

export const speaker = new Speaker();
