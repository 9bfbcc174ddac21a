import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeSocket } from '../../test/sockets';
import { ChatSocket, decode, FIRST_PAUSE_MS, frameId, type Hello, LONGEST_PAUSE_MS, pauseMs, PING_EVERY_MS, SILENCE_MS, type SocketHandlers } from './socket';

describe('the wire', () => {
  it('tells frames by their position', () => {
    expect(decode('{"event":"token","data":{"text":"hi"},"id":"01abc/7"}')).toEqual({ is: 'frame', frame: { turnId: '01abc', number: 7, name: 'token', data: { text: 'hi' } } });
    expect(frameId('a/b/1')).toBeNull();
    expect(frameId('a/-1')).toBeNull();
    expect(frameId('/1')).toBeNull();
    expect(frameId(undefined)).toBeNull();
  });

  it('reads events, accepted, notices and refusals', () => {
    expect(decode('{"event":"event","data":{"conversation_id":"c","seq":3,"kind":"answer_done","at":5,"data":{"turn_id":"t"}}}')).toEqual({
      is: 'event',
      event: { conversation_id: 'c', seq: 3, kind: 'answer_done', at: 5, data: { turn_id: 't' } },
    });
    expect(decode('{"event":"accepted","data":{"conversation_id":"c","message_id":"m","seq":3,"turn_id":"t","client_id":"k"}}')).toMatchObject({ is: 'accepted', accepted: { client_id: 'k', turn_id: 't' } });
    expect(decode('{"event":"notice","data":{"kind":"resync"}}')).toEqual({ is: 'resync' });
    expect(decode('{"event":"error","data":{"type":"turn-running","detail":"Wait.","status":409,"event":"message","id":"k1"}}')).toMatchObject({ is: 'refused', refusal: { id: 'k1', event: 'message', type: 'turn-running', status: 409 } });
    expect(decode('{"event":"error","id":"t/9","data":{"type":"engine-failed","detail":"x"}}')).toMatchObject({ is: 'frame', frame: { name: 'error', number: 9 } });
  });

  it('reads what does not fit, and passes over what is none of it', () => {
    const overflow = { part: 'message', tokens: 17, remedy: 'shorten-message' };
    const refused = { type: 'context-overflow', detail: 'Too long.', status: 422, event: 'message', id: 'k1' };
    expect(decode(JSON.stringify({ event: 'error', data: { ...refused, overflow } }))).toMatchObject({ is: 'refused', refusal: { id: 'k1', overflow } });
    expect(decode(JSON.stringify({ event: 'error', id: 't/9', data: { ...refused, overflow } }))).toMatchObject({ is: 'frame', frame: { name: 'error', data: { overflow } } });
    for (const bad of [{ ...overflow, tokens: '17' }, 'much', null, { part: 'message' }]) {
      expect(decode(JSON.stringify({ event: 'error', data: { ...refused, overflow: bad } }))).not.toHaveProperty('refusal.overflow');
      expect(decode(JSON.stringify({ event: 'error', id: 't/9', data: { ...refused, overflow: bad } }))).toMatchObject({ is: 'frame', frame: { data: { overflow: undefined } } });
    }
  });

  it('counts frames that it does not know, so that none after them seems lost', () => {
    expect(decode(JSON.stringify({ event: 'hologram', data: { x: 1 }, id: 'T/9' }))).toMatchObject({ is: 'frame', frame: { name: 'unknown', turnId: 'T', number: 9 } });
    expect(decode(JSON.stringify({ event: 'notice', data: { kind: 'voice-missing', message: 'm' }, id: 'T/3' }))).toMatchObject({ is: 'frame', frame: { name: 'notice' } });
    expect(decode(JSON.stringify({ event: 'notice', data: { kind: 'resync' } }))).toEqual({ is: 'resync' });
  });

  it('passes over what it cannot read', () => {
    for (const text of ['', '{', 'null', '[]', '7', '"x"', '{"event":5}', '{"event":"event","data":{"seq":"1"}}', '{"event":"token","data":{},"id":"t/1"}', '{"event":"from_the_future","data":{}}', '{"event":"__proto__","data":{"__proto__":1}}']) {
      expect(decode(text), text).toEqual({ is: 'other' });
    }
  });

  it('pauses longer and longer, never together and never too long', () => {
    expect(pauseMs(0, () => 1)).toBe(FIRST_PAUSE_MS);
    expect(pauseMs(0, () => 0)).toBe(FIRST_PAUSE_MS / 2);
    expect(pauseMs(3, () => 1)).toBe(FIRST_PAUSE_MS * 8);
    expect(pauseMs(1e6, () => 1)).toBe(LONGEST_PAUSE_MS);
  });
});

