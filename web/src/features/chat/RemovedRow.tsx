import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';

import type { Character } from '../../api/types';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { Portrait } from '../companions/Portrait';
import { type ConversationItem, restoreConversation } from './tree';

/** A conversation that was deleted and can still be brought back. */
export function RemovedRow({ conversation, companion }: { conversation: ConversationItem; companion: Character | undefined }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const name = companion?.name ?? t('chat.unknown');
  const restore = useMutation({ mutationFn: () => restoreConversation(conversation.id), onError: (error) => show(explain(error, t)) });
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.25, px: 1, py: 0.75 }}>
      <Portrait name={name} url={companion?.avatar_url} bundled={companion?.bundled ?? false} size={38} />
      <Box sx={{ flex: 1, minWidth: 0 }}>
        <Typography noWrap sx={{ fontWeight: 600, lineHeight: 1.3 }}>
          {name}
        </Typography>
        <Typography variant="caption" component="p" noWrap sx={{ color: 'text.secondary' }}>
          {[conversation.title !== name ? conversation.title : '', conversation.last?.text].filter(Boolean).join(' · ')}
        </Typography>
      </Box>
      <Button
        size="small"
        loading={restore.isPending}
        aria-label={t('tree.bringBackOf', { name: conversation.title || name })}
        onClick={() => {
          restore.mutate();
        }}
      >
        {t('tree.bringBack')}
      </Button>
    </Box>
  );
}
