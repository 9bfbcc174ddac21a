import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { server } from '../../test/server';
import { patiently } from '../../test/wait';
import { useNotices } from '../../ui/notices';
import { defaults, preferencesOf, readPreferences, shared, useVoicePreferences } from './preferences';
import { fetchSpoken } from './replay';

const kept = { spoken: false, voice: 'heart', speed: 1.5, volume: 0.4, text_in_step: false, captions: true };

describe('how somebody hears their companions', () => {
  const sent: unknown[] = [];
  beforeEach(() => {
    sent.length = 0;
    useVoicePreferences.setState({ ...defaults, person: '' });
    server.use(
      http.get('*/api/v1/voice/settings', () => HttpResponse.json(kept)),
      http.patch('*/api/v1/voice/settings', async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(kept);
      }),
    );
  });

  it('comes from the server, and is remembered here for the next time', async () => {
    preferencesOf('ann');
    await patiently(() => {
      expect(useVoicePreferences.getState().speed).toBe(1.5);
    });
    expect(useVoicePreferences.getState()).toMatchObject({ on: false, step: false, volume: 0.4, captions: true, voice: 'heart', muted: false });
    expect(readPreferences(localStorage.getItem('lares.voice.ann'))).toMatchObject({ speed: 1.5, volume: 0.4 });
  });

  it('goes there in one request a moment after the last change', async () => {
    const { set } = useVoicePreferences.getState();
    set({ volume: 0.5 });
    set({ volume: 0.6, muted: true });
    set({ step: false });
    await patiently(() => {
      expect(sent).toEqual([{ volume: 0.6, text_in_step: false }]);
    });
  });

  it('is tried again where the server has no time, and the page says so once', async () => {
    let busy = 2;
    server.use(
      http.patch('*/api/v1/voice/settings', async ({ request }) => {
        sent.push(await request.json());
        busy -= 1;
        return busy >= 0 ? HttpResponse.json({ type: 'too-many-requests' }, { status: busy === 1 ? 429 : 409, headers: { 'Retry-After': '0' } }) : HttpResponse.json(kept);
      }),
    );
    useNotices.setState({ list: [] });
    useVoicePreferences.getState().set({ speed: 1.25 });
    await patiently(() => {
      expect(sent).toEqual([{ speed: 1.25 }, { speed: 1.25 }, { speed: 1.25 }]);
    });
    expect(useVoicePreferences.getState().speed).toBe(1.25);
    expect(useNotices.getState().list.map(({ text }) => text)).toEqual([expect.stringContaining('tries again')]);
  });

  it('an older change never comes behind a newer one', async () => {
    let fail: (() => void) | undefined;
    server.use(
      http.patch('*/api/v1/voice/settings', async ({ request }) => {
        sent.push(await request.json());
        if (sent.length > 1) return HttpResponse.json(kept);
        await new Promise<void>((resolve) => {
          fail = resolve;
        });
        return HttpResponse.json({ type: 'busy', status: 503, detail: 'Later.' }, { status: 503, headers: { 'Retry-After': '0' } });
      }),
    );
    const { set } = useVoicePreferences.getState();
    set({ volume: 0.2 });
    await patiently(() => {
      expect(sent).toHaveLength(1);
    });
    set({ volume: 0.3 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(sent).toHaveLength(1);
    fail?.();
    await patiently(() => {
      expect(sent).toEqual([{ volume: 0.2 }, { volume: 0.3 }]);
    });
  });

  it('is as it was where the server refuses it, and the page says so', async () => {
    server.use(http.patch('*/api/v1/voice/settings', () => HttpResponse.json({ type: 'invalid-field', detail: 'voice: there is no such voice' }, { status: 400 })));
    useNotices.setState({ list: [] });
    useVoicePreferences.getState().set({ voice: 'nobody' });
    await patiently(() => {
      expect(useVoicePreferences.getState().voice).toBe('heart');
    });
    await patiently(() => {
      expect(useNotices.getState().list.map(({ text }) => text)).toEqual([expect.stringContaining('there is no such voice')]);
    });
  });

  it('leaves out what belongs to the device', () => {
    expect(shared({ muted: true, face: false })).toEqual({});
    expect(shared({ on: false, speed: 2, face: true })).toEqual({ spoken: false, speed: 2 });
  });
});

describe('a text that is heard again', () => {
  it('asks once for its sound and its mouth', async () => {
    const asked: unknown[] = [];
    const wav = new Uint8Array(48);
    wav.set(new TextEncoder().encode('RIFF'), 0);
    wav.set(new TextEncoder().encode('WAVEfmt '), 8);
    const view = new DataView(wav.buffer);
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, 24_000, true);
    view.setUint16(34, 16, true);
    wav.set(new TextEncoder().encode('data'), 36);
    view.setUint32(40, 4, true);
    server.use(
      http.post('*/api/v1/tts/:route', async ({ request, params }) => {
        asked.push([params.route, await request.json()]);
        return HttpResponse.json({ audio: btoa(String.fromCharCode(...wav)), track: [{ at_ms: 0, for_ms: 1, shape: 'aa', weight: 1 }], words: [] });
      }),
    );
    const spoken = await fetchSpoken({ text: 'Hello.', character_id: 'c1' }, new AbortController().signal);
    expect(asked).toEqual([['generate', { text: 'Hello.', character_id: 'c1', visemes: true }]]);
    expect(spoken).toMatchObject({ rate: 24_000, track: [{ shape: 'aa' }] });
    expect(spoken?.samples).toHaveLength(2);
  });
});
