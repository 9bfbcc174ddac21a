import type { TFunction } from 'i18next';

import '../../i18n/pages';

const dayOf = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);

/** Whole calendar days between, in the person's own time zone. */
function daysAgo(ms: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(ms)) / 86_400_000);
}

export function sameDay(a: number, b: number): boolean {
  return dayOf(a) === dayOf(b);
}

export function clockTime(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

export function dayName(ms: number, language: string, t: TFunction, now = Date.now()): string {
  const days = daysAgo(ms, now);
  if (days === 0) return t('chat.today');
  if (days === 1) return t('chat.yesterday');
  const year = new Date(ms).getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', year }).format(ms);
}

export function shortTime(ms: number, language: string, t: TFunction, now = Date.now()): string {
  const days = daysAgo(ms, now);
  if (days <= 0) return clockTime(ms, language);
  if (days === 1) return t('chat.yesterday');
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' }).format(ms);
}
