/**
 * One conversation as this page knows it: a pure function of the history page it was loaded from, the durable events and the
 * frames of running turns. Events and frames may come twice, late or out of order; the result is the same.
 */
import type { History, HistoryItem } from '../../api/types';
import type { Problem } from './problems';
import type { DurableEvent, TurnFrame } from './socket';

export type MessageState = HistoryItem['state'] | 'running';

/** The tries that stand side by side, in the order they were made. */
export interface Siblings {
  /** Of this one, from 0. */
  index: number;
  count: number;
  /** Of a great many, those around this one. */
  ids: string[];
}

export interface ChatMessage extends Omit<HistoryItem, 'state' | 'seq' | 'siblings' | 'hidden' | 'pinned'> {
  state: MessageState;
  seq: number;
  siblings?: Siblings;
  /** Not part of the prompt. */
  hidden?: boolean;
  pinned?: boolean;
  /** It was written in place of that one, which is kept beside it. */
  edit_of?: string | null;
  /** Why no (whole) answer came, as far as this window was told. */
  problem?: Problem;
}

export interface Turn {
  id: string;
  answerId: string;
  /** Number of the last frame that was applied; frame 1 is the sender's `accepted`, which devices are not sent again. */
  frame: number;
  /** As told by the frames. */
  text: string;
  /** As told by the history: at most half a second behind, shown until the frames have caught up. */
  stored: string;
  /** Place in the queue for the engine, while it waits. */
  place: number | null;
  /** Place in the queue for a voice; the text goes on meanwhile. */
  voicePlace: number | null;
  /** A frame was missed: ask for those after `frame`. */
  lost: boolean;
  over: boolean;
  /** Its last frame came: a durable event may say sooner that it is over. */
  told: boolean;
}

export interface Thread {
  id: string;
  characterId: string;
  title: string;
  seq: number;
  messages: ChatMessage[];
  /** `before` of the page above; null: this is the beginning. */
  older: string | null;
  turns: Record<string, Turn>;
  /** Events that came before those they follow. */
  early: DurableEvent[];
  /** An event did not fit what is here: ask the history. */
  torn: boolean;
  deleted: boolean;
  /** An answer that was being made when this was loaded: what stands beside it is told when it has ended. */
  unsure: string | null;
}

const EARLY_KEPT = 200;
const TURNS_KEPT = 8;

export function emptyThread(id: string, characterId = '', title = ''): Thread {
  return { id, characterId, title, seq: 0, messages: [], older: null, turns: {}, early: [], torn: false, deleted: false, unsure: null };
}

function runningTurn(turns: Thread['turns'], id: string, answerId: string, stored: string): Thread['turns'] {
  const old = turns[id];
  const turn: Turn = old
    ? { ...old, stored: stored.length > old.stored.length ? stored : old.stored }
    : { id, answerId, frame: 1, text: '', stored, place: null, voicePlace: null, lost: false, over: false, told: false };
  const others = Object.entries(turns).filter(([name]) => name !== id);
  return Object.fromEntries([...others.slice(-(TURNS_KEPT - 1)), [id, turn]]);
}

function placeholder(answerId: string, parent: string | null | undefined, turnId: string, text: string, created: number): ChatMessage {
  return { id: answerId, parent: parent ?? null, role: 'assistant', text, state: 'running', created, seq: 0, turn_id: turnId };
}

/** The shown branch with this message in it; null when its place is not known here. */
function placed(messages: ChatMessage[], message: ChatMessage): ChatMessage[] | null {
  const at = messages.findIndex((other) => other.id === message.id);
  if (at >= 0) {
    const old = messages[at];
    // The order of events is the order of their numbers: an older state never replaces a newer one.
    if (!old || (old.seq > message.seq && old.state !== 'running')) return messages;
    const keep = old.problem && message.state === 'interrupted' ? { problem: old.problem } : {};
    return messages.with(at, { ...marksOf(old), ...message, ...keep });
  }
  const parent = message.parent ?? null;
  if (parent === null) return messages.length === 0 ? [message] : null;
  const above = messages.findIndex((other) => other.id === parent);
  if (above < 0) return null;
  return [...messages.slice(0, above + 1), beside(message, messages[above + 1])]; // a sibling takes the place of the branch below
}

