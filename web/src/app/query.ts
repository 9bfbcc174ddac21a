import { QueryClient, type QueryKey } from '@tanstack/react-query';

import { ApiError } from '../api/problem';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A refusal stays a refusal; only a lost connection or an overloaded server is worth asking again.
      retry: (count, error) => count < 2 && (!(error instanceof ApiError) || error.status >= 502),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

/**
 * What is kept under this key is asked for anew. A first answer that is still on its way may be older than the change, and TanStack Query
 * takes it as it is: it is asked for once more when it has come.
 */
export async function invalidate(queryKey: QueryKey): Promise<void> {
  const first = queryClient.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching', predicate: ({ state }) => state.data === undefined });
  await queryClient.invalidateQueries({ queryKey });
  if (first.length > 0) await queryClient.invalidateQueries({ queryKey, predicate: (query) => first.includes(query) });
}
