import type { components } from '../../api/schema';
import type { AccessKey } from './queries';

export const SCOPES = ['llm', 'models', 'chat', 'characters'] as const;
export type Scope = (typeof SCOPES)[number];

/** A day as a date field has it, in the person's own time zone; the key is good to its end. */
export const dayOf = (at: number) => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
export const endOf = (day: string) => new Date(`${day}T23:59:59`).getTime();

/** What a form says of a key. `budget` null: none; 0 is one, with which nothing may be spent. */
export interface Form {
  name: string;
  scopes: Scope[];
  models: string[];
  budget: number | null;
  expires: string;
}

export const formOf = (key: AccessKey): Form => ({
  name: key.name,
  scopes: SCOPES.filter((scope) => key.scopes.includes(scope)),
  models: key.models,
  budget: key.budget_micros ?? null,
  expires: key.expires == null ? '' : dayOf(key.expires),
});

/** What a form changed, and nothing else: the rest may have been set elsewhere meanwhile. */
export function changesOf(before: Form, now: Form): Omit<components['schemas']['AccessKeyChangeRequest'], 'access_key_id'> {
  const differs = (field: keyof Form) => JSON.stringify(before[field]) !== JSON.stringify(now[field]);
  return {
    ...(differs('name') && { name: now.name }),
    ...(differs('scopes') && { scopes: now.scopes }),
    ...(differs('models') && { models: now.models }),
    ...(differs('budget') && (now.budget === null ? { no_budget: true } : { budget_micros: now.budget })),
    ...(differs('expires') && { expires: now.expires ? endOf(now.expires) : 0 }),
  };
}
