import Button from '@mui/material/Button';
import type { TFunction } from 'i18next';

import { ApiError } from '../api/problem';
import { useTranslation } from '../i18n/use';
import { Note } from './Note';

/** What happened and what to do, in the person's language; the server's own sentence where it knows more. */
export function explain(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t('error.unknown');
  if (error.status === 0) return t('error.offline');
  if (error.status === 429) return error.retryAfterS ? t('error.rate', { seconds: error.retryAfterS }) : t('error.rateSoon');
  if (error.status === 401) return t('error.session');
  if (error.status === 403) return t('error.forbidden');
  if (error.status === 404) return t('error.missing');
  if (error.status === 413) return t('error.tooLarge');
  if (error.detail !== '' && error.status !== 500) return error.detail;
  if (error.status === 503) return t('error.busy');
  if (error.status >= 500) return t('error.server');
  return t('error.unknown');
}

export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <Note
      severity="error"
      mt={2}
      mb={2}
      action={
        onRetry && (
          <Button color="inherit" size="small" onClick={onRetry}>
            {t('app.retry')}
          </Button>
        )
      }
    >
      {explain(error, t)}
    </Note>
  );
}
