import { describe, expect, it } from 'vitest';

import type { History, HistoryItem } from '../../api/types';
import type { DurableEvent, TurnFrame } from './socket';
import { applyEvent, applyFrame, emptyThread, fromHistory, isBehind, liveTurn, type Thread, withOlder } from './thread';

const C = 'conversation';

function item(id: string, parent: string | null, role: 'user' | 'assistant', text: string, more: Partial<HistoryItem> = {}): HistoryItem {
  return { id, parent, role, text, state: 'done', created: 1_000, seq: 1, ...more } as HistoryItem;
}

let seq = 0;
function event(kind: string, data: DurableEvent['data']): DurableEvent {
  seq += 1;
  return { conversation_id: C, seq, kind, at: 1_000 + seq, data };
}

/** Greeting, a question, its answer, another question that is cut, and that answer continued. */
function story(): DurableEvent[] {
  seq = 0;
  return [
    event('conversation_created', { character_id: 'juniper', title: 'Juniper' }),
    event('message_added', { message: item('g', null, 'assistant', 'Hello', { seq: 2 }) }),
    event('message_accepted', { message: item('q1', 'g', 'user', 'One?', { seq: 3, client_id: 'k1' }), turn_id: 't1', answer_id: 'a1' }),
    event('answer_done', { message: item('a1', 'q1', 'assistant', 'One.', { seq: 4, turn_id: 't1' }), turn_id: 't1' }),
    event('message_accepted', { message: item('q2', 'a1', 'user', 'Two?', { seq: 5 }), turn_id: 't2', answer_id: 'a2' }),
    event('answer_cut', { message: item('a2', 'q2', 'assistant', 'Two', { seq: 6, state: 'cut', turn_id: 't2' }), turn_id: 't2' }),
    event('answer_asked', { turn_id: 't3', answer_id: 'a2', parent: 'q2' }),
    event('answer_done', { message: item('a2', 'q2', 'assistant', 'Two, finally.', { seq: 8, turn_id: 't3' }), turn_id: 't3' }),
  ];
}

const shown = (thread: Thread) => thread.messages.map(({ id, text, state }) => `${id}:${state}:${text}`);
const END = ['g:done:Hello', 'q1:done:One?', 'a1:done:One.', 'q2:done:Two?', 'a2:done:Two, finally.'];

