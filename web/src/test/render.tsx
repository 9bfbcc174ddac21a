import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
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
