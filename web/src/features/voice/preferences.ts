/** How somebody wants to hear their companions, kept on this device for each person. */
import { create } from 'zustand';

import { remembered } from '../../app/preferences';

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
}

export const defaults: VoicePreferences = { on: true, step: true, volume: 0.9, muted: false, captions: false, face: true };

const KEY = 'lares.voice';
const LEAD = 'lares.voice.lead';

export function readPreferences(text: string | null): VoicePreferences {
  let kept: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) kept = value as Record<string, unknown>;
  } catch {
    // written by something else: the defaults hold
  }
  const flag = (name: keyof VoicePreferences): boolean => (typeof kept[name] === 'boolean' ? kept[name] : (defaults[name] as boolean));
  const volume = typeof kept.volume === 'number' && kept.volume >= 0 && kept.volume <= 1 ? kept.volume : defaults.volume;
  return { on: flag('on'), step: flag('step'), volume, muted: flag('muted'), captions: flag('captions'), face: flag('face') };
}

interface Preferences extends VoicePreferences {
  person: string;
  set: (change: Partial<VoicePreferences>) => void;
}

export const useVoicePreferences = create<Preferences>((set, get) => ({
  ...defaults,
  person: '',
  set: (change) => {
    set(change);
    const { on, step, volume, muted, captions, face, person } = get();
    remembered.write(`${KEY}.${person}`, JSON.stringify({ on, step, volume, muted, captions, face }));
  },
}));

/** Whose preferences hold from now on. */
export function preferencesOf(person: string): void {
  if (useVoicePreferences.getState().person === person) return;
  useVoicePreferences.setState({ person, ...readPreferences(remembered.read(`${KEY}.${person}`)) });
}

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
