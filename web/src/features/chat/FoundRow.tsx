import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Typography from '@mui/material/Typography';
import { createLink } from '@tanstack/react-router';
import { forwardRef } from 'react';

import type { Character } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Portrait } from '../companions/Portrait';
import { Marked } from './Marked';
import type { Found } from './tree';

const Row = forwardRef<HTMLAnchorElement, React.ComponentPropsWithoutRef<'a'>>(function Row(props, ref) {
  return <ButtonBase component="a" ref={ref} {...props} sx={{ display: 'flex', alignItems: 'flex-start', gap: 1.5, width: '100%', textAlign: 'left', p: 1, borderRadius: '12px', color: 'text.primary', '&:hover': { bgcolor: 'action.hover' } }} />;
});
const RowLink = createLink(Row);

/** Leads to that message in its conversation. */
export function FoundRow({ found, companion, onClick }: { found: Found; companion: Character | undefined; onClick?: () => void }) {
  const { t, i18n } = useTranslation();
  const name = companion?.name ?? t('chat.unknown');
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium' }).format(found.at);
  return (
    <RowLink to="/chat/$conversationId" params={{ conversationId: found.conversation_id }} search={{ at: found.message_id }} {...(onClick ? { onClick } : {})}>
      <Portrait name={name} url={companion?.avatar_url} bundled={companion?.bundled ?? false} size={34} />
      <Box component="span" sx={{ flex: 1, minWidth: 0 }}>
        <Typography component="span" variant="caption" noWrap sx={{ display: 'block', color: 'text.secondary' }}>
          {[found.role === 'user' ? t('chat.you') : name, found.title !== name ? found.title : '', when].filter(Boolean).join(' · ')}
        </Typography>
        <Typography component="span" variant="body2" sx={{ display: 'block', overflowWrap: 'anywhere' }}>
          {found.cut_before && '…'}
          <Marked text={found.snippet} ranges={found.matches} />
          {found.cut_after && '…'}
        </Typography>
      </Box>
    </RowLink>
  );
}
