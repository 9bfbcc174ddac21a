/** How somebody wants to hear their companions: on every device of theirs (kept.ts), what belongs to a device on that one. */
import { create } from 'zustand';

import type { VoiceSettings } from '../../api/types';

import { onForget, remembered } from '../../app/preferences';
import { forgetKept, keep, kept, onRefused } from './kept';

export interface VoicePreferences {
  on: boolean;
  /** Text appears with the words that sound, or as it is written. */
  step: boolean;
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  captions: boolean;
  /** The companion's face beside the conversation. */
  face: boolean;
  /** Empty: the server's default. */
  voice: string;
  /** 0.5 to 2. */
  speed: number;
}

export const defaults: VoicePreferences = { on: true, step: true, volume: 0.9, muted: false, captions: false, face: true, voice: '', speed: 1 };

const KEY = 'lares.voice';
const LEAD = 'lares.voice.lead';

export function readPreferences(text: string | null): VoicePreferences {
  let found: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) found = value as Record<string, unknown>;
  } catch {
    // written by something else: the defaults hold
  }
  const flag = (name: keyof VoicePreferences): boolean => (typeof found[name] === 'boolean' ? found[name] : (defaults[name] as boolean));
  const within = (name: 'volume' | 'speed', low: number, high: number): number => {
    const value = found[name];
    return typeof value === 'number' && value >= low && value <= high ? value : defaults[name];
  };
  const voice = typeof found.voice === 'string' ? found.voice : defaults.voice;
  return { on: flag('on'), step: flag('step'), volume: within('volume', 0, 1), muted: flag('muted'), captions: flag('captions'), face: flag('face'), voice, speed: within('speed', 0.5, 2) };
}

interface Preferences extends VoicePreferences {
  person: string;
  set: (change: Partial<VoicePreferences>) => void;
}

/** The part of a change that all devices share, in the server's words. */
export function shared(change: Partial<VoicePreferences>): Partial<VoiceSettings> {
  const { on, step, volume, captions, voice, speed } = change;
  const all = { spoken: on, text_in_step: step, volume, captions, voice, speed };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function remember(state: Preferences): void {
  const { on, step, volume, muted, captions, face, voice, speed, person } = state;
  remembered.write(`${KEY}.${person}`, JSON.stringify({ on, step, volume, muted, captions, face, voice, speed }));
}

export const useVoicePreferences = create<Preferences>((set, get) => ({
  ...defaults,
  person: '',
  set: (change) => {
    set(change);
    remember(get());
    keep(shared(change));
  },
}));

/** Whose preferences hold from now on: what this device remembers at once, what the server has as soon as it says so. */
export function preferencesOf(person: string): void {
  if (useVoicePreferences.getState().person === person) return;
  forgetKept();
  useVoicePreferences.setState({ person, ...readPreferences(remembered.read(`${KEY}.${person}`)) });
  void fetchKept();
}

async function fetchKept(): Promise<void> {
  const { person } = useVoicePreferences.getState();
  const settings = await kept();
  if (!settings || useVoicePreferences.getState().person !== person) return;
  const { spoken, text_in_step, volume, captions, voice, speed } = settings;
  useVoicePreferences.setState({ on: spoken, step: text_in_step, volume, captions, voice, speed });
  remember(useVoicePreferences.getState());
}

onRefused(() => void fetchKept());

onForget(() => {
  forgetKept();
  useVoicePreferences.setState({ person: '', ...defaults });
});

/** What the player has learned about this device's line. */
export const keptLead = {
  read: (): number | undefined => {
    const ms = Number(remembered.read(LEAD) ?? NaN);
    return Number.isFinite(ms) ? ms : undefined;
  },
  write: (ms: number): void => {
    remembered.write(LEAD, String(Math.round(ms)));
  },
};
