import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactElement } from 'react';

import { queryClient } from '../app/query';
import { theme } from '../app/theme';
import { Notices } from '../ui/notices';

/** With everything around it that a component may ask for, except the router. */
export function show(element: ReactElement) {
  return render(element, {
    wrapper: ({ children }) => (
      <ThemeProvider theme={theme}>
        <QueryClientProvider client={queryClient}>
          {children}
          <Notices />
        </QueryClientProvider>
      </ThemeProvider>
    ),
  });
}

/** The same within a router; the paths that it links to are those of the whole app, so none of them leads anywhere here. */
export function showRouted(element: ReactElement) {
  window.scrollTo = () => undefined;
  const router = createRouter({ routeTree: createRootRoute({ component: () => element }), history: createMemoryHistory({ initialEntries: ['/'] }) });
  return show(<RouterProvider router={router as never} />);
}
