import { queryOptions } from '@tanstack/react-query';

import { api } from '../../api/client';
import { ApiError } from '../../api/problem';

export const gatewayKeys = {
  access: ['gateway', 'access'] as const,
  own: ['gateway', 'own'] as const,
  pool: ['gateway', 'pool'] as const,
  kinds: ['gateway', 'kinds'] as const,
  offers: ['gateway', 'offers'] as const,
  usage: ['gateway', 'usage'] as const,
  budgets: ['gateway', 'budgets'] as const,
  prices: ['gateway', 'prices'] as const,
  limits: ['gateway', 'limits'] as const,
  requests: ['gateway', 'requests'] as const,
  people: ['gateway', 'people'] as const,
  keysOf: ['gateway', 'keysOf'] as const,
};

/** openapi-fetch types `data` as optional although a refusal is thrown before it is looked at. */
export function must<T>(data: T | undefined): T {
  if (data === undefined) throw new ApiError({ status: 502, type: 'empty-answer', detail: '' });
  return data;
}

export const accessKeysQuery = queryOptions({
  queryKey: gatewayKeys.access,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/api-keys', { signal })).data).items,
});
export type AccessKey = Awaited<ReturnType<NonNullable<typeof accessKeysQuery.queryFn>>>[number];

/** Whom a budget or a tier may be for; the server gives the first hundred by name. */
export const peopleQuery = (search: string) =>
  queryOptions({
    queryKey: [...gatewayKeys.people, search],
    queryFn: async ({ signal }) => must((await api.GET('/api/v1/admin/people', { params: { query: search ? { search } : {} }, signal })).data).items,
  });

/** Somebody's access keys, for admins. */
export const keysOfQuery = (person: string) =>
  queryOptions({
    queryKey: [...gatewayKeys.keysOf, person],
    queryFn: async ({ signal }) => must((await api.GET('/api/v1/admin/people/{person}/api-keys', { params: { path: { person } }, signal })).data).items,
  });

export const ownKeysQuery = queryOptions({
  queryKey: gatewayKeys.own,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/apikeys', { signal })).data).items,
});
export type ProviderKey = Awaited<ReturnType<NonNullable<typeof ownKeysQuery.queryFn>>>[number];

export const poolKeysQuery = queryOptions({
  queryKey: gatewayKeys.pool,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/admin/apikeys', { signal })).data).items,
});

/** The providers that keys are for. */
export const kindsQuery = queryOptions({
  queryKey: gatewayKeys.kinds,
  staleTime: Infinity,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/apikeys/providers', { signal })).data).items,
});
export type ProviderKind = Awaited<ReturnType<NonNullable<typeof kindsQuery.queryFn>>>[number];

/** Providers and the models that each of them offers to this person. */
export const offersQuery = queryOptions({
  queryKey: gatewayKeys.offers,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/llm/providers', { signal })).data).items,
});
