import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { forwardRef, lazy, Suspense } from 'react';

import { meQuery } from '../api/queries';
import { useTranslation } from '../i18n/use';
import { Icon, type IconName } from '../ui/Icon';
import { Hearth } from '../ui/Page';
import { PlaceholderRows } from '../ui/Placeholder';

const ConversationList = lazy(() => import('../features/chat/ConversationList'));

interface RowProps extends React.ComponentPropsWithoutRef<'a'> {
  icon: IconName;
}

const Row = forwardRef<HTMLAnchorElement, RowProps>(function Row({ icon, children, ...props }, ref) {
  return (
    <ButtonBase
      component="a"
      ref={ref}
      {...props}
      sx={{
        display: 'flex',
        justifyContent: 'flex-start',
        gap: 1.5,
        width: '100%',
        minHeight: 44,
        px: 1.5,
        borderRadius: '12px',
        font: 'inherit',
        fontWeight: 550,
        color: 'text.primary',
        '&:hover': { bgcolor: 'action.hover' },
        '&[aria-current="page"]': { bgcolor: 'bubble.main', color: 'bubble.text' },
      }}
    >
      <Icon name={icon} />
      <span>{children}</span>
    </ButtonBase>
  );
});
const NavRow = createLink(Row);

export function Sidebar({ onClose, onSearch }: { onClose?: () => void; onSearch: () => void }) {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.25, px: 2.5, pt: 2.5, pb: 1.5 }}>
        <Hearth size={32} />
        <Typography component="p" variant="h2" sx={{ flex: 1 }}>
          {t('app.name')}
        </Typography>
        <IconButton aria-label={t('nav.search')} aria-keyshortcuts="Control+K" onClick={onSearch} edge={onClose ? false : 'end'}>
          <Icon name="search" />
        </IconButton>
        {onClose && (
          <IconButton aria-label={t('app.menuClose')} onClick={onClose} edge="end">
            <Icon name="close" />
          </IconButton>
        )}
      </Box>
      <Box component="nav" aria-label={t('app.navigation')} sx={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column', px: 1.5 }}>
        <NavRow to="/" activeOptions={{ exact: true }} icon="people">
          {t('nav.companions')}
        </NavRow>
        <NavRow to="/personas" icon="mask">
          {t('nav.personas')}
        </NavRow>
        <NavRow to="/lorebooks" icon="book">
          {t('nav.lorebooks')}
        </NavRow>
        <NavRow to="/chat" activeOptions={{ exact: true }} icon="chat">
          {t('nav.chats')}
        </NavRow>
        <Box sx={{ flex: 1, minHeight: 0, overflowY: 'auto', my: 1, mx: -0.5, px: 0.5 }}>
          <Suspense fallback={<PlaceholderRows />}>
            <ConversationList />
          </Suspense>
        </Box>
        <Box sx={{ borderTop: 1, borderColor: 'divider', py: 1 }}>
          <NavRow to="/gateway" icon="plug">
            {t('nav.gateway')}
          </NavRow>
          <NavRow to="/status" icon="pulse">
            {t('nav.status')}
          </NavRow>
          <NavRow to="/settings" icon="settings">
            {t('nav.settings')}
          </NavRow>
          {me.data && (
            <Typography variant="caption" component="p" noWrap sx={{ color: 'text.secondary', px: 1.5, pt: 0.75, pb: 0.5 }}>
              {me.data.username}
            </Typography>
          )}
        </Box>
      </Box>
    </Box>
  );
}
