/** What the server keeps of how somebody hears their companions: read once, written a moment after the last change. */
import { api } from '../../api/client';
import type { VoiceSettings } from '../../api/types';

const SOON_MS = 400;
let waiting: Partial<VoiceSettings> = {};
let timer: ReturnType<typeof setTimeout> | undefined;

async function send(): Promise<void> {
  const change = waiting;
  waiting = {};
  try {
    await api.PATCH('/api/v1/voice/settings', { body: change });
  } catch {
    // Without a line this device keeps it, and it goes with the next change.
    waiting = { ...change, ...waiting };
  }
}

export function keep(change: Partial<VoiceSettings>): void {
  if (Object.keys(change).length === 0) return;
  waiting = { ...waiting, ...change };
  clearTimeout(timer);
  timer = setTimeout(() => void send(), SOON_MS);
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
}
