/**
 * The page's side of all conversations: one socket, the threads that are open, what waits to be sent. Lives from signing in to
 * signing out, outside React; components read the store.
 */
import i18next from 'i18next';
import { create } from 'zustand';

import { api, sessionEnded, signingOut } from '../../api/client';
import { ApiError } from '../../api/problem';
import { keys, meQuery } from '../../api/queries';
import type { History } from '../../api/types';
import { queryClient } from '../../app/query';
import { useNotices } from '../../ui/notices';
import { useVoicePreferences } from '../voice/preferences';
import type { Attachment } from './attachments';
import { keepOutbox, keptOutbox, type Pending, writer } from './drafts';
import { beginDraft, changeDraft, forgetDraft, isOfDraft, loseDraft, onDraftFrame } from './impersonation';
import { type Problem, tell } from './problems';
import { ChatSocket, type Connection, type DurableEvent, type Hello, type Incoming, type SendMessage, type TurnFrame } from './socket';
import { applyEvent, applyFrame, emptyThread, fromHistory, isBehind, liveTurn, type Thread, withOlder } from './thread';

interface ChatState {
  connection: Connection;
  /** The first connect is no news; only a lost connection is shown. */
  everOpen: boolean;
  threads: Record<string, Thread>;
  outbox: Pending[];
  /** Where a message that opened a conversation has led: `with:CHARACTER` → conversation. */
  opened: Record<string, string>;
  errors: Record<string, unknown>;
}

/** A frame, once and in order, and the conversation it belongs to. */
export type FrameListener = (frame: TurnFrame, thread: Thread) => void;

/** The model does not see the picture of this message. */
export const IMAGE_DESCRIBED = 'image-described';

const THREADS_KEPT = 20;
const ASKED_KEPT = 50;
const STOPS_KEPT = 50;
/** Between two tries of a stop that the server had no time for, and how many there are on one line. */
const STOP_AGAIN_MS = 1_000;
const STOP_TRIES = 10;
const PAGE = 50;
/** How often a page that came too late is asked for again. */
const OLD_PAGES = 3;

export const useChat = create<ChatState>(() => ({ connection: 'connecting', everOpen: false, threads: {}, outbox: [], opened: {}, errors: {} }));

let socket: ChatSocket | null = null;
/** Since the connection was made. */
let helloRefusals = 0; // on this line
const loading = new Map<string, Promise<void>>();
const frameListeners = new Set<FrameListener>();
/** When this window sent what it asked for, by `client_id` and then by turn: only here is such a turn spoken. */
const asked = new Map<string, number>();
/** The turn that a message of this window began, by conversation, until its end is known. */
const answering = new Map<string, string>();
interface Stop {
  characters: number | undefined;
  /** The server has it. */
  arrived: boolean;
  tries: number;
}
/** What a person stopped, by turn: told again until the server says that it has it. */
const stops = new Map<string, Stop>();
/** Answers that were asked for without a message, until the server has it: a refusal of one has no other place to be said. */
const asks = new Map<string, SendMessage>();

function remember(key: string, at: number): void {
  asked.set(key, at);
  for (const oldest of asked.keys()) {
    if (asked.size <= ASKED_KEPT) return;
    asked.delete(oldest);
  }
}

/** When this window asked for that turn; undefined: another one did. */
export const askedAt = (turnId: string): number | undefined => asked.get(turnId);

/** This window stopped that turn: nothing of it is to sound any more, whatever is still on its way. */
export const wasStopped = (turnId: string): boolean => stops.has(turnId);

export function onTurnFrame(listener: FrameListener): () => void {
  frameListeners.add(listener);
  return () => {
    frameListeners.delete(listener);
  };
}