describe('the life of a socket', () => {
  let hello: Hello;
  let handlers: SocketHandlers;
  let socket: ChatSocket;
  const mayConnect = vi.fn<() => Promise<boolean>>();
  const onState = vi.fn<SocketHandlers['onState']>();
  const onMessage = vi.fn<SocketHandlers['onMessage']>();

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    hello = { conversations: [], turns: [] };
    mayConnect.mockReset().mockResolvedValue(true);
    onState.mockReset();
    onMessage.mockReset();
    handlers = { hello: () => hello, mayConnect, onState, onMessage };
    socket = new ChatSocket('ws://here/api/v1/chat', handlers);
    socket.start();
  });
  afterEach(() => {
    socket.stop();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it('says hello first, and nothing of ours before the server is ready', () => {
    expect(socket.message({ client_id: 'k', message: 'early' })).toBe(false);
    FakeSocket.last.open();
    expect(FakeSocket.last.sent[0]).toEqual({ event: 'hello', data: { conversations: [], turns: [] } });
    expect(socket.message({ client_id: 'k', message: 'now', conversation_id: 'c' })).toBe(true);
    expect(FakeSocket.last.named('message')).toEqual([{ event: 'message', data: { client_id: 'k', message: 'now', conversation_id: 'c' }, id: 'k' }]);
    expect(onState.mock.calls).toEqual([['connecting'], ['open']]);
  });

  it('comes back with what it has seen', async () => {
    FakeSocket.last.open();
    hello = { conversations: [{ conversation_id: 'c', seq: 7 }], turns: [{ turn_id: 't', frame: 12 }] };
    FakeSocket.last.drop();
    expect(onState).toHaveBeenLastCalledWith('waiting');
    await vi.advanceTimersByTimeAsync(FIRST_PAUSE_MS);
    expect(FakeSocket.all).toHaveLength(2);
    expect(mayConnect).toHaveBeenCalledTimes(1);
    expect(FakeSocket.last.open().sent[0]).toEqual({ event: 'hello', data: hello });
  });

  it('keeps trying while the server is away, and stays away when the session is over', async () => {
    mayConnect.mockRejectedValue(new Error('no answer'));
    FakeSocket.last.drop();
    await vi.advanceTimersByTimeAsync(120_000);
    const asked = mayConnect.mock.calls.length;
    expect(asked).toBeGreaterThan(6);
    expect(asked).toBeLessThan(40);
    expect(FakeSocket.all).toHaveLength(1);
    mayConnect.mockResolvedValue(false);
    await vi.advanceTimersByTimeAsync(LONGEST_PAUSE_MS);
    const after = mayConnect.mock.calls.length;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(mayConnect).toHaveBeenCalledTimes(after);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('notices a dead line by its silence', async () => {
    const first = FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(PING_EVERY_MS);
    expect(first.named('ping')).toHaveLength(1);
    first.say('notice', { kind: 'pong' });
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 2 * PING_EVERY_MS);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('does not wait when the system says the network is back', async () => {
    FakeSocket.last.drop();
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('gives up on a server that accepts but is never ready', async () => {
    const mute = FakeSocket.last;
    mute.readyState = 1;
    mute.onopen?.();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('hears nothing more of a socket it has left', async () => {
    const old = FakeSocket.last.open();
    const late = old.onmessage;
    old.drop();
    await vi.advanceTimersByTimeAsync(FIRST_PAUSE_MS);
    FakeSocket.last.open();
    onMessage.mockClear();
    late?.({ data: '{"event":"token","data":{"text":"ghost"},"id":"t/1"}' });
    expect(onMessage).not.toHaveBeenCalled();
  });

  it('is silent after stop', async () => {
    FakeSocket.last.open();
    socket.stop();
    window.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
