import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { forwardRef } from 'react';
import { useTranslation } from 'react-i18next';

import { charactersQuery, conversationsQuery } from '../../api/queries';
import { regional } from '../../i18n';
import { ErrorNote } from '../../ui/errors';
import { Portrait } from '../companions/Portrait';
import { shortTime } from './time';

const Row = forwardRef<HTMLAnchorElement, React.ComponentPropsWithoutRef<'a'>>(function Row(props, ref) {
  return (
    <ButtonBase
      component="a"
      ref={ref}
      {...props}
      sx={{
        display: 'flex',
        gap: 1.25,
        width: '100%',
        textAlign: 'left',
        px: 1,
        py: 0.75,
        borderRadius: '12px',
        color: 'text.primary',
        '&:hover': { bgcolor: 'action.hover' },
        '&[aria-current="page"]': { bgcolor: 'bubble.main', color: 'bubble.text' },
      }}
    />
  );
});
const ConversationRow = createLink(Row);

export function ConversationList() {
  const { t, i18n } = useTranslation();
  const conversations = useQuery(conversationsQuery);
  const characters = useQuery(charactersQuery);

  if (conversations.isPending) {
    return (
      <Box aria-hidden="true" sx={{ display: 'grid', gap: 1, p: 1 }}>
        {[0, 1, 2].map((row) => (
          <Skeleton key={row} variant="rounded" height={44} />
        ))}
      </Box>
    );
  }
  if (conversations.isError) return <ErrorNote error={conversations.error} onRetry={() => void conversations.refetch()} />;
  if (conversations.data.length === 0) {
    return (
      <Typography variant="body2" sx={{ color: 'text.secondary', px: 1.5, py: 1 }}>
        {t('chat.noneText')}
      </Typography>
    );
  }
  return (
    <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 0.25 }}>
      {conversations.data.map((conversation) => {
        const companion = characters.data?.find((character) => character.id === conversation.character_id);
        const name = companion?.name ?? (conversation.title || t('chat.unknown'));
        return (
          <li key={conversation.id}>
            <ConversationRow to="/chat/$conversationId" params={{ conversationId: conversation.id }}>
              <Portrait name={name} url={companion?.avatar_url} bundled={companion?.bundled ?? false} size={38} />
              <Box component="span" sx={{ flex: 1, minWidth: 0 }}>
                <Typography component="span" noWrap sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3 }}>
                  {name}
                </Typography>
                <Typography component="span" variant="caption" noWrap sx={{ display: 'block', color: 'text.secondary' }}>
                  {conversation.title && conversation.title !== name ? `${conversation.title} · ` : ''}
                  {shortTime(conversation.updated, regional(i18n.language), t)}
                </Typography>
              </Box>
            </ConversationRow>
          </li>
        );
      })}
    </Box>
  );
}