export function startChat(): () => void {
  const person = writer();
  // What a page has opened before the line is there stays; what was of another person went with their line.
  useChat.setState({ connection: 'connecting', everOpen: false, outbox: keptOutbox() });
  const ours = new ChatSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/chat`, {
    hello: wanted,
    mayConnect: async () => {
      const me = await queryClient.fetchQuery({ ...meQuery, staleTime: 0, retry: false });
      // Signing out here is told already; in another window, now.
      if (me === null && !signingOut()) sessionEnded();
      // Whoever signed in there meanwhile says nothing that was written here.
      return me !== null && me.id === person;
    },
    onState,
    onMessage,
  });
  socket = ours;
  ours.start();
  return () => {
    ours.stop();
    if (socket === ours) socket = null;
    loading.clear();
    asked.clear();
    stops.clear();
    asks.clear();
    forgetDraft();
    useChat.setState({ threads: {}, outbox: [], opened: {}, errors: {} });
  };
}

function wanted(): Hello {
  const threads = Object.values(useChat.getState().threads);
  return {
    conversations: threads.map(({ id, seq }) => ({ conversation_id: id, seq })),
    // The voice of an answer that has ended may still be on its way to the window that asked for it.
    turns: threads.flatMap((thread) => Object.values(thread.turns).filter((turn) => !turn.over || (!turn.told && asked.has(turn.id)))).map(({ id, frame }) => ({ turn_id: id, frame })),
  };
}

function onState(connection: Connection): void {
  const reopened = connection === 'open' && useChat.getState().everOpen;
  useChat.setState((state) => ({ connection, everOpen: state.everOpen || connection === 'open' }));
  if (connection === 'open') {
    helloRefusals = 0;
    if (reopened) void queryClient.invalidateQueries({ queryKey: keys.conversations });
    for (const [turnId, stop] of unheeded()) {
      stop.tries = 0;
      socket?.cancel(turnId, stop.characters);
    }
    for (const message of asks.values()) ask(message);
    flush();
  } else {
    // The line may have broken with a stop on it, and the next one may be long in coming.
    if (connection === 'waiting') for (const [turnId] of unheeded()) void stopByRequest(turnId).catch(tellRefusal);
    const draft = loseDraft();
    if (draft) stopTurn(draft).catch(tellRefusal);
    answering.clear(); // what ends meanwhile is told by the history
    // What was on its way may or may not have arrived; its client_id makes sending it again safe.
    setOutbox((outbox) => outbox.map((item) => (item.state === 'sending' ? { ...item, state: 'waiting' } : item)));
  }
}

function setOutbox(change: (outbox: Pending[]) => Pending[]): void {
  const before = useChat.getState().outbox;
  const outbox = change(before);
  useChat.setState({ outbox });
  keepOutbox(before, outbox);
}

function setThread(thread: Thread): void {
  useChat.setState((state) => {
    const others = Object.entries(state.threads).filter(([id]) => id !== thread.id);
    return { threads: Object.fromEntries([...others.slice(-(THREADS_KEPT - 1)), [thread.id, thread]]) };
  });
  const turn = answering.get(thread.id);
  if (turn && (thread.turns[turn]?.over || thread.messages.some((message) => message.turn_id === turn && message.role === 'assistant' && message.state !== 'running'))) {
    answering.delete(thread.id);
  }
  flush();
}

function onMessage(message: Incoming): void {
  switch (message.is) {
    case 'event':
      onEvent(message.event);
      return;
    case 'accepted': {
      const { client_id, conversation_id, turn_id } = message.accepted;
      const at = client_id === undefined ? undefined : asked.get(client_id);
      if (at !== undefined) remember(turn_id, at);
      if (client_id) asks.delete(client_id);
      if (client_id && arrived(client_id, conversation_id)) answering.set(conversation_id, turn_id);
      if (isOfDraft(client_id)) changeDraft({ turnId: turn_id });
      return;
    }
    case 'stopped':
      heeded(message.turnId);
      return;
    case 'frame':
      onFrame(message.frame);
      return;
    case 'resync':
      reloadAll();
      return;
    case 'refused': {
      const { id, event, status, type, detail, overflow } = message.refusal;
      const problem: Problem = { type, detail, ...(overflow ? { overflow } : {}) };
      if (event === 'cancel') {
        if (id) onStopRefused(id, new ApiError({ status, type, detail }));
        return;
      }
      if (isOfDraft(id)) changeDraft({ state: 'failed', problem });
      if (id && asks.has(id)) {
        asks.delete(id);
        useNotices.getState().show(tell(i18next.t, problem) || i18next.t('error.unknown'));
      }
      // No message of ours is refused: what we thought to resume is gone, or its frames are. The history knows.
      if (!id && (event === undefined || event === 'hello')) void reloadRefused();
      setOutbox((outbox) => outbox.map((item) => (item.clientId === id ? { ...item, state: 'refused', problem } : item)));
      flush();
      return;
    }
    case 'ready':
    case 'other':
  }
}

function onEvent(event: DurableEvent): void {
  const { threads } = useChat.getState();
  const old = threads[event.conversation_id] ?? (event.seq === 1 ? emptyThread(event.conversation_id) : undefined);
  const clientId = event.data.message?.client_id;
  if (clientId && arrived(clientId, event.conversation_id) && event.data.turn_id) answering.set(event.conversation_id, event.data.turn_id);
  if (event.kind.startsWith('conversation_') || event.kind === 'message_accepted' || !old) {
    void queryClient.invalidateQueries({ queryKey: keys.conversations });
  }
  if (!old) {
    if (event.data.turn_id && event.data.turn_id === answering.get(event.conversation_id) && event.kind !== 'message_accepted') {
      answering.delete(event.conversation_id);
      flush();
    }
    return;
  }
  const now = applyEvent(old, event);
  if (now === old) return;
  setThread(now);
  if (isBehind(now)) void loadHistory(now.id);
}

function reloadAll(): void {
  for (const id of Object.keys(useChat.getState().threads)) void loadHistory(id);
  void queryClient.invalidateQueries({ queryKey: keys.conversations });
}

/**
 * One thing in a hello that the server does not know refuses all of it: what is gone is dropped, the rest asked for again, once.
 * Without a hello that it takes, the server tells nothing live.
 */
async function reloadRefused(): Promise<void> {
  helloRefusals += 1;
  if (helloRefusals > 1) {
    if (helloRefusals === 2) socket?.resume({ conversations: [], turns: [] });
    return;
  }
  await Promise.all(Object.keys(useChat.getState().threads).map((id) => loadHistory(id, false)));
  socket?.resume(wanted());
}

function onFrame(frame: TurnFrame): void {
  if (onDraftFrame(frame)) return;
  const old = Object.values(useChat.getState().threads).find((thread) => thread.turns[frame.turnId]);
  if (!old) return;
  const now = applyFrame(old, frame);
  if (now === old) return;
  setThread(now);
  if (frame.name === 'notice' && frame.data.kind === IMAGE_DESCRIBED) {
    void import('./described').then(({ tellDescribed }) => {
      tellDescribed();
    });
  }
  if (now.turns[frame.turnId]?.frame === frame.number) for (const listen of frameListeners) listen(frame, now);
  if (now.turns[frame.turnId]?.lost && !old.turns[frame.turnId]?.lost) socket?.reconnect();
}

/** The server has it: it leaves the outbox, and a page that waited for the new conversation learns its id. */
function arrived(clientId: string, conversationId: string): boolean {
  const item = useChat.getState().outbox.find((other) => other.clientId === clientId);
  if (!item) return false;
  const { conversationId: known, key } = item;
  setOutbox((outbox) =>
    outbox
      .filter((other) => other !== item)
      .map((other) => (known || other.key !== key ? other : { ...other, key: conversationId, conversationId, characterId: undefined, greeting: undefined })),
  );
  if (!known) useChat.setState((state) => ({ opened: { ...state.opened, [key]: conversationId } }));
  return true;
}

export function forgetOpened(key: string): void {
  useChat.setState((state) => ({ opened: Object.fromEntries(Object.entries(state.opened).filter(([name]) => name !== key)) }));
}

/**
 * Undefined: the page is older than what the socket has told while it was on its way, which it must not take back. It is asked for
 * again while anything is missing; in the end it is taken as it is, and the socket tells the rest once more.
 */
async function newestPage(id: string): Promise<History | undefined> {
  for (let tries = 1; ; tries += 1) {
    const { data } = await api.GET('/api/v1/chat/history', { params: { query: { conversation_id: id, limit: PAGE } } });
    const thread = useChat.getState().threads[id];
    if (!data || !thread || data.seq >= thread.seq) return data;
    if (!isBehind(thread)) return undefined;
    if (tries === OLD_PAGES) return data;
  }
}

/** Loads, or reloads after a gap. One at a time for each conversation. */
export function loadHistory(id: string, resume = true): Promise<void> {
  const running = loading.get(id);
  if (running) return running;
  const work = (async () => {
    try {
      const data = await newestPage(id);
      if (!data) return;
      const now = fromHistory(data, useChat.getState().threads[id]);
      if (data.running?.turn_id !== answering.get(id)) answering.delete(id);
      setThread(now);
      useChat.setState((state) => ({ errors: { ...state.errors, [id]: undefined } }));
      if (!resume || helloRefusals > 0) return;
      socket?.resume({
        conversations: [{ conversation_id: id, seq: now.seq }],
        turns: Object.values(now.turns)
          .filter((turn) => !turn.over)
          .map((turn) => ({ turn_id: turn.id, frame: turn.frame })),
      });
    } catch (error) {
      useChat.setState((state) => ({
        errors: { ...state.errors, [id]: error },
        threads: error instanceof ApiError && error.status === 404 ? Object.fromEntries(Object.entries(state.threads).filter(([name]) => name !== id)) : state.threads,
      }));
    }
  })().finally(() => loading.delete(id));
  loading.set(id, work);
  return work;
}

export async function loadOlder(id: string, limit = PAGE): Promise<void> {
  const thread = useChat.getState().threads[id];
  if (!thread?.older) return;
  const before = thread.older;
  const { data } = await api.GET('/api/v1/chat/history', { params: { query: { conversation_id: id, before, limit } } });
  const now = useChat.getState().threads[id];
  if (data && now?.older === before) setThread(withOlder(now, data));
}

const DEEP_PAGE = 200;

/** Loads the pages above until that message is here. False: it does not stand on the branch that is shown. */
export async function loadUntil(id: string, messageId: string, wanted: () => boolean): Promise<boolean> {
  for (;;) {
    const thread = useChat.getState().threads[id];
    if (!thread || !wanted()) return false;
    if (thread.messages.some((message) => message.id === messageId)) return true;
    if (!thread.older) return false;
    await loadOlder(id, DEEP_PAGE);
  }
}

function ask(message: SendMessage): boolean {
  const at = performance.now();
  if (!socket?.message(useVoicePreferences.getState().on ? message : { ...message, voice: false })) return false;
  remember(message.client_id, at);
  return true;
}

/** One message at a time for each conversation, and none while it answers: the next one waits, and goes by itself. */
function mustWait(item: Pending): boolean {
  const { outbox, threads } = useChat.getState();
  const id = item.conversationId;
  return outbox.some((other) => other.key === item.key && other.state === 'sending') || (id !== undefined && (answering.has(id) || liveTurn(threads[id]) !== undefined));
}

function flush(): void {
  for (const item of useChat.getState().outbox) {
    if (item.state !== 'waiting' || mustWait(item)) continue;
    const { clientId, conversationId, characterId, greeting, text, attachments } = item;
    const sent = ask({ client_id: clientId, conversation_id: conversationId, character_id: characterId, greeting, message: text, ...(attachments ? { attachments: attachments.map(({ id }) => id) } : {}) });
    if (!sent) return;
    setOutbox((outbox) => outbox.map((other) => (other.clientId === item.clientId ? { ...other, state: 'sending' } : other)));
  }
}

export function say(where: { conversationId?: string | undefined; characterId?: string | undefined; greeting?: number }, text: string, attachments: Attachment[] = []): void {
  const item: Pending = {
    clientId: newClientId(),
    key: where.conversationId ?? `with:${where.characterId ?? ''}`,
    conversationId: where.conversationId,
    ...(where.conversationId ? {} : { characterId: where.characterId, greeting: where.greeting }),
    text,
    ...(attachments.length > 0 ? { attachments } : {}),
    at: Date.now(),
    state: 'waiting',
  };
  setOutbox((outbox) => [...outbox, item]);
  flush();
}

export function sayAgain(clientId: string): void {
  setOutbox((outbox) =>
    outbox.map((item) => (item.clientId === clientId ? { ...item, state: 'waiting', problem: undefined } : item)),
  );
  flush();
}

export function discard(clientId: string): void {
  setOutbox((outbox) => outbox.filter((item) => item.clientId !== clientId));
}

/**
 * Asks for another answer beside this one, for one that was cut short to go on in its place, or (`longer`) for one that holds its words
 * and goes on. False: there is no connection.
 */
export function askAnswer(conversationId: string, how: 'continue' | 'retry' | 'longer', messageId: string): boolean {
  const what = how === 'longer' ? { action: 'continue' as const, message_id: messageId } : { [`${how}_message_id`]: messageId };
  const message: SendMessage = { client_id: newClientId(), conversation_id: conversationId, ...what };
  if (!ask(message)) return false;
  asks.set(message.client_id, message);
  return true;
}

/** The companion's model writes the person's next line. False: there is no connection. */
export function impersonate(conversationId: string): boolean {
  const clientId = newClientId();
  if (!socket?.message({ client_id: clientId, conversation_id: conversationId, action: 'impersonate', voice: false })) return false;
  beginDraft(clientId, conversationId);
  return true;
}

/** How far an answer was heard. Lost with the connection: the next report says more. */
export function tellHeard(turnId: string, characters: number): void {
  socket?.heard(turnId, characters);
}

/**
 * Works without the socket too: stopping must not depend on it. One that meets no server, or breaks with its line, is told again with
 * the next line, until the server says that it has it.
 */
export async function stopTurn(turnId: string, characters?: number): Promise<void> {
  stops.delete(turnId);
  stops.set(turnId, { characters, arrived: false, tries: 0 });
  for (const oldest of stops.keys()) {
    if (stops.size <= STOPS_KEPT) break;
    stops.delete(oldest);
  }
  if (!socket?.cancel(turnId, characters)) await stopByRequest(turnId);
}

const unheeded = () => [...stops].filter(([, stop]) => !stop.arrived);

function heeded(turnId: string): void {
  const stop = stops.get(turnId);
  if (stop) stop.arrived = true;
}

async function stopByRequest(turnId: string): Promise<void> {
  const characters = stops.get(turnId)?.characters;
  try {
    await api.POST('/api/v1/chat/cancel', { body: { turn_id: turnId, ...(characters === undefined ? {} : { characters }) } });
    heeded(turnId);
  } catch (error) {
    if (error instanceof ApiError && error.mayCome) return;
    heeded(turnId);
    // An answer that is gone needs no stopping.
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
}

const tellRefusal = (error: unknown): void => {
  useNotices.getState().show((error instanceof ApiError && error.detail) || i18next.t('error.unknown'));
};

function onStopRefused(turnId: string, error: ApiError): void {
  const stop = stops.get(turnId);
  if (!stop || stop.arrived) return;
  if (!error.mayCome) {
    heeded(turnId);
    if (error.status !== 404) tellRefusal(error);
    return;
  }
  stop.tries += 1;
  if (stop.tries > STOP_TRIES) return;
  setTimeout(() => {
    if (stops.get(turnId) === stop && !stop.arrived) socket?.cancel(turnId, stop.characters);
  }, STOP_AGAIN_MS);
}

/** randomUUID is missing outside secure contexts, as on plain http in a home network. */
function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
