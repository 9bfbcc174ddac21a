import { QueryClient } from '@tanstack/react-query';

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
