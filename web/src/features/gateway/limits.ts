/** The document of limits (docs/usage.md) as rows of the page, and back. */
import { queryOptions } from '@tanstack/react-query';

import { request } from '../../api/request';
import { gatewayKeys } from './queries';

export interface Allowance {
  requests_per_minute?: number;
  tokens_per_minute?: number;
  burst?: number;
}
export interface Rules {
  tiers: Record<string, Allowance & { models?: Record<string, Allowance> }>;
  people: Record<string, string>;
  models: Record<string, Allowance>;
  routes: Record<string, Allowance>;
}
export type LimitList = Rules & { version: number };

/** Where an allowance stands; of a tier's model, `tier` says in which. */
export type Where = { kind: 'tier' | 'model' | 'route'; name: string } | { kind: 'tierModel'; tier: string; name: string };

export const limitsQuery = (version?: number) =>
  queryOptions({
    queryKey: [...gatewayKeys.limits, version ?? 'now'],
    queryFn: ({ signal }) => request<LimitList>('GET', '/api/v1/admin/limits', { query: { version }, signal }),
  });
export const limitVersionsQuery = queryOptions({
  queryKey: [...gatewayKeys.limits, 'versions'],
  queryFn: async ({ signal }) => (await request<{ items: { version: number; changed: number; note: string }[] }>('GET', '/api/v1/admin/limits/versions', { signal })).items,
});

export const rulesOf = ({ tiers, people, models, routes }: LimitList): Rules => ({ tiers, people, models, routes });

/** The rules with this allowance there, or without one. What hangs on a tier that goes (its people) goes with it. */
export function changed(rules: Rules, where: Where, allowance: Allowance | null): Rules {
  const put = <Value>(map: Record<string, Value>, name: string, value: Value | null): Record<string, Value> => {
    const rest = Object.entries(map).filter(([other]) => other !== name);
    return Object.fromEntries(value === null ? rest : [...rest, [name, value]]);
  };
  if (where.kind === 'model') return { ...rules, models: put(rules.models, where.name, allowance) };
  if (where.kind === 'route') return { ...rules, routes: put(rules.routes, where.name, allowance) };
  if (where.kind === 'tierModel') {
    const tier = rules.tiers[where.tier] ?? {};
    return { ...rules, tiers: { ...rules.tiers, [where.tier]: { ...tier, models: put(tier.models ?? {}, where.name, allowance) } } };
  }
  if (allowance) return { ...rules, tiers: put(rules.tiers, where.name, { ...allowance, models: rules.tiers[where.name]?.models ?? {} }) };
  return { ...rules, tiers: put(rules.tiers, where.name, null), people: Object.fromEntries(Object.entries(rules.people).filter(([, tier]) => tier !== where.name)) };
}

/** Undefined: that is no number. Empty is no limit. */
export function wholeIn(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : undefined;
}
