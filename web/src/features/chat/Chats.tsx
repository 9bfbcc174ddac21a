import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { conversationsQuery } from '../../api/queries';
import { EmptyState, Page, PageTitle } from '../../ui/Page';
import { ConversationList } from './ConversationList';

/** On a desk the list stands in the sidebar already; on a phone it is this page. */
export default function Chats() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wide = useMediaQuery('(min-width: 900px)', { noSsr: true });
  const conversations = useQuery(conversationsQuery);
  const none = conversations.data?.length === 0;
  return (
    <Page width={720}>
      <PageTitle title={t('chat.title')}>{t('chat.title')}</PageTitle>
      {none || wide ? (
        <EmptyState
          title={none ? t('chat.noneTitle') : t('chat.pickTitle')}
          text={none ? t('chat.noneText') : t('chat.pickText')}
          action={
            <Button variant="contained" onClick={() => void navigate({ to: '/' })}>
              {t('chat.start')}
            </Button>
          }
        />
      ) : (
        <Box sx={{ mt: 2, mx: -1 }}>
          <ConversationList />
        </Box>
      )}
    </Page>
  );
}
