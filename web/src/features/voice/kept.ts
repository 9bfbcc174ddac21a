/** What the server keeps of how somebody hears their companions: read once, written a moment after the last change. */
import i18next from 'i18next';

import { api } from '../../api/client';
import { ApiError } from '../../api/problem';
import type { VoiceSettings } from '../../api/types';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';

const SOON_MS = 400;
const AGAIN_MS = 5_000;
const AGAIN_MOST_MS = 60_000;
let waiting: Partial<VoiceSettings> = {};
let timer: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
/** One at a time: of two on their way the older could come last, or fail and be sent again behind the newer. */
let sending = false;
/** Grows with each person. */
let visit = 0;
let refused: () => void = () => undefined;

/** Called when the server will not have a change: what it has holds. */
export function onRefused(listener: () => void): void {
  refused = listener;
}

function sendIn(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void send(), ms);
}

/** Its words come with the pages, not with the first load. */
async function say(text: () => string): Promise<void> {
  await import('../../i18n/pages').catch(() => undefined);
  useNotices.getState().show(text());
}

async function send(): Promise<void> {
  if (sending) {
    sendIn(SOON_MS);
    return;
  }
  const change = waiting;
  const mine = visit;
  waiting = {};
  sending = true;
  try {
    await api.PATCH('/api/v1/voice/settings', { body: change });
    tries = 0;
  } catch (error) {
    if (mine !== visit) return;
    if (error instanceof ApiError && (error.mayCome || error.status === 409)) {
      waiting = { ...change, ...waiting };
      // Without a line the page says so itself, and this device keeps it.
      if (tries === 0 && error.status !== 0) void say(() => i18next.t('voice.notYet'));
      const pause = error.retryAfterS === undefined ? AGAIN_MS * 2 ** tries : error.retryAfterS * 1000;
      tries = Math.min(tries + 1, 10);
      sendIn(Math.min(Math.max(pause, SOON_MS), AGAIN_MOST_MS));
      return;
    }
    void say(() => i18next.t('voice.notTaken', { detail: explain(error, i18next.t) }));
    refused();
  } finally {
    sending = false;
  }
}

export function keep(change: Partial<VoiceSettings>): void {
  if (Object.keys(change).length === 0) return;
  waiting = { ...waiting, ...change };
  sendIn(SOON_MS);
}

/** As the server has it, and what is on its way there. Null: it cannot be asked now. */
export async function kept(): Promise<VoiceSettings | null> {
  try {
    const { data } = await api.GET('/api/v1/voice/settings');
    return data ? { ...data, ...waiting } : null;
  } catch {
    return null;
  }
}

/** Somebody else sits here now: nothing of the one before is sent in their name. */
export function forgetKept(): void {
  clearTimeout(timer);
  waiting = {};
  tries = 0;
  visit += 1;
}
