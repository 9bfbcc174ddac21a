import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PlayerHandlers } from '../../audio/player';
import { REST } from '../../audio/visemes';
import { useChat } from '../chat/client';
import type { TurnFrame } from '../chat/socket';
import { emptyThread, type Thread } from '../chat/thread';
import { useVoicePreferences } from './preferences';
import { speaker } from './speaker';
import { countCharacters, firstCharacters, useVoice } from './store';

/** A player without sound, whose clock the test sets. */
const player = vi.hoisted(() => ({
  handlers: null as PlayerHandlers | null,
  said: [] as { utterance: number; samples: number }[],
  ended: [] as number[],
  flushes: 0,
  held: false,
  awake: true,
  at: { utterance: 0, sample: 0, sounding: false },
}));
vi.mock('../../audio/player', () => ({
  canPlay: () => true,
  Player: {
    open: (_rate: number, handlers: PlayerHandlers) => {
      player.handlers = handlers;
      return Promise.resolve({
        rate: 24_000,
        stats: { leadMs: 100 },
        say: (utterance: number, _first: boolean, _rate: number, samples: Float32Array) => {
          player.said.push({ utterance, samples: samples.length });
          return samples.length;
        },
        end: (utterance: number) => player.ended.push(utterance),
        flush: () => {
          player.flushes += 1;
          return Promise.resolve();
        },
        hold: (on: boolean) => {
          player.held = on;
        },
        resume: () => Promise.resolve(player.awake),
        rest: () => Promise.resolve(),
        volume: () => undefined,
        position: () => player.at,
        dispose: () => undefined,
      });
    },
  },
}));
const chat = vi.hoisted(() => ({ listener: null as ((frame: TurnFrame, thread: Thread) => void) | null, heard: [] as number[], stopped: [] as (number | undefined)[], ours: true, before: false }));
vi.mock('../chat/client', async (original) => ({
  ...(await original<object>()),
  askedAt: () => (chat.ours ? performance.now() : undefined),
  wasStopped: () => chat.before,
  onTurnFrame: (listener: (frame: TurnFrame, thread: Thread) => void) => {
    chat.listener = listener;
    return () => {
      chat.listener = null;
    };
  },
  tellHeard: (_turn: string, characters: number) => chat.heard.push(characters),
  stopTurn: (_turn: string, characters?: number) => {
    chat.stopped.push(characters);
    return Promise.resolve();
  },
}));

const thread = emptyThread('c');
let number = 1;
const frame = (name: string, data: object) => {
  number += 1;
  chat.listener?.({ turnId: 't', number, name, data } as unknown as TurnFrame, thread);
};
const sound = (clause: number, seconds: number) => {
  frame('audio', { turnId: 't', number, clause, chunk: 0, rate: 24_000, bytes: new ArrayBuffer(32 + seconds * 48_000) });
};
const settle = () => vi.advanceTimersByTimeAsync(50);
const TEXT = 'Hello dear 😀 friend. ';

async function speak(): Promise<number> {
  frame('turn_started', { text: '', message_id: 'm' });
  frame('token', { text: TEXT });
  frame('clause', { index: 0, text: TEXT, start: 0, end: 21 });
  frame('visemes', { clause: 0, track: [{ at_ms: 0, for_ms: 900, shape: 'aa' }], words: [{ start: 0, end: 5, at_ms: 0 }, { start: 6, end: 10, at_ms: 300 }, { start: 13, end: 20, at_ms: 600 }] });
  sound(0, 1);
  await settle();
  const utterance = player.said.at(-1)?.utterance ?? 0;
  player.handlers?.onBegin(utterance);
  return utterance;
}

let leave: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(player, { handlers: null, said: [], ended: [], flushes: 0, held: false, awake: true, at: { utterance: 0, sample: 0, sounding: false } });
  Object.assign(chat, { heard: [], stopped: [], ours: true, before: false });
  useVoicePreferences.setState({ on: true, step: true });
  useChat.setState({ threads: { c: thread } });
  leave = speaker.attach('c');
});
afterEach(async () => {
  leave();
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
});

