import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';

import { charactersQuery, conversationsQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { PlaceholderRows } from '../../ui/Placeholder';
import { ConversationRow } from './ConversationRow';

/** Those that are pinned and the last ones, as the frame has room for; all of them are a page of their own. */
export default function ConversationList() {
  const { t } = useTranslation();
  const conversations = useQuery(conversationsQuery);
  const characters = useQuery(charactersQuery);

  if (conversations.isPending) return <PlaceholderRows />;
  if (conversations.isError) return <ErrorNote error={conversations.error} onRetry={() => void conversations.refetch()} />;
  if (conversations.data.length === 0) {
    return (
      <Typography variant="body2" sx={{ color: 'text.secondary', px: 1.5, py: 1 }}>
        {t('chat.noneText')}
      </Typography>
    );
  }
  return (
    <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 0.25 }}>
      {conversations.data.map((conversation) => (
        <li key={conversation.id}>
          <ConversationRow conversation={conversation} companion={characters.data?.find((character) => character.id === conversation.character_id)} />
        </li>
      ))}
    </Box>
  );
}
