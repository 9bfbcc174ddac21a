import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { sessionStarted } from '../../api/client';
import { queryClient } from '../../app/query';
import { ada, bob, isInside } from '../../test/people';
import { server } from '../../test/server';
import { FakeSocket } from '../../test/sockets';
import { patiently } from '../../test/wait';
import { useNotices } from '../../ui/notices';
import { askAnswer, discard, impersonate, loadHistory, say, sayAgain, startChat, stopTurn, useChat, wasStopped } from './client';
import { keepOutbox, keptOutbox, type Pending } from './drafts';
import { useImpersonation } from './impersonation';

const history = {
  conversation_id: 'c', character_id: 'juniper', title: 'Juniper', seq: 2,
  items: [{ id: 'g', parent: null, role: 'assistant', text: 'Hello', state: 'done', created: 1, seq: 2 }],
  next: null, running: null,
};
let stop: () => void;
const outbox = () => useChat.getState().outbox.map(({ text, state }) => `${state}:${text}`);
const texts = (id = 'c') => useChat.getState().threads[id]?.messages.map(({ text, state }) => `${state}:${text}`);

beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  sessionStarted(900);
  server.use(
    http.get('*/api/v1/chat/history', () => HttpResponse.json(history)),
    http.get('*/api/v1/users/me', () => HttpResponse.json(ada)),
  );
  isInside();
  stop = startChat();
});
afterEach(() => {
  stop();
  queryClient.clear();
  vi.unstubAllGlobals();
});

/** The line breaks, and comes back. */
const again = async () => {
  const before = FakeSocket.all.length;
  if (FakeSocket.last.readyState === FakeSocket.OPEN) FakeSocket.last.drop();
  window.dispatchEvent(new Event('online'));
  await patiently(() => {
    expect(FakeSocket.all).toHaveLength(before + 1);
  });
  return FakeSocket.last.open();
};

