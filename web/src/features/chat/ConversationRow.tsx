import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { createLink } from '@tanstack/react-router';
import { forwardRef, lazy, Suspense, useState } from 'react';

import type { Character } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { Portrait } from '../companions/Portrait';
import { shortTime } from './time';
import type { ConversationItem } from './tree';

const ConversationMenu = lazy(() => import('./ConversationMenu'));

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
        pl: 1,
        pr: 5,
        py: 0.75,
        borderRadius: '12px',
        color: 'text.primary',
        '&:hover': { bgcolor: 'action.hover' },
        '&[aria-current="page"]': { bgcolor: 'bubble.main', color: 'bubble.text' },
      }}
    />
  );
});
const RowLink = createLink(Row);

interface Props {
  conversation: ConversationItem;
  companion: Character | undefined;
  /** With how the newest message begins. */
  wide?: boolean;
}

export function ConversationRow({ conversation, companion, wide = false }: Props) {
  const { t, i18n } = useTranslation();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const name = companion?.name ?? (conversation.title || t('chat.unknown'));
  const title = conversation.title && conversation.title !== name ? conversation.title : '';
  const facts = [title && (wide || title !== '') ? title : '', shortTime(conversation.updated, regional(i18n.language), t)].filter((fact) => fact !== '');
  return (
    <Box sx={{ position: 'relative' }}>
      <RowLink to="/chat/$conversationId" params={{ conversationId: conversation.id }}>
        <Portrait name={name} url={companion?.avatar_url} bundled={companion?.bundled ?? false} size={38} />
        <Box component="span" sx={{ flex: 1, minWidth: 0 }}>
          <Typography component="span" noWrap sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3 }}>
            {conversation.pinned && (
              <Box component="span" sx={{ color: 'primary.main' }}>
                <span aria-hidden="true">● </span>
                <Box component="span" sx={{ position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' }}>
                  {t('chat.pinned')}
                </Box>
              </Box>
            )}
            {name}
          </Typography>
          <Typography component="span" variant="caption" noWrap sx={{ display: 'block', color: 'text.secondary' }}>
            {facts.join(' · ')}
          </Typography>
          {wide && conversation.last && (
            <Typography component="span" variant="caption" noWrap sx={{ display: 'block', color: 'text.secondary' }}>
              {conversation.last.text}
            </Typography>
          )}
        </Box>
      </RowLink>
      <IconButton
        size="small"
        aria-label={t('chat.menuOf', { name: title || name })}
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        onClick={(event) => {
          setAnchor(event.currentTarget);
        }}
        sx={{ position: 'absolute', right: 2, top: 4, color: 'text.secondary' }}
      >
        <Icon name="dots" size={18} />
      </IconButton>
      {anchor && (
        <Suspense>
          <ConversationMenu
            conversation={conversation}
            anchor={anchor}
            onClose={() => {
              setAnchor(null);
            }}
          />
        </Suspense>
      )}
    </Box>
  );
}
