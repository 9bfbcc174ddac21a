/**
 * The page's socket: its wire format, its life (connect, heartbeat, reconnect with growing pauses) and nothing about what the
 * messages mean. Frames are JSON text `{event, data, id?}` both ways; a turn frame's `id` is `TURN/NUMBER`, an error that answers
 * one of ours carries our `id`. Sound comes as binary frames, numbered among the others of its turn.
 */
import type { HistoryItem } from '../../api/types';
import { type AudioFrame, decodeAudio } from '../../audio/wire';
import type { Overflow, Problem } from './problems';

export interface EventData {
  message?: HistoryItem | null;
  hidden?: boolean | null;
  pinned?: boolean | null;
  /** An edit that left what follows where it is. */
  following?: boolean | null;
  message_id?: string | null;
  turn_id?: string | null;
  answer_id?: string | null;
  parent?: string | null;
  character_id?: string | null;
  title?: string | null;
}

export interface DurableEvent {
  conversation_id: string;
  seq: number;
  kind: string;
  at: number;
  data: EventData;
}

type Usage = NonNullable<HistoryItem['usage']>;
type Trace = NonNullable<HistoryItem['trace']>;
interface Frame<Name extends string, Data> {
  turnId: string;
  number: number;
  name: Name;
  data: Data;
}

export type TurnFrame =
  | Frame<'turn_started', { turn_id: string; conversation_id: string; message_id: string; text: string }>
  | Frame<'status', { state: string; place: number }>
  | Frame<'token', { text: string }>
  | Frame<'clause', { index: number; text: string; start: number; end: number }>
  | Frame<'visemes', { clause: number; track: unknown; words?: unknown }>
  /** From the code point `at` of the shown text on. */
  | Frame<'emotion', { emotion?: string; name?: string; intensity?: number; at?: number }>
  /** There is no voice, and why. */
  | Frame<'notice', { kind: string; message: string }>
  | Frame<'audio', AudioFrame>
  | Frame<'held' | 'resumed', Record<string, unknown>>
  /** Of a newer server: it counts, and says nothing to us. */
  | Frame<'unknown', Record<string, unknown>>
  | Frame<'turn_done', { message_id: string; text: string; state: 'done' | 'cut'; usage?: Usage | null; trace: Trace }>
  | Frame<'error', Problem & { text?: string; message_id?: string | null }>;

export interface Accepted {
  conversation_id: string;
  message_id: string;
  turn_id: string;
  client_id: string | undefined;
}

export interface Refusal {
  /** The mark of our message that is refused; absent when it is about the socket itself. */
  id: string | undefined;
  event: string | undefined;
  status: number;
  type: string;
  detail: string;
  overflow?: Overflow;
  field: string | undefined;
}

export type Incoming =
  | { is: 'ready' }
  | { is: 'accepted'; accepted: Accepted }
  | { is: 'stopped'; turnId: string }
  | { is: 'frame'; frame: TurnFrame }
  | { is: 'event'; event: DurableEvent }
  | { is: 'resync' }
  | { is: 'refused'; refusal: Refusal }
  | { is: 'other' };

export interface SendMessage {
  client_id: string;
  character_id?: string | undefined;
  conversation_id?: string | undefined;
  /** Of a new conversation: which of the companion's first words it begins with. */
  greeting?: number | undefined;
  message?: string;
  /** Of files that were uploaded before. */
  attachments?: string[];
  /** An answer that was interrupted or cut goes on. */
  continue_message_id?: string;
  /** Another answer beside this one. */
  retry_message_id?: string;
  /** `continue`: a whole answer goes on; `impersonate`: a draft of what the person might say. */
  action?: 'regenerate' | 'continue' | 'impersonate';
  message_id?: string;
  /** False: only text. */
  voice?: false;
}

export interface Hello {
  conversations: { conversation_id: string; seq: number }[];
  turns: { turn_id: string; frame: number }[];
}