/** A message that was written anew while what follows it stays: only it changes. */
function inPlace(messages: ChatMessage[], message: ChatMessage): ChatMessage[] | null {
  const place = messages.findIndex((other) => other.id === message.edit_of);
  const old = messages[place];
  if (!old) return null;
  const following = messages[place + 1];
  const changed = messages.with(place, beside({ ...message, ...(old.pinned ? { pinned: true } : {}), ...(old.hidden ? { hidden: true } : {}) }, old));
  return following ? changed.with(place + 1, { ...following, parent: message.id }) : changed;
}

/** An answer's event tells its words; what a person did with it and what stands beside it is kept. */
function marksOf({ siblings, hidden, pinned, edit_of }: ChatMessage): Partial<ChatMessage> {
  return { ...(siblings ? { siblings } : {}), ...(hidden ? { hidden } : {}), ...(pinned ? { pinned } : {}), ...(edit_of ? { edit_of } : {}) };
}

/** Of a message that takes another one's place: it is the newest of those that stand there. */
function beside(message: ChatMessage, rival: ChatMessage | undefined): ChatMessage {
  if (!rival || message.siblings) return message;
  const { ids, count } = rival.siblings ?? { ids: [rival.id], count: 1 };
  return { ...message, siblings: { index: count, count: count + 1, ids: [...ids, message.id] } };
}

function asMessage({ siblings, ...item }: HistoryItem): ChatMessage {
  return { ...item, ...(siblings ? { siblings } : {}) };
}

/** A page of the newest messages: replaces what overlaps, keeps the older pages above when they join. */
export function fromHistory(page: History, old?: Thread): Thread {
  const items = page.items.map(asMessage);
  const first = items[0];
  const joint = first && old ? old.messages.findIndex((message) => message.id === first.id) : -1;
  const above = joint > 0 && old ? old.messages.slice(0, joint) : [];
  let thread: Thread = {
    ...emptyThread(page.conversation_id, page.character_id, page.title),
    seq: page.seq,
    messages: [...above, ...items].map((message) => {
      const before = old?.messages.find((other) => other.id === message.id);
      return before?.problem && message.state === 'interrupted' ? { ...message, problem: before.problem } : message;
    }),
    older: above.length > 0 && old ? old.older : (page.next ?? null),
    turns: old?.turns ?? {},
  };
  const running = page.running;
  if (running) {
    const ours = old?.messages.find((message) => message.id === running.message_id);
    if (thread.turns[running.turn_id]?.over && ours) {
      // The page is older than what the frames told.
      thread.messages = placed(thread.messages, ours) ?? thread.messages;
    } else {
      thread = withRunning(thread, running.turn_id, running.message_id, running.parent, running.text, Date.now());
      const beside = ours?.siblings;
      thread = beside ? { ...thread, messages: withAnswer(thread, running.message_id, { siblings: beside }) } : { ...thread, unsure: running.message_id };
    }
  }
  for (const [id, turn] of Object.entries(thread.turns)) {
    // The history says how it ended.
    if (!turn.over && id !== running?.turn_id) thread.turns = { ...thread.turns, [id]: { ...turn, over: true } };
  }
  // Events that came while the page was on its way.
  return (old?.early ?? []).toSorted((a, b) => a.seq - b.seq).reduce(applyEvent, thread);
}

function withRunning(thread: Thread, turnId: string, answerId: string, parent: string | null | undefined, stored: string, at: number): Thread {
  const turns = runningTurn(thread.turns, turnId, answerId, stored);
  const turn = turns[turnId];
  if (!turn || turn.over) return { ...thread, turns };
  const text = turn.text.length > turn.stored.length ? turn.text : turn.stored;
  const old = thread.messages.find((message) => message.id === answerId);
  const next = old
    ? thread.messages.map((message) => (message.id === answerId ? { ...message, state: 'running' as const, turn_id: turnId, text } : message))
    : placed(thread.messages, placeholder(answerId, parent, turnId, text, at));
  return next ? { ...thread, turns, messages: next } : { ...thread, turns, torn: true };
}