describe('sending', () => {
  it('waits for the connection, survives a reload, and goes out in order', () => {
    say({ conversationId: 'c' }, 'one');
    say({ conversationId: 'c' }, 'two');
    expect(outbox()).toEqual(['waiting:one', 'waiting:two']);
    expect(keptOutbox().map(({ text }) => text)).toEqual(['one', 'two']);
    stop();
    stop = startChat();
    expect(outbox()).toEqual(['waiting:one', 'waiting:two']);
    FakeSocket.last.open();
    expect(FakeSocket.last.named('message').map(({ data }) => data.message)).toEqual(['one']);
    expect(outbox()).toEqual(['sending:one', 'waiting:two']);
  });

  it('goes on by itself with the next message when the answer has ended', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    say({ conversationId: 'c' }, 'one');
    say({ conversationId: 'c' }, 'two');
    const name = FakeSocket.last.named('message')[0]?.id;
    const tell = (seq: number, kind: string, data: object) => {
      FakeSocket.last.say('event', { conversation_id: 'c', seq, kind, at: 1, data });
    };
    FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'm', seq: 3, turn_id: 't', client_id: name });
    tell(3, 'message_accepted', { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: 'g', role: 'user', text: 'one', state: 'done', created: 1, seq: 3, client_id: name } });
    expect(outbox()).toEqual(['waiting:two']);
    tell(4, 'answer_interrupted', { turn_id: 't', message: { id: 'a', parent: 'm', role: 'assistant', text: 'Ye', state: 'interrupted', created: 2, seq: 4 } });
    expect(FakeSocket.last.named('message').map(({ data }) => data.message)).toEqual(['one', 'two']);
    expect(outbox()).toEqual(['sending:two']);
  });

  it('written while the server was gone, waits for the answer that it died in', async () => {
    FakeSocket.last.open();
    const running = { turn_id: 't', message_id: 'a', parent: 'g', text: 'Half' };
    server.use(http.get('*/api/v1/chat/history', () => HttpResponse.json({ ...history, running })));
    await loadHistory('c');
    FakeSocket.last.drop();
    say({ conversationId: 'c' }, 'later');
    server.use(http.get('*/api/v1/chat/history', () => HttpResponse.json({ ...history, seq: 3, items: [...history.items, { id: 'a', parent: 'g', role: 'assistant', text: 'Half', state: 'interrupted', created: 2, seq: 3 }] })));
    window.dispatchEvent(new Event('online'));
    await patiently(() => {
      expect(FakeSocket.all).toHaveLength(2);
    });
    FakeSocket.last.open();
    expect(outbox()).toEqual(['waiting:later']);
    await loadHistory('c');
    expect(outbox()).toEqual(['sending:later']);
    expect(FakeSocket.last.named('message').map(({ data }) => data.message)).toEqual(['later']);
  });

  it('ends when the server has it, by accepted or by the event, whichever comes first', () => {
    FakeSocket.last.open();
    say({ conversationId: 'c' }, 'one');
    say({ conversationId: 'd' }, 'two');
    const [first, second] = useChat.getState().outbox.map(({ clientId }) => clientId);
    FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'm1', seq: 3, turn_id: 't1', client_id: first });
    expect(outbox()).toEqual(['sending:two']);
    FakeSocket.last.say('event', { conversation_id: 'd', seq: 5, kind: 'message_accepted', at: 1, data: { message: { id: 'm2', parent: null, role: 'user', text: 'two', state: 'done', created: 1, seq: 5, client_id: second } } });
    expect(outbox()).toEqual([]);
    expect(keptOutbox()).toEqual([]);
  });

  it('repeats after a lost connection under the same name', async () => {
    FakeSocket.last.open();
    say({ conversationId: 'c' }, 'one');
    const name = FakeSocket.last.named('message')[0]?.id;
    FakeSocket.last.drop();
    expect(outbox()).toEqual(['waiting:one']);
    window.dispatchEvent(new Event('online'));
    await patiently(() => {
      expect(FakeSocket.all).toHaveLength(2);
    });
    FakeSocket.last.open();
    expect(FakeSocket.last.named('message')[0]?.id).toBe(name);
  });

  it('leaves what another window could not send where it is kept', () => {
    FakeSocket.last.open();
    const theirs: Pending = { clientId: 'theirs', key: 'd', conversationId: 'd', text: 'from the other window', at: 1, state: 'waiting' };
    keepOutbox([], [theirs]);
    FakeSocket.last.drop();
    expect(keptOutbox().map(({ text }) => text)).toEqual(['from the other window']);
    say({ conversationId: 'c' }, 'from here');
    expect(keptOutbox().map(({ text }) => text)).toEqual(['from the other window', 'from here']);
    discard(useChat.getState().outbox[0]?.clientId ?? '');
    expect(keptOutbox().map(({ text }) => text)).toEqual(['from the other window']);
  });

  it('puts nothing back that another window has forgotten, signing out, while it was on its way', () => {
    FakeSocket.last.open();
    say({ conversationId: 'c' }, 'one');
    localStorage.clear();
    FakeSocket.last.drop();
    expect([outbox(), keptOutbox()]).toEqual([['waiting:one'], []]);
  });

  it('is in the name of whoever wrote it, and of nobody else', async () => {
    say({ characterId: 'juniper' }, 'of Ada');
    stop();
    isInside(bob);
    stop = startChat();
    FakeSocket.last.open();
    expect(FakeSocket.last.named('message')).toEqual([]);
    expect([outbox(), keptOutbox()]).toEqual([[], []]);
    // Ada was only away.
    stop();
    isInside(ada);
    stop = startChat();
    expect(outbox()).toEqual(['waiting:of Ada']);
    // In another window somebody else signed in: this one's words stay away from their line.
    FakeSocket.last.open();
    const lines = FakeSocket.all.length;
    server.use(http.get('*/api/v1/users/me', () => HttpResponse.json(bob)));
    FakeSocket.last.drop();
    window.dispatchEvent(new Event('online'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(FakeSocket.all).toHaveLength(lines);
  });

  it('begins a conversation under the greeting that was chosen, however late', () => {
    say({ characterId: 'juniper', greeting: 2 }, 'Hi');
    stop();
    stop = startChat();
    FakeSocket.last.open();
    expect(FakeSocket.last.named('message')[0]?.data).toMatchObject({ character_id: 'juniper', greeting: 2, message: 'Hi' });
    say({ conversationId: 'c', characterId: 'juniper', greeting: 2 }, 'Elsewhere');
    expect(FakeSocket.last.named('message')[1]?.data.greeting).toBeUndefined();
  });

  it('a reload does not send again what was refused', () => {
    FakeSocket.last.open();
    say({ conversationId: 'c' }, 'one');
    FakeSocket.last.say('error', { type: 'too-long', detail: 'Too long.', status: 422, event: 'message', id: FakeSocket.last.named('message')[0]?.id });
    stop();
    stop = startChat();
    FakeSocket.last.open();
    expect(FakeSocket.last.named('message')).toEqual([]);
    expect(useChat.getState().outbox[0]).toMatchObject({ state: 'refused', problem: { detail: 'Too long.' } });
  });

  it('keeps what was refused, says why, and sends it again on request', () => {
    FakeSocket.last.open();
    say({ conversationId: 'c' }, 'one');
    const name = FakeSocket.last.named('message')[0]?.id;
    FakeSocket.last.say('error', { type: 'turn-running', detail: 'Wait for the answer.', status: 409, event: 'message', id: name });
    expect(useChat.getState().outbox[0]).toMatchObject({ state: 'refused', text: 'one', problem: { detail: 'Wait for the answer.' } });
    sayAgain(name ?? '');
    expect(FakeSocket.last.named('message')).toHaveLength(2);
    expect(FakeSocket.last.named('message')[1]?.id).toBe(name);
    discard(name ?? '');
    expect(outbox()).toEqual([]);
  });

  it('holds the second message back until the first has opened the conversation and is answered', () => {
    FakeSocket.last.open();
    say({ characterId: 'juniper' }, 'one');
    say({ characterId: 'juniper' }, 'two');
    expect(FakeSocket.last.named('message')).toHaveLength(1);
    const name = FakeSocket.last.named('message')[0]?.id;
    FakeSocket.last.say('accepted', { conversation_id: 'new', message_id: 'm', seq: 3, turn_id: 't', client_id: name });
    expect(useChat.getState().opened).toEqual({ 'with:juniper': 'new' });
    const tell = (seq: number, kind: string, data: object) => {
      FakeSocket.last.say('event', { conversation_id: 'new', seq, kind, at: 1, data });
    };
    tell(1, 'conversation_created', { character_id: 'juniper', title: 'Juniper' });
    tell(2, 'message_accepted', { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: null, role: 'user', text: 'one', state: 'done', created: 1, seq: 2 } });
    expect(FakeSocket.last.named('message')).toHaveLength(1);
    tell(3, 'answer_done', { turn_id: 't', message: { id: 'a', parent: 'm', role: 'assistant', text: 'Yes', state: 'done', created: 2, seq: 3 } });
    expect(FakeSocket.last.named('message')[1]?.data).toMatchObject({ conversation_id: 'new', message: 'two' });
  });
});

