import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Player, type PlayerHandlers } from './player';

vi.mock('./player.worklet.ts?worker&url', () => ({ default: 'worklet.js' }));

const handlers: PlayerHandlers = { onBegin: () => undefined, onEnd: () => undefined, lateWithin: () => false, onState: () => undefined };
const room = { state: 'suspended', asked: 0, closed: 0, allow: (): void => undefined };

class Context extends EventTarget {
  readonly sampleRate = 24_000;
  readonly currentTime = 0;
  readonly destination = {};
  readonly audioWorklet = { addModule: () => Promise.resolve() };
  get state(): string {
    return room.state;
  }
  createGain(): object {
    const gain = { gain: { setTargetAtTime: () => undefined }, connect: (to: object) => to, disconnect: () => undefined };
    return gain;
  }
  /** As browsers do: answered when the page may sound, and not before. */
  resume(): Promise<void> {
    room.asked += 1;
    return new Promise((resolve) => {
      room.allow = () => {
        room.state = 'running';
        resolve();
      };
    });
  }
  close(): Promise<void> {
    room.closed += 1;
    return Promise.resolve();
  }
}
class Node {
  readonly port = { postMessage: () => undefined, onmessage: null };
  connect(to: object): object {
    return to;
  }
  disconnect(): void {
    // nothing is held here
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('AudioContext', Context);
  vi.stubGlobal('AudioWorkletNode', Node);
  Object.assign(room, { state: 'suspended', asked: 0, closed: 0 });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a player that may not sound', () => {
  it('says so soon: a browser answers only when somebody touched the page', async () => {
    const player = await Player.open(24_000, handlers);
    let answer: boolean | undefined;
    void player.resume().then((runs) => {
      answer = runs;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answer).toBe(false);
    const again = player.resume();
    room.allow();
    expect(await again).toBe(true);
    player.dispose();
    expect(room.closed).toBe(1);
  });

  it('asks again after a call has interrupted it, and not when it is closed', async () => {
    const player = await Player.open(24_000, handlers);
    room.state = 'interrupted';
    const resumed = player.resume();
    room.allow();
    expect(await resumed).toBe(true);
    expect(room.asked).toBe(1);
    room.state = 'closed';
    expect(await player.resume()).toBe(false);
    expect(room.asked).toBe(1);
  });
});
