import Box from '@mui/material/Box';
import CircularProgress from '@mui/material/CircularProgress';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';

import { ApiError } from '../api/problem';
import { useTranslation } from '../i18n/use';
import { ErrorNote } from '../ui/errors';
import { Hearth } from '../ui/Page';
import { Crash } from './ErrorBoundary';

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Box role="status" aria-label={t('app.loading')} sx={{ minHeight: '100%', display: 'grid', placeContent: 'center' }}>
      <CircularProgress size={36} aria-hidden="true" />
    </Box>
  );
}

/** The page is here but its server is not: say so, and offer to ask again. */
export function ServerSilent({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (!(error instanceof ApiError)) return <Crash />;
  return (
    <Box component="main" sx={{ minHeight: '100%', display: 'grid', placeContent: 'center', justifyItems: 'center', p: 3, gap: 2 }}>
      <Hearth />
      <ErrorNote
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </Box>
  );
}