/** Messages above what is loaded. */
export function withOlder(thread: Thread, page: History): Thread {
  const known = new Set(thread.messages.map((message) => message.id));
  return { ...thread, messages: [...page.items.filter((item) => !known.has(item.id)).map(asMessage), ...thread.messages], older: page.next ?? null };
}

function ended(thread: Thread, turnId: string | null | undefined): Thread['turns'] {
  const turn = turnId ? thread.turns[turnId] : undefined;
  return turn && !turn.over ? { ...thread.turns, [turn.id]: { ...turn, over: true, lost: false, place: null, voicePlace: null } } : thread.turns;
}

function next(thread: Thread, event: DurableEvent): Thread {
  const { data } = event;
  const at = { ...thread, seq: event.seq };
  switch (event.kind) {
    case 'conversation_created':
      return { ...at, characterId: data.character_id ?? thread.characterId, title: data.title ?? thread.title };
    case 'message_added':
    case 'message_accepted': {
      if (!data.message) return { ...at, torn: true };
      const messages = placed(thread.messages, asMessage(data.message));
      if (!messages) return { ...at, torn: true };
      const added = { ...at, messages };
      if (event.kind === 'message_added' || !data.turn_id || !data.answer_id) return added;
      return withRunning(added, data.turn_id, data.answer_id, data.message.id, '', event.at);
    }
    case 'answer_asked': {
      if (!data.turn_id || !data.answer_id) return { ...at, torn: true };
      const known = thread.messages.find((message) => message.id === data.answer_id);
      return withRunning(at, data.turn_id, data.answer_id, data.parent, known?.text ?? '', event.at);
    }
    case 'answer_done':
    case 'answer_interrupted':
    case 'answer_cut':
    case 'answer_heard': {
      if (!data.message) return { ...at, torn: true };
      const messages = placed(thread.messages, asMessage(data.message));
      const turns = ended(thread, data.turn_id);
      const unsure = thread.unsure === data.message.id && data.message.parent != null;
      return messages ? { ...at, messages, turns, unsure: unsure ? null : thread.unsure, torn: at.torn || unsure } : { ...at, turns, torn: true };
    }
    case 'message_edited': {
      if (!data.message) return { ...at, torn: true };
      const edited = asMessage(data.message);
      const messages = data.following ? inPlace(thread.messages, edited) : placed(thread.messages, edited);
      if (!messages) return { ...at, torn: true };
      return data.turn_id && data.answer_id ? withRunning({ ...at, messages }, data.turn_id, data.answer_id, edited.id, '', event.at) : { ...at, messages };
    }
    case 'message_hidden':
    case 'message_pinned': {
      const marks = { ...(typeof data.hidden === 'boolean' ? { hidden: data.hidden } : {}), ...(typeof data.pinned === 'boolean' ? { pinned: data.pinned } : {}) };
      return data.message_id ? { ...at, messages: withAnswer(thread, data.message_id, marks) } : { ...at, torn: true };
    }
    case 'conversation_changed':
      return { ...at, title: data.title ?? thread.title };
    case 'conversation_removed':
      return { ...at, deleted: true };
    case 'conversation_restored':
      return { ...at, deleted: false };
    case 'conversation_deleted':
      return { ...at, messages: [], turns: {}, older: null, deleted: true };
    default:
      // A newer server's kind: the history knows what it means.
      return { ...at, torn: true };
  }
}

export function applyEvent(thread: Thread, event: DurableEvent): Thread {
  if (event.conversation_id !== thread.id || event.seq <= thread.seq) return thread;
  if (event.seq > thread.seq + 1) {
    if (thread.early.some((other) => other.seq === event.seq)) return thread;
    return { ...thread, early: [...thread.early, event].slice(-EARLY_KEPT) };
  }
  let result = next(thread, event);
  for (;;) {
    const following = result.early.find((other) => other.seq === result.seq + 1);
    if (!following) break;
    result = next(result, following);
  }
  return { ...result, early: result.early.filter((other) => other.seq > result.seq) };
}