describe('the speaker', () => {
  it('shows the text with the word that sounds, and tells the server so', async () => {
    const utterance = await speak();
    expect(useVoice.getState().reveal).toEqual({ turnId: 't', characters: 0 });
    for (const [ms, characters] of [[10, 5], [310, 10], [610, 20]] as const) {
      player.at = { utterance, sample: ms * 24, sounding: true };
      await vi.advanceTimersByTimeAsync(450);
      expect(useVoice.getState().reveal?.characters).toBe(characters);
      expect(useVoice.getState().speaking).toMatchObject({ characters, caption: TEXT });
    }
    expect(chat.heard).toEqual([5, 10, 20]);
    expect(speaker.mouth()[0]?.shape).toBe('aa');
    frame('turn_done', { state: 'done', text: TEXT });
    expect(player.ended).toEqual([utterance]);
    player.handlers?.onEnd(utterance);
    expect(useVoice.getState()).toMatchObject({ reveal: null, speaking: null });
    expect(chat.heard.at(-1)).toBe(countCharacters(TEXT));
    expect(speaker.mouth()).toEqual(REST);
  });

  it('is silent before it tells the server, with the word that sounded', async () => {
    const utterance = await speak();
    player.at = { utterance, sample: 350 * 24, sounding: true };
    await speaker.stop();
    expect(player.flushes).toBe(1);
    expect(chat.stopped).toEqual([10]);
    expect(speaker.mouth()).toEqual(REST);
    // What was not heard does not flash up while the server cuts it.
    expect(useVoice.getState().reveal).toEqual({ turnId: 't', characters: 10 });
    frame('audio', {});
    expect(player.said).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(useVoice.getState().reveal).toBeNull();
  });

  it('does not begin with what was stopped before it began', async () => {
    chat.before = true;
    frame('turn_started', { text: '', message_id: 'm' });
    frame('token', { text: TEXT });
    frame('clause', { index: 0, text: TEXT, start: 0, end: 21 });
    sound(0, 1);
    await settle();
    expect(player.said).toEqual([]);
    expect(useVoice.getState()).toMatchObject({ coming: null, reveal: null });
  });

  it('loses no first sound of an answer to the one that was given up while the player opened', async () => {
    frame('turn_started', { text: '', message_id: 'm' });
    sound(0, 1);
    frame('turn_started', { text: '', message_id: 'n' });
    sound(0, 2);
    await settle();
    expect(player.said).toHaveLength(1);
    expect(player.said[0]?.samples).toBeGreaterThan(47_000);
  });

  it('can be stopped as soon as sound is here, also of an answer that has ended', async () => {
    frame('turn_started', { text: '', message_id: 'm' });
    frame('token', { text: TEXT });
    frame('clause', { index: 0, text: TEXT, start: 0, end: 21 });
    sound(0, 1);
    frame('turn_done', { state: 'done', text: TEXT });
    await settle();
    expect(useVoice.getState()).toMatchObject({ coming: 'c', speaking: null });
    await speaker.stop();
    expect(chat.stopped).toEqual([0]);
    expect(useVoice.getState().coming).toBeNull();
    player.handlers?.onBegin(player.said.at(-1)?.utterance ?? 0);
    expect(useVoice.getState().speaking).toBeNull();
  });

  it('who reads at once has seen all that stands there', async () => {
    useVoicePreferences.setState({ step: false });
    const utterance = await speak();
    expect(useVoice.getState().reveal).toBeNull();
    player.at = { utterance, sample: 10, sounding: true };
    await speaker.stop();
    expect(chat.stopped).toEqual([countCharacters(TEXT)]);
  });

  it('text does not wait for a voice that does not come, is queued, is missing or may not sound', async () => {
    frame('turn_started', { text: '', message_id: 'm' });
    frame('token', { text: 'Hi' });
    expect(useVoice.getState().reveal).not.toBeNull();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(useVoice.getState().reveal).toBeNull();

    frame('turn_started', { text: '', message_id: 'm' });
    frame('status', { state: 'voice_queued', place: 1 });
    expect(useVoice.getState().reveal).toBeNull();

    frame('turn_started', { text: '', message_id: 'm' });
    frame('notice', { kind: 'voice-missing', message: 'No weights.' });
    expect(useVoice.getState()).toMatchObject({ reveal: null, note: { text: 'No weights.' } });

    player.awake = false;
    frame('turn_started', { text: '', message_id: 'm' });
    sound(0, 1);
    await settle();
    expect(useVoice.getState()).toMatchObject({ reveal: null, blocked: true });
  });

  it('does not speak what another window asked for, nor when the voice is off', async () => {
    chat.ours = false;
    await speak();
    useVoicePreferences.setState({ on: false });
    chat.ours = true;
    await speak();
    expect(player.said).toEqual([]);
    expect(useVoice.getState().reveal).toBeNull();
  });

  it('a feeling waits for its words', async () => {
    frame('turn_started', { text: '', message_id: 'm' });
    frame('emotion', { emotion: 'happy', at: 6 });
    const utterance = await (async () => {
      frame('clause', { index: 0, text: TEXT, start: 0, end: 21 });
      frame('visemes', { clause: 0, track: [], words: [{ start: 0, end: 5, at_ms: 0 }, { start: 6, end: 10, at_ms: 300 }] });
      sound(0, 1);
      await settle();
      return player.said.at(-1)?.utterance ?? 0;
    })();
    player.handlers?.onBegin(utterance);
    player.at = { utterance, sample: 100, sounding: true };
    await settle();
    expect(useVoice.getState().emotion.name).toBe('neutral');
    player.at = { utterance, sample: 310 * 24, sounding: true };
    await settle();
    expect(useVoice.getState().emotion.name).toBe('happy');
    // The last of those that no word comes behind is shown at the end.
    frame('emotion', { emotion: 'sad', at: 21 });
    frame('emotion', { emotion: 'calm', at: 21 });
    frame('turn_done', { state: 'done', text: TEXT });
    await settle();
    expect(useVoice.getState().emotion.name).toBe('happy');
    player.handlers?.onEnd(utterance);
    expect(useVoice.getState().emotion.name).toBe('tender');
  });

  it('holds and goes on when the server says so; a cut by another device is silence without a word', async () => {
    await speak();
    frame('held', {});
    expect([player.held, useVoice.getState().held]).toEqual([true, true]);
    frame('resumed', {});
    expect(player.held).toBe(false);
    frame('turn_done', { state: 'cut', text: 'Hello' });
    expect([player.flushes, chat.stopped.length, useVoice.getState().speaking]).toEqual([1, 0, null]);
  });

  it('shows what is written while the voice has long been silent, and goes with it again when it speaks on', async () => {
    const utterance = await speak();
    player.at = { utterance, sample: 610 * 24, sounding: true };
    await settle();
    frame('token', { text: '\n```\ncode();\n' });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(useVoice.getState().reveal?.characters).toBe(20);
    player.at = { ...player.at, sounding: false };
    await vi.advanceTimersByTimeAsync(2_000);
    expect(useVoice.getState().reveal?.characters).toBe(20);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(useVoice.getState().reveal?.characters).toBe(34);
    frame('token', { text: 'more();\n' });
    await settle();
    expect(useVoice.getState().reveal?.characters).toBe(42);
    frame('token', { text: '```\nDone now.' });
    frame('clause', { index: 1, text: 'Done now.', start: 46, end: 55 });
    frame('visemes', { clause: 1, track: [], words: [{ start: 46, end: 50, at_ms: 0 }, { start: 51, end: 54, at_ms: 300 }] });
    player.at = { utterance, sample: 1_010 * 24, sounding: true };
    sound(1, 1);
    await settle();
    expect(useVoice.getState().reveal?.characters).toBe(50);
  });

  it('is not held by an answer that was held before it had said anything', async () => {
    await speak();
    frame('turn_done', { state: 'cut', text: 'Hello' });
    frame('turn_started', { text: '', message_id: 'm' });
    frame('held', {});
    expect(player.held).toBe(true);
    frame('turn_done', { state: 'cut', text: '' });
    expect([player.held, useVoice.getState().held]).toEqual([false, false]);
  });

  it('gives up what it fetches to read again when it is stopped, without a complaint', async () => {
    let signal: AbortSignal | undefined;
    const fetching = (_piece: string, asked: AbortSignal) =>
      new Promise<null>((_, reject) => {
        signal = asked;
        asked.addEventListener('abort', () => {
          reject(new DOMException('aborted', 'AbortError'));
        });
      });
    const first = speaker.replay('c', 'm', TEXT, fetching);
    await settle();
    expect(useVoice.getState().fetching).toBe('m');
    expect(signal?.aborted).toBe(false);
    await speaker.stop();
    expect(signal?.aborted).toBe(true);
    await expect(first).resolves.toBe(true);

    // The same one again: the end of the first is not the end of the second.
    const again = speaker.replay('c', 'm', TEXT, fetching);
    await settle();
    const before = signal;
    const third = speaker.replay('c', 'm', TEXT, fetching);
    await settle();
    expect([before?.aborted, signal?.aborted, useVoice.getState().fetching]).toEqual([true, false, 'm']);
    await again;
    await speaker.stop();
    await third;
  });

  it('tells when nothing of an answer can be said', async () => {
    const silence = { rate: 24_000, samples: new Float32Array(0), track: [], words: [] };
    await expect(speaker.replay('c', 'm', '😀🎉', () => Promise.resolve(silence))).resolves.toBe(false);
    await expect(speaker.replay('c', 'm', '```\ncode\n```', () => Promise.reject(new Error('asked for code')))).resolves.toBe(false);
    expect(useVoice.getState()).toMatchObject({ fetching: null, speaking: null });
  });

  it('reads a long answer again to its end, a piece after the other, with a caption for each sentence', async () => {
    const sentence = 'This is one of very many sentences that somebody wants to hear again. ';
    const text = sentence.repeat(60) + '\n```\n' + 'code; '.repeat(400) + '\n```\nThe end 😀 is here.';
    const asked: string[] = [];
    // A second for each word; each knows where it stands in its piece.
    const fetching = (piece: string) => {
      asked.push(piece);
      const words = [...piece.replace(/```[^]*```/u, (code) => ' '.repeat(code.length)).matchAll(/\S+/gu)].map(({ 0: word, index }, at) => ({ start: index, end: index + word.length, at_ms: at * 1000 }));
      return Promise.resolve({ rate: 24_000, samples: new Float32Array(words.length * 24_000), track: words.map(({ at_ms }) => ({ at_ms, for_ms: 900, shape: 'aa' })), words });
    };
    const done = speaker.replay('c', 'm', text, fetching);
    await settle();
    expect(asked.length, 'not all at once').toBeLessThan(3);
    expect(asked[0]?.length).toBeLessThan(300);
    const utterance = player.said[0]?.utterance ?? 0;
    player.handlers?.onBegin(utterance);
    const at = async (second: number) => {
      player.at = { utterance, sample: second * 24_000, sounding: true };
      await vi.advanceTimersByTimeAsync(600);
      return useVoice.getState().speaking;
    };
    expect(await at(1)).toMatchObject({ caption: sentence.trim(), captionStart: 0, characters: 7 });
    expect(await at(14)).toMatchObject({ caption: sentence.trim(), captionStart: sentence.length });
    const spoken = () => player.said.reduce((sum, { samples }) => sum + samples, 0) / 24_000;
    for (let second = 15; second < 60 * 13; second += 10) {
      const before = spoken();
      expect(await at(Math.min(second, before - 1))).not.toBeNull();
    }
    await done;
    expect(asked.join('')).toBe(text.replace(/```[^]*```\n?/u, ''));
    expect(player.ended).toEqual([utterance]);
    expect(await at(spoken() - 0.5)).toMatchObject({ caption: 'The end 😀 is here.' });
    player.handlers?.onEnd(utterance);
    expect(useVoice.getState().speaking).toBeNull();
  });

  it('lets the text go on and asks for a touch when the browser takes the sound away in the middle', async () => {
    const utterance = await speak();
    expect(useVoice.getState().reveal).not.toBeNull();
    player.handlers?.onState('suspended');
    expect(useVoice.getState()).toMatchObject({ reveal: null, blocked: true });
    player.handlers?.onState('running');
    expect(useVoice.getState().blocked).toBe(false);
    player.handlers?.onEnd(utterance);
    frame('turn_done', { state: 'done', text: TEXT });
    player.handlers?.onState('suspended'); // at rest
    expect(useVoice.getState().blocked).toBe(false);
  });

  it('leaving the conversation ends it, going from a first message into its conversation does not', async () => {
    await speak();
    leave();
    leave = speaker.attach('c');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(player.flushes).toBe(0);
    const back = speaker.attach('another');
    expect(player.flushes).toBe(1);
    back();
  });
});

describe('characters', () => {
  it('are code points', () => {
    expect([countCharacters('a😀é'), firstCharacters('a😀é', 2), firstCharacters('a😀é', 9), firstCharacters('a😀é', 0)]).toEqual([3, 'a😀', 'a😀é', '']);
  });
});
