import Button from '@mui/material/Button';
import { useNavigate } from '@tanstack/react-router';

import { useTranslation } from '../i18n/use';
import { EmptyState, Page, PageTitle } from '../ui/Page';

export function NotFound() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Page>
      <PageTitle title={t('app.notFoundTitle')} hidden>
        {t('app.notFoundTitle')}
      </PageTitle>
      <EmptyState
        title={t('app.notFoundTitle')}
        text={t('app.notFoundText')}
        action={
          <Button variant="contained" onClick={() => void navigate({ to: '/' })}>
            {t('app.notFoundAction')}
          </Button>
        }
      />
    </Page>
  );
}