const frameNames = new Set(['turn_started', 'status', 'token', 'clause', 'visemes', 'emotion', 'notice', 'held', 'resumed', 'turn_done', 'error']);
const notFrames = new Set(['accepted', 'event', 'ready', 'stopped']);

function object(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

const string = (value: unknown): string => (typeof value === 'string' ? value : '');

function overflowIn(value: unknown): { overflow?: Overflow } {
  const { part, tokens, remedy } = object(value) ?? {};
  return typeof part === 'string' && typeof tokens === 'number' && typeof remedy === 'string' ? { overflow: { part, tokens, remedy } } : {};
}

export function frameId(id: unknown): { turnId: string; number: number } | null {
  const match = /^([^/\s]+)\/(\d{1,15})$/.exec(string(id));
  return match?.[1] && match[2] ? { turnId: match[1], number: Number(match[2]) } : null;
}

/** Never throws: what cannot be read is `other` and is passed over, as a newer server may say more than we know. */
export function decode(text: string): Incoming {
  let message: Record<string, unknown> | null;
  try {
    message = object(JSON.parse(text));
  } catch {
    return { is: 'other' };
  }
  const name = string(message?.event);
  const data = object(message?.data) ?? {};
  const position = frameId(message?.id);
  if (position && frameNames.has(name)) {
    if ((name === 'token' || name === 'turn_started' || name === 'turn_done' || name === 'clause') && typeof data.text !== 'string') return { is: 'other' };
    const read = name === 'error' ? { ...data, type: string(data.type), detail: string(data.detail), overflow: overflowIn(data.overflow).overflow } : data;
    return { is: 'frame', frame: { ...position, name, data: read } as TurnFrame };
  }
  if (position && !notFrames.has(name)) return { is: 'frame', frame: { ...position, name: 'unknown', data } };
  switch (name) {
    case 'ready':
      return { is: 'ready' };
    case 'notice':
      return { is: data.kind === 'resync' ? 'resync' : 'other' };
    case 'accepted': {
      const [conversation_id, message_id, turn_id] = [string(data.conversation_id), string(data.message_id), string(data.turn_id)];
      return { is: 'accepted', accepted: { conversation_id, message_id, turn_id, client_id: string(data.client_id) || undefined } };
    }
    case 'stopped':
      return { is: 'stopped', turnId: string(data.turn_id) };
    case 'event': {
      const { conversation_id, seq, kind, at } = data;
      if (typeof conversation_id !== 'string' || typeof seq !== 'number' || typeof kind !== 'string') return { is: 'other' };
      return { is: 'event', event: { conversation_id, seq, kind, at: typeof at === 'number' ? at : Date.now(), data: object(data.data) ?? {} } };
    }
    case 'error':
      return {
        is: 'refused',
        refusal: {
          id: string(data.id) || string(message?.id) || undefined,
          event: string(data.event) || undefined,
          status: typeof data.status === 'number' ? data.status : 0,
          type: string(data.type),
          detail: string(data.detail),
          ...overflowIn(data.overflow),
          field: string(data.field) || undefined,
        },
      };
    default:
      return { is: 'other' };
  }
}

export type Connection = 'connecting' | 'open' | 'waiting';

export interface SocketHandlers {
  /** What to resume; asked at each connect. */
  hello: () => Hello;
  /** True: the session lives, connect. False: it is over, stay away. Throws: ask again later. */
  mayConnect: () => Promise<boolean>;
  onState: (state: Connection) => void;
  onMessage: (message: Incoming) => void;
}

export const FIRST_PAUSE_MS = 500;
export const LONGEST_PAUSE_MS = 15_000;
export const PING_EVERY_MS = 25_000;
export const SILENCE_MS = 60_000;
const READY_WITHIN_MS = 15_000;

/** Doubling pauses, spread, so that a restarted server is not met by everyone at once. */
export function pauseMs(failures: number, random: () => number = Math.random): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return most * (0.5 + random() / 2);
}