describe('a stop', () => {
  const requests: unknown[] = [];
  const answerStops = (...statuses: number[]) => {
    requests.length = 0;
    server.use(
      http.post('*/api/v1/chat/cancel', async ({ request }) => {
        requests.push(await request.json());
        const status = statuses.length > 1 ? statuses.shift() : statuses[0];
        if (status === 0) return HttpResponse.error();
        return status === 204 ? new HttpResponse(null, { status }) : HttpResponse.json({ type: 'refused', detail: 'No.', status }, { status });
      }),
    );
  };
  const cancels = () => FakeSocket.last.named('cancel').map(({ data }) => data);
  const reconnect = async () => {
    const before = FakeSocket.all.length;
    window.dispatchEvent(new Event('online'));
    await patiently(() => {
      expect(FakeSocket.all).toHaveLength(before + 1);
    });
    return FakeSocket.last.open();
  };
  const noticed = () => useNotices.getState().list.length;

  it('goes over the socket, or without it by a request', async () => {
    answerStops(204);
    FakeSocket.last.open();
    await stopTurn('t', 5);
    expect(cancels()).toEqual([{ turn_id: 't', characters: 5 }]);
    FakeSocket.last.say('stopped', { turn_id: 't' });
    FakeSocket.last.drop();
    await stopTurn('u');
    expect(requests).toEqual([{ turn_id: 'u' }]);
    await reconnect();
    expect(cancels()).toEqual([]);
  });

  it('that was sent into a line that just broke goes by a request at once', async () => {
    answerStops(204);
    FakeSocket.last.open();
    await stopTurn('t', 5);
    FakeSocket.last.drop();
    await patiently(() => {
      expect(requests).toEqual([{ turn_id: 't', characters: 5 }]);
    });
    await Promise.resolve();
    await reconnect();
    expect(cancels()).toEqual([]);
  });

  it('while there is no server at all is told again with the next line, until it has arrived', async () => {
    answerStops(0);
    FakeSocket.last.open();
    FakeSocket.last.drop();
    await stopTurn('t', 7);
    expect(requests).toHaveLength(1);
    await reconnect();
    expect(cancels()).toEqual([{ turn_id: 't', characters: 7 }]);
    FakeSocket.last.drop();
    await reconnect();
    expect(cancels()).toEqual([{ turn_id: 't', characters: 7 }]);
    FakeSocket.last.say('stopped', { turn_id: 't' });
    FakeSocket.last.drop();
    await reconnect();
    expect(cancels()).toEqual([]);
    expect(noticed()).toBe(0);
  });

  it('goes before a message that waits for the same line', async () => {
    answerStops(503);
    await stopTurn('t', 1);
    say({ conversationId: 'c' }, 'next');
    FakeSocket.last.open();
    expect(FakeSocket.last.sent.map(({ event }) => event).filter((event) => event !== 'hello')).toEqual(['cancel', 'message']);
  });

  it('that the server had no time for is told again on the same line', async () => {
    vi.useFakeTimers();
    FakeSocket.last.open();
    await stopTurn('t', 5);
    FakeSocket.last.say('error', { type: 'deadline', detail: 'Late.', status: 504, event: 'cancel', id: 't' });
    await vi.advanceTimersByTimeAsync(1_500);
    expect(cancels()).toHaveLength(2);
    FakeSocket.last.say('stopped', { turn_id: 't' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(cancels()).toHaveLength(2);
    vi.useRealTimers();
  });

  it('of an answer that is gone is done; another refusal is said, and not tried again', async () => {
    answerStops(404);
    await stopTurn('t');
    expect(wasStopped('t')).toBe(true);
    answerStops(403);
    await expect(stopTurn('u')).rejects.toThrow('No.');
    FakeSocket.last.open();
    expect(cancels()).toEqual([]);
    await stopTurn('v');
    FakeSocket.last.say('error', { type: 'not-allowed', detail: 'Not yours.', status: 403, event: 'cancel', id: 'v' });
    expect(useNotices.getState().list.at(-1)?.text).toBe('Not yours.');
    FakeSocket.last.drop();
    await reconnect();
    expect(cancels()).toEqual([]);
  });
});

describe('threads', () => {
  it('load, then ask the socket for what came since', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    expect(texts()).toEqual(['done:Hello']);
    expect(FakeSocket.last.named('hello').at(-1)?.data).toEqual({ conversations: [{ conversation_id: 'c', seq: 2 }], turns: [] });
  });

  it('a conversation begun here or elsewhere is told by its events alone', () => {
    FakeSocket.last.open();
    const tell = (seq: number, kind: string, data: object) => {
      FakeSocket.last.say('event', { conversation_id: 'n', seq, kind, at: 1, data });
    };
    tell(1, 'conversation_created', { character_id: 'theo', title: 'Theo' });
    tell(2, 'message_accepted', { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: null, role: 'user', text: 'Hi', state: 'done', created: 1, seq: 2 } });
    FakeSocket.last.say('turn_started', { turn_id: 't', conversation_id: 'n', message_id: 'a', text: '' }, 't/2');
    FakeSocket.last.say('token', { text: 'He' }, 't/3');
    FakeSocket.last.say('token', { text: 'He' }, 't/3');
    FakeSocket.last.say('token', { text: 'y' }, 't/4');
    expect(texts('n')).toEqual(['done:Hi', 'running:Hey']);
  });

  it('a missing event is fetched from the history', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    server.use(http.get('*/api/v1/chat/history', () => HttpResponse.json({ ...history, seq: 4, items: [...history.items, { id: 'm', parent: 'g', role: 'user', text: 'Missed', state: 'done', created: 2, seq: 3 }, { id: 'a', parent: 'm', role: 'assistant', text: 'Yes', state: 'done', created: 3, seq: 4 }] })));
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 4, kind: 'answer_done', at: 1, data: { turn_id: 't', message: { id: 'a', parent: 'm', role: 'assistant', text: 'Yes', state: 'done', created: 3, seq: 4 } } });
    await patiently(() => {
      expect(texts()).toEqual(['done:Hello', 'done:Missed', 'done:Yes']);
    });
  });

  it('a page that is older than what was told meanwhile takes nothing back', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      server.use(
        http.get('*/api/v1/chat/history', async () => {
          resolve();
          await new Promise<void>((done) => {
            answer = done;
          });
          return HttpResponse.json(history);
        }, { once: true }),
      );
    });
    const late = loadHistory('c');
    await asked;
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 3, kind: 'message_accepted', at: 1, data: { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: 'g', role: 'user', text: 'Hi', state: 'done', created: 1, seq: 3 } } });
    FakeSocket.last.say('token', { text: 'Ye' }, 't/2');
    answer?.();
    await late;
    expect(texts()).toEqual(['done:Hello', 'done:Hi', 'running:Ye']);
    FakeSocket.last.say('token', { text: 's' }, 't/3');
    expect(texts()).toEqual(['done:Hello', 'done:Hi', 'running:Yes']);
  });

  it('a page that came too late is asked for again where something is missing', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    const now = { ...history, seq: 3, items: [{ id: 'h', parent: null, role: 'assistant', text: 'Welcome', state: 'done', created: 1, seq: 2 }] };
    const pages = [history, now];
    server.use(http.get('*/api/v1/chat/history', () => HttpResponse.json(pages.shift() ?? now)));
    // Another version is shown: which one only the history knows.
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 3, kind: 'path_selected', at: 1, data: {} });
    await patiently(() => {
      expect(texts()).toEqual(['done:Welcome']);
    });
    expect(pages).toEqual([]);
  });

  it('a missing frame is replayed over a new connection', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 3, kind: 'message_accepted', at: 1, data: { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: 'g', role: 'user', text: 'Hi', state: 'done', created: 1, seq: 3 } } });
    FakeSocket.last.say('turn_started', { turn_id: 't', conversation_id: 'c', message_id: 'a', text: '' }, 't/2');
    FakeSocket.last.say('token', { text: 'c' }, 't/5');
    await patiently(() => {
      expect(FakeSocket.all).toHaveLength(2);
    });
    expect(FakeSocket.last.open().sent[0]?.data).toMatchObject({ turns: [{ turn_id: 't', frame: 2 }] });
    for (const [number, text] of [[3, 'a'], [4, 'b'], [5, 'c']] as const) FakeSocket.last.say('token', { text }, `t/${String(number)}`);
    expect(texts()).toEqual(['done:Hello', 'done:Hi', 'running:abc']);
  });

  it('a voice whose answer has ended already is replayed over a new line to the window that asked for it', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    say({ conversationId: 'c' }, 'Hi');
    const name = FakeSocket.last.named('message')[0]?.id;
    FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'm', seq: 3, turn_id: 't', client_id: name });
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 3, kind: 'message_accepted', at: 1, data: { turn_id: 't', answer_id: 'a', message: { id: 'm', parent: 'g', role: 'user', text: 'Hi', state: 'done', created: 1, seq: 3, client_id: name } } });
    FakeSocket.last.say('turn_started', { turn_id: 't', conversation_id: 'c', message_id: 'a', text: '' }, 't/2');
    FakeSocket.last.say('event', { conversation_id: 'c', seq: 4, kind: 'answer_done', at: 1, data: { turn_id: 't', message: { id: 'a', parent: 'm', role: 'assistant', text: 'Yes', state: 'done', created: 2, seq: 4 } } });
    FakeSocket.last.say('token', { text: 'Yes' }, 't/3');
    const resumed = async () => {
      const before = FakeSocket.all.length;
      FakeSocket.last.drop();
      window.dispatchEvent(new Event('online'));
      await patiently(() => {
        expect(FakeSocket.all).toHaveLength(before + 1);
      });
      return FakeSocket.last.open().sent[0]?.data.turns;
    };
    expect(await resumed()).toEqual([{ turn_id: 't', frame: 3 }]);
    FakeSocket.last.say('turn_done', { message_id: 'a', text: 'Yes', state: 'done' }, 't/4');
    expect(await resumed()).toEqual([]);
  });

  it('a hello that is refused drops what is gone and asks once more for the rest, then for nothing, never in a circle', async () => {
    FakeSocket.last.open();
    await loadHistory('c');
    await loadHistory('gone');
    server.use(
      http.get('*/api/v1/chat/history', ({ request }) =>
        new URL(request.url).searchParams.get('conversation_id') === 'gone' ? HttpResponse.json({ type: 'conversation-not-found', status: 404 }, { status: 404 }) : HttpResponse.json(history),
      ),
    );
    useChat.setState((state) => ({ threads: { ...state.threads, gone: { ...state.threads.c!, id: 'gone' } } }));
    FakeSocket.last.drop();
    window.dispatchEvent(new Event('online'));
    await patiently(() => {
      expect(FakeSocket.all).toHaveLength(2);
    });
    const line = FakeSocket.last.open();
    const refuse = () => {
      line.say('error', { type: 'conversation-not-found', status: 404, event: 'hello' });
    };
    refuse();
    await patiently(() => {
      expect(line.named('hello')).toHaveLength(2);
    });
    expect(line.named('hello')[1]?.data).toEqual({ conversations: [{ conversation_id: 'c', seq: 2 }], turns: [] });
    for (let again = 0; again < 5; again += 1) refuse();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(line.named('hello').slice(2).map(({ data }) => data)).toEqual([{ conversations: [], turns: [] }]);
  });

  it('continue and try again name the answer', () => {
    expect(askAnswer('c', 'continue', 'a')).toBe(false);
    FakeSocket.last.open();
    expect(askAnswer('c', 'continue', 'a')).toBe(true);
    askAnswer('c', 'retry', 'a');
    expect(FakeSocket.last.named('message').map(({ data }) => [data.continue_message_id, data.retry_message_id])).toEqual([['a', undefined], [undefined, 'a']]);
  });

  it('that was asked for on a line that broke is asked for on the next, until the server has it', async () => {
    FakeSocket.last.open();
    askAnswer('c', 'retry', 'a');
    const first = FakeSocket.last.named('message')[0];
    const second = (await again()).named('message');
    expect(second).toEqual([first]);
    FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'm', seq: 3, turn_id: 't', client_id: first?.id });
    expect((await again()).named('message')).toEqual([]);
  });

  it('a draft that its line broke under has failed, and its turn is stopped', async () => {
    const stopped: unknown[] = [];
    server.use(
      http.post('*/api/v1/chat/cancel', async ({ request }) => {
        stopped.push(await request.json());
        return new HttpResponse(null, { status: 204 });
      }),
    );
    FakeSocket.last.open();
    impersonate('c');
    FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'x', turn_id: 't9', client_id: FakeSocket.last.named('message')[0]?.id });
    FakeSocket.last.say('token', { text: 'I will' }, 't9/3');
    FakeSocket.last.drop();
    expect(useImpersonation.getState().draft).toMatchObject({ state: 'failed', text: 'I will', problem: { type: 'offline' } });
    await patiently(() => {
      expect(stopped).toEqual([{ turn_id: 't9' }]);
    });
  });
});
