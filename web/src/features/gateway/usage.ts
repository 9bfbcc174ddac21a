import { queryOptions } from '@tanstack/react-query';

import { api } from '../../api/client';
import { gatewayKeys, must } from './queries';

export const DAY_MS = 24 * 3600 * 1000;
/** As the ledger writes days: in UTC. */
export const dayText = (at: number) => new Date(at).toISOString().slice(0, 10);

export interface Range {
  from: string;
  to: string;
}

/** The last so many days, today among them. */
export function lastDays(days: number, now: number): Range {
  return { from: dayText(now - (days - 1) * DAY_MS), to: dayText(now) };
}

/** Every day of a range with its value; the server leaves days without calls out. */
export function everyDay<Item extends { name: string }>(range: Range, items: Item[]): { day: string; item: Item | undefined }[] {
  const known = new Map(items.map((item) => [item.name, item]));
  const out = [];
  for (let at = Date.parse(range.from); at <= Date.parse(range.to); at += DAY_MS) out.push({ day: dayText(at), item: known.get(dayText(at)) });
  return out;
}

export const usageQuery = (everybody: boolean, range: Range) =>
  queryOptions({
    queryKey: [...gatewayKeys.usage, everybody, range.from, range.to],
    queryFn: async ({ signal }) => {
      const params = { query: range };
      return must((await (everybody ? api.GET('/api/v1/admin/usage', { params, signal }) : api.GET('/api/v1/usage', { params, signal }))).data);
    },
  });
export type Report = Awaited<ReturnType<NonNullable<ReturnType<typeof usageQuery>['queryFn']>>>;
export type Sums = Report['total'];

export async function callsPage(everybody: boolean, before: string | undefined, signal: AbortSignal) {
  const params = { query: { ...(before ? { before } : {}), limit: 50 } };
  return must((await (everybody ? api.GET('/api/v1/admin/usage/calls', { params, signal }) : api.GET('/api/v1/usage/calls', { params, signal }))).data);
}
export type Call = Awaited<ReturnType<typeof callsPage>>['items'][number];

export const budgetsQuery = (everybody: boolean) =>
  queryOptions({
    queryKey: [...gatewayKeys.budgets, everybody],
    queryFn: async ({ signal }) => must((await (everybody ? api.GET('/api/v1/admin/budgets', { signal }) : api.GET('/api/v1/usage/budgets', { signal }))).data).items,
  });
export type Budget = Awaited<ReturnType<NonNullable<ReturnType<typeof budgetsQuery>['queryFn']>>>[number];

export const pricesQuery = (version?: number) =>
  queryOptions({
    queryKey: [...gatewayKeys.prices, version ?? 'now'],
    queryFn: async ({ signal }) => must((await api.GET('/api/v1/admin/prices', { params: { query: version === undefined ? {} : { version } }, signal })).data),
  });
export type PriceList = Awaited<ReturnType<NonNullable<ReturnType<typeof pricesQuery>['queryFn']>>>;
export type Price = PriceList['models'][string];

export const priceVersionsQuery = queryOptions({
  queryKey: [...gatewayKeys.prices, 'versions'],
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/admin/prices/versions', { signal })).data).items,
});