export class ChatSocket {
  private readonly url: string;
  private readonly handlers: SocketHandlers;
  private socket: WebSocket | null = null;
  private ready = false;
  private stopped = false;
  private failures = 0;
  /** When anything last came. */
  private last = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.handlers = handlers;
  }

  start(): void {
    window.addEventListener('online', this.wake);
    document.addEventListener('visibilitychange', this.wake);
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    window.removeEventListener('online', this.wake);
    document.removeEventListener('visibilitychange', this.wake);
    clearTimeout(this.timer);
    this.close();
  }

  get open(): boolean {
    return this.ready;
  }

  message(message: SendMessage): boolean {
    return this.send('message', message, message.client_id);
  }

  /** `characters`: code points of the shown text that the person has heard, or seen. */
  cancel(turnId: string, characters?: number): boolean {
    return this.send('cancel', { turn_id: turnId, ...(characters === undefined ? {} : { characters }) }, turnId);
  }

  heard(turnId: string, characters: number): boolean {
    return this.send('heard', { turn_id: turnId, characters });
  }

  /** Asks for what was missed, without a new connection. */
  resume(hello: Hello): boolean {
    return this.send('hello', hello);
  }

  /** A frame is missing although the connection lives: a new one replays from the last that is here. */
  reconnect(): void {
    if (!this.socket) return;
    this.close();
    void this.connect();
  }

  private send(event: string, data: object, id?: string): boolean {
    if (!this.ready || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ event, data, ...(id ? { id } : {}) }));
    return true;
  }

  private readonly wake = (): void => {
    if (document.visibilityState === 'hidden' || this.stopped) return;
    if (this.socket) {
      // A phone that slept may hold a dead connection that looks alive.
      if (this.ready && Date.now() - this.last > PING_EVERY_MS + 5_000) this.dropped(this.socket);
      return;
    }
    // Soon again, but not unasked: whose session it is may have changed while the page slept.
    this.failures = Math.min(this.failures, 1);
    clearTimeout(this.timer);
    void this.connect();
  };

  private async connect(): Promise<void> {
    if (this.stopped || this.socket) return;
    this.handlers.onState('connecting');
    try {
      // Only after a failure: the browser does not tell why a socket was refused, a request does.
      if (this.failures > 0 && !(await this.handlers.mayConnect())) {
        this.stop();
        return;
      }
    } catch {
      this.later();
      return;
    }
    // Another attempt or a stop may have come while we asked.
    if (this.isStopped() || this.socket) return;
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.timer = setTimeout(() => {
      this.dropped(socket);
    }, READY_WITHIN_MS);
    socket.onopen = () => {
      socket.send(JSON.stringify({ event: 'hello', data: this.handlers.hello() }));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.socket !== socket) return;
      this.last = Date.now();
      if (event.data instanceof ArrayBuffer) {
        const data = decodeAudio(event.data);
        if (data) this.handlers.onMessage({ is: 'frame', frame: { turnId: data.turnId, number: data.number, name: 'audio', data } });
        return;
      }
      if (typeof event.data !== 'string') return;
      const message = decode(event.data);
      if (message.is === 'ready' && !this.ready) this.becameReady(socket);
      this.handlers.onMessage(message);
    };
    socket.onclose = () => {
      this.dropped(socket);
    };
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private becameReady(socket: WebSocket): void {
    clearTimeout(this.timer);
    this.ready = true;
    this.failures = 0;
    this.pulse = setInterval(() => {
      if (Date.now() - this.last > SILENCE_MS) this.dropped(socket);
      else this.send('ping', {});
    }, PING_EVERY_MS);
    this.handlers.onState('open');
  }

  private dropped(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.close();
    if (!this.stopped) this.later();
  }

  private close(): void {
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    clearTimeout(this.timer);
    clearInterval(this.pulse);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  private later(): void {
    this.handlers.onState('waiting');
    this.timer = setTimeout(() => void this.connect(), pauseMs(this.failures));
    this.failures += 1;
  }
}