/** Small and seeded, so that a failure comes again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled<T>(list: T[], next: () => number): T[] {
  return list.map((value) => [next(), value] as const).toSorted((a, b) => a[0] - b[0]).map(([, value]) => value);
}

describe('durable events', () => {
  it('tell the conversation', () => {
    const thread = story().reduce(applyEvent, emptyThread(C));
    expect(shown(thread)).toEqual(END);
    expect(thread).toMatchObject({ characterId: 'juniper', seq: 8, early: [], torn: false });
    expect(isBehind(thread)).toBe(false);
    expect(liveTurn(thread)).toBeUndefined();
  });

  it('give the same conversation when they come twice and in any order (500 seeds)', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const next = random(seed);
      const events = story();
      const thread = shuffled([...events, ...shuffled(events, next).slice(0, 4)], next).reduce(applyEvent, emptyThread(C));
      expect(shown(thread), `seed ${String(seed)}`).toEqual(END);
      expect(isBehind(thread)).toBe(false);
    }
  });

  it('change nothing when repeated', () => {
    const thread = story().reduce(applyEvent, emptyThread(C));
    for (const again of story()) expect(applyEvent(thread, again)).toBe(thread);
  });

  it('of another conversation are passed over', () => {
    const thread = emptyThread(C);
    expect(applyEvent(thread, { ...event('message_added', {}), conversation_id: 'other', seq: 1 })).toBe(thread);
  });

  it('say that something is missing when one is lost, whichever it is', () => {
    for (let lost = 0; lost < 7; lost += 1) {
      const thread = story()
        .filter((_, index) => index !== lost)
        .reduce(applyEvent, emptyThread(C));
      expect(isBehind(thread), `without ${String(lost)}`).toBe(true);
      expect(thread.seq).toBe(lost);
    }
  });

  it('a gap is healed by the history, and what came meanwhile is kept', () => {
    const events = story();
    const torn = events.filter((one) => one.seq !== 3).reduce(applyEvent, emptyThread(C));
    const page: History = {
      conversation_id: C,
      character_id: 'juniper',
      title: 'Juniper',
      seq: 4,
      items: [item('g', null, 'assistant', 'Hello', { seq: 2 }), item('q1', 'g', 'user', 'One?', { seq: 3 }), item('a1', 'q1', 'assistant', 'One.', { seq: 4 })],
    } as History;
    const healed = fromHistory(page, torn);
    expect(shown(healed)).toEqual(END);
    expect(isBehind(healed)).toBe(false);
  });

  it('of a kind we do not know ask the history instead of guessing', () => {
    const thread = applyEvent(emptyThread(C), { conversation_id: C, seq: 1, kind: 'message_folded', at: 0, data: {} });
    expect(isBehind(thread)).toBe(true);
  });

  it('another answer takes the place of the one before it', () => {
    const events = story().slice(0, 4);
    const thread = [
      ...events,
      event('answer_asked', { turn_id: 't9', answer_id: 'b1', parent: 'q1' }),
    ].map((one, index) => ({ ...one, seq: index + 1 })).reduce(applyEvent, emptyThread(C));
    expect(shown(thread)).toEqual(['g:done:Hello', 'q1:done:One?', 'b1:running:']);
    expect(liveTurn(thread)?.id).toBe('t9');
  });

  it('deletion empties it', () => {
    const thread = [...story(), event('conversation_deleted', {})].reduce(applyEvent, emptyThread(C));
    expect(thread).toMatchObject({ deleted: true, messages: [] });
  });
});

const frame = (number: number, name: TurnFrame['name'], data: object): TurnFrame => ({ turnId: 't1', number, name, data }) as TurnFrame;
const frames: TurnFrame[] = [
  frame(2, 'status', { state: 'queued', place: 2 }),
  frame(3, 'turn_started', { turn_id: 't1', conversation_id: C, message_id: 'a1', text: '' }),
  frame(4, 'token', { text: 'O' }),
  frame(5, 'token', { text: 'ne' }),
  frame(6, 'token', { text: '.' }),
  frame(7, 'turn_done', { message_id: 'a1', text: 'One.', state: 'done', usage: { prompt: 1, reused: 0, completion: 3 }, trace: { model: 'm' } }),
];
const asked = () => story().slice(0, 3).reduce(applyEvent, emptyThread(C));

describe('turn frames', () => {
  it('write the answer as it is made', () => {
    let thread = asked();
    expect(liveTurn(thread)).toMatchObject({ id: 't1', answerId: 'a1', frame: 1 });
    thread = frames.slice(0, 1).reduce(applyFrame, thread);
    expect(liveTurn(thread)?.place).toBe(2);
    thread = frames.slice(1, 4).reduce(applyFrame, thread);
    expect(shown(thread).at(-1)).toBe('a1:running:One');
    expect(liveTurn(thread)?.place).toBeNull();
    thread = frames.slice(4).reduce(applyFrame, thread);
    expect(shown(thread).at(-1)).toBe('a1:done:One.');
    expect(thread.messages.at(-1)).toMatchObject({ usage: { completion: 3 }, trace: { model: 'm' } });
    expect(liveTurn(thread)).toBeUndefined();
  });

  it('change nothing when repeated', () => {
    const thread = frames.reduce(applyFrame, asked());
    expect(frames.reduce(applyFrame, thread)).toBe(thread);
    const half = frames.slice(0, 4).reduce(applyFrame, asked());
    expect(frames.slice(0, 4).reduce(applyFrame, half)).toBe(half);
  });

  it('a lost one is noticed once, and a replay from the last known one heals it', () => {
    const half = frames.slice(0, 3).reduce(applyFrame, asked());
    const torn = applyFrame(half, frames[4] as TurnFrame);
    expect(liveTurn(torn)).toMatchObject({ lost: true, frame: 4, text: 'O' });
    expect(applyFrame(torn, frames[5] as TurnFrame)).toBe(torn);
    const healed = frames.slice(3).reduce(applyFrame, torn);
    expect(shown(healed).at(-1)).toBe('a1:done:One.');
  });

  it('and the durable end may come in either order', () => {
    const end = story()[3] as DurableEvent;
    expect(shown(applyEvent(frames.reduce(applyFrame, asked()), end)).at(-1)).toBe('a1:done:One.');
    const early = applyEvent(frames.slice(0, 3).reduce(applyFrame, asked()), end);
    expect(shown(frames.slice(3).reduce(applyFrame, early)).at(-1)).toBe('a1:done:One.');
  });

  it('after a reload, show the stored text until the replay has caught up', () => {
    const page = {
      conversation_id: C, character_id: 'juniper', title: '', seq: 3,
      items: [item('q1', null, 'user', 'One?')],
      running: { turn_id: 't1', message_id: 'a1', parent: 'q1', text: 'On' },
    } as History;
    let thread = fromHistory(page);
    expect(shown(thread)).toEqual(['q1:done:One?', 'a1:running:On']);
    thread = frames.slice(0, 3).reduce(applyFrame, thread);
    expect(shown(thread).at(-1)).toBe('a1:running:On');
    thread = frames.slice(3, 5).reduce(applyFrame, thread);
    expect(shown(thread).at(-1)).toBe('a1:running:One.');
  });

  it('an error keeps what was said and why', () => {
    const thread = applyFrame(frames.slice(0, 4).reduce(applyFrame, asked()), frame(6, 'error', { type: 'engine-failed', detail: 'No room.' }));
    expect(shown(thread).at(-1)).toBe('a1:interrupted:One');
    expect(thread.messages.at(-1)?.problem).toEqual({ type: 'engine-failed', detail: 'No room.' });
    const durable = applyEvent(thread, { ...(story()[3] as DurableEvent), kind: 'answer_interrupted', data: { turn_id: 't1', message: item('a1', 'q1', 'assistant', 'One', { state: 'interrupted', seq: 4 }) } });
    expect(durable.messages.at(-1)?.problem?.detail).toBe('No room.');
  });

  it('an error says why, also when the store told first that the answer ended', () => {
    const ended = { ...(story()[3] as DurableEvent), kind: 'answer_interrupted', data: { turn_id: 't1', message: item('a1', 'q1', 'assistant', '', { state: 'interrupted', seq: 4, turn_id: 't1' }) } };
    const thread = applyEvent(frames.slice(0, 1).reduce(applyFrame, asked()), ended);
    expect(thread.messages.at(-1)?.problem).toBeUndefined();
    const told = applyFrame(thread, frame(9, 'error', { type: 'context-overflow', detail: 'The description is 20 tokens too long.' }));
    expect(shown(told).at(-1)).toBe('a1:interrupted:');
    expect(told.messages.at(-1)?.problem?.detail).toBe('The description is 20 tokens too long.');
    const overflow = { part: 'description', tokens: 20, remedy: 'shorten-character' };
    expect(applyFrame(thread, frame(9, 'error', { type: 'context-overflow', detail: 'x', overflow })).messages.at(-1)?.problem).toEqual({ type: 'context-overflow', detail: 'x', overflow });
  });

  it('an error that says only that the answer was interrupted adds nothing to its state', () => {
    const said = { type: 'turn-interrupted', detail: 'The answer was interrupted.' };
    const begun = frames.slice(0, 1).reduce(applyFrame, asked());
    const ended = { ...(story()[3] as DurableEvent), kind: 'answer_interrupted', data: { turn_id: 't1', message: item('a1', 'q1', 'assistant', '', { state: 'interrupted', seq: 4, turn_id: 't1' }) } };
    for (const thread of [begun, applyEvent(begun, ended)]) {
      const told = applyFrame(thread, frame(9, 'error', said));
      expect(told.messages.at(-1)?.problem).toBeUndefined();
    }
  });

  it('of a turn nobody told us of are passed over', () => {
    const thread = emptyThread(C);
    expect(applyFrame(thread, frames[0] as TurnFrame)).toBe(thread);
  });
});

describe('history pages', () => {
  it('join above, without repeats', () => {
    const page = (ids: string[], next: string | null): History =>
      ({ conversation_id: C, character_id: 'juniper', title: '', seq: 9, items: ids.map((id, index) => item(id, ids[index - 1] ?? null, 'user', id)), next }) as History;
    const thread = withOlder(withOlder(fromHistory(page(['m5', 'm6'], 'm5')), page(['m3', 'm4', 'm5'], 'm3')), page(['m1', 'm2'], null));
    expect(thread.messages.map(({ id }) => id)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(thread.older).toBeNull();
    expect(fromHistory(page(['m5', 'm6', 'm7'], 'm5'), thread).messages.map(({ id }) => id)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7']);
    expect(fromHistory(page(['x1'], null), thread).messages.map(({ id }) => id)).toEqual(['x1']);
  });

  it('older than the frames do not take back an answer', () => {
    const done = frames.reduce(applyFrame, asked());
    const page = {
      conversation_id: C, character_id: 'juniper', title: '', seq: 3,
      items: [item('g', null, 'assistant', 'Hello', { seq: 2 }), item('q1', 'g', 'user', 'One?', { seq: 3 })],
      running: { turn_id: 't1', message_id: 'a1', parent: 'q1', text: 'On' },
    } as History;
    expect(shown(fromHistory(page, done)).at(-1)).toBe('a1:done:One.');
  });

  it('frames of a voice count, also after the durable event was quicker than the last of them', () => {
    const events = story().slice(0, 3);
    let thread = events.reduce(applyEvent, emptyThread(C));
    const voice = (number: number, name: string, data: object) => {
      thread = applyFrame(thread, { turnId: 't1', number, name, data } as unknown as TurnFrame);
    };
    voice(2, 'turn_started', { text: '' });
    voice(3, 'token', { text: 'One.' });
    voice(4, 'status', { state: 'voice_queued', place: 2 });
    expect(thread.turns.t1).toMatchObject({ voicePlace: 2, place: null, text: 'One.' });
    voice(5, 'clause', { index: 0, text: 'One.', start: 0, end: 4 });
    expect(thread.turns.t1).toMatchObject({ voicePlace: null, frame: 5, lost: false });
    thread = applyEvent(thread, { conversation_id: C, seq: 4, kind: 'answer_done', at: 1, data: { message: item('a1', 'q1', 'assistant', 'One.', { seq: 4, turn_id: 't1' }), turn_id: 't1' } });
    voice(6, 'audio', {});
    voice(7, 'turn_done', { text: 'other' });
    expect(thread.turns.t1).toMatchObject({ frame: 7, over: true });
    expect(thread.messages.at(-1)?.text).toBe('One.');
    voice(9, 'audio', {});
    expect(thread.turns.t1).toMatchObject({ frame: 7, lost: false });
  });

  it('what was heard of an answer takes its place', () => {
    let thread = story().slice(0, 4).reduce(applyEvent, emptyThread(C));
    thread = applyEvent(thread, { conversation_id: C, seq: 5, kind: 'answer_heard', at: 1, data: { message: item('a1', 'q1', 'assistant', 'On', { seq: 5, state: 'cut', turn_id: 't1' }), turn_id: 't1' } });
    expect(thread.torn).toBe(false);
    expect(thread.messages.at(-1)).toMatchObject({ text: 'On', state: 'cut' });
  });
});