/** Something is missing that only the history can tell. */
export function isBehind(thread: Thread): boolean {
  return thread.torn || thread.early.length > 0;
}

function withAnswer(thread: Thread, id: string, change: Partial<ChatMessage>): ChatMessage[] {
  return thread.messages.map((message) => (message.id === id ? { ...message, ...change } : message));
}

/** Why no (whole) answer came: as this window was told when it happened, else as the store has it. */
export function problemOf({ problem, state, trace }: Pick<ChatMessage, 'problem' | 'state' | 'trace'>): ChatMessage['problem'] {
  return problem ?? (state === 'interrupted' ? (trace?.failure ?? undefined) : undefined);
}

/** What an error says of an answer beyond that it was interrupted, which is its state. */
function reasonIn({ type, detail, overflow }: Problem): ChatMessage['problem'] {
  return type.endsWith('turn-interrupted') ? undefined : { type, detail, ...(overflow ? { overflow } : {}) };
}

/** Why an answer ended is in its last frame; that it ended, in the store, is often known before. */
function withReason(thread: Thread, answerId: string, problem: ChatMessage['problem']): Thread {
  return { ...thread, messages: thread.messages.map((message) => (message.id === answerId && message.state === 'interrupted' ? { ...message, problem } : message)) };
}

export function applyFrame(thread: Thread, frame: TurnFrame): Thread {
  const turn = thread.turns[frame.turnId];
  if (!turn || frame.number <= turn.frame) return thread;
  if (turn.over) {
    // The durable event was quicker than the last frames; they still count, for a voice that goes on.
    const told = frame.name === 'turn_done' || frame.name === 'error';
    const counted = frame.number === turn.frame + 1 ? { ...thread, turns: { ...thread.turns, [turn.id]: { ...turn, frame: frame.number, told } } } : thread;
    return frame.name === 'error' ? withReason(counted, turn.answerId, reasonIn(frame.data)) : counted;
  }
  if (frame.number > turn.frame + 1) {
    return turn.lost ? thread : { ...thread, turns: { ...thread.turns, [turn.id]: { ...turn, lost: true } } };
  }
  let now: Turn = { ...turn, frame: frame.number, lost: false };
  let messages = thread.messages;
  switch (frame.name) {
    case 'turn_started':
      now = { ...now, text: frame.data.text, place: null };
      break;
    case 'status':
      if (frame.data.state === 'voice_queued') now = { ...now, voicePlace: frame.data.place };
      else now = { ...now, place: frame.data.place > 0 ? frame.data.place : null };
      break;
    case 'clause':
    case 'notice':
      now = { ...now, voicePlace: null };
      break;
    case 'token':
      now = { ...now, text: now.text + frame.data.text, place: null };
      break;
    case 'turn_done':
      now = { ...now, over: true, told: true, place: null, voicePlace: null, text: frame.data.text };
      messages = withAnswer(thread, turn.answerId, { text: frame.data.text, state: frame.data.state, usage: frame.data.usage ?? null, trace: frame.data.trace });
      break;
    case 'error':
      now = { ...now, over: true, told: true, place: null, voicePlace: null };
      messages = withAnswer(thread, turn.answerId, {
        text: frame.data.text ?? (now.text || now.stored),
        state: 'interrupted',
        problem: reasonIn(frame.data),
      });
      break;
  }
  // What is heard and seen beside the text is the speaker's; here it only counts.
  if (!now.over && now.text !== turn.text && now.text.length >= now.stored.length) {
    messages = withAnswer(thread, turn.answerId, { text: now.text, state: 'running' });
  }
  return { ...thread, messages, turns: { ...thread.turns, [turn.id]: now } };
}

export function liveTurn(thread: Thread | undefined): Turn | undefined {
  return thread && Object.values(thread.turns).findLast((turn) => !turn.over);
}
