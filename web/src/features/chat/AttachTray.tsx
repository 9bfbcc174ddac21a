import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import CircularProgress from '@mui/material/CircularProgress';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';

import '../../i18n/pages';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { MoreIcon } from '../../ui/MoreIcon';
import { answersQuery } from './answers';
import { attachAgain, attachedTo, type Attaching, mayAttachAgain, readOf, removeAttached, useAttached } from './attachments';

/** What goes with the next message, and what the model gets of it. */
export default function AttachTray({ threadKey, conversationId }: { threadKey: string; conversationId?: string | undefined }) {
  const { t, i18n } = useTranslation();
  const answers = useQuery(answersQuery(conversationId));
  const gets = ({ done }: Attaching) => {
    if (!done) return null;
    if (done.kind === 'image') return answers.data ? t(answers.data.answers.sees_images ? 'attach.seen' : 'attach.unseen') : null;
    if (done.kind === 'file' && answers.data?.answers.reads_documents) return t('attach.readByModel');
    const read = readOf(done, regional(i18n.language));
    return read && t(`attach.${read.key}`, read);
  };
  const items = useAttached(attachedTo(threadKey));
  return (
    <Box component="ul" aria-label={t('attach.list')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, m: 0, p: 0, pb: 1, listStyle: 'none' }}>
      {items.map((item) => (
        <Box
          key={item.key}
          component="li"
          sx={{ display: 'flex', alignItems: 'center', gap: 1, maxWidth: '100%', pl: item.preview ? 0.5 : 1.5, pr: 0.25, minHeight: 52, borderRadius: '14px', border: 1, borderColor: item.state === 'failed' ? 'error.main' : 'divider', bgcolor: 'background.paper' }}
        >
          {item.preview ? <Box component="img" src={item.preview} alt="" sx={{ width: 44, height: 44, objectFit: 'cover', borderRadius: '10px' }} /> : <MoreIcon name="file" size={18} />}
          <Box sx={{ minWidth: 0 }}>
            <Typography variant="body2" noWrap sx={{ maxWidth: 180 }}>
              {item.file.name}
            </Typography>
            {gets(item) && (
              <Typography variant="caption" component="p" sx={{ color: 'text.secondary', maxWidth: 220, lineHeight: 1.25, pb: 0.5 }}>
                {gets(item)}
              </Typography>
            )}
            {item.state === 'failed' && (
              <Typography variant="caption" role="alert" component="p" sx={{ color: 'error.main', maxWidth: 260 }}>
                {explain(item.problem, t)}
              </Typography>
            )}
          </Box>
          {item.state === 'sending' && <CircularProgress size={16} aria-label={t('attach.sending', { name: item.file.name })} />}
          {mayAttachAgain(item) && (
            <Button
              size="small"
              onClick={() => {
                attachAgain(threadKey, item);
              }}
            >
              {t('app.retry')}
            </Button>
          )}
          <IconButton
            size="small"
            type="button"
            aria-label={t('attach.remove', { name: item.file.name })}
            onClick={() => {
              removeAttached(threadKey, item.key);
            }}
            sx={{ minWidth: 40, minHeight: 40 }}
          >
            <Icon name="close" size={16} />
          </IconButton>
        </Box>
      ))}
    </Box>
  );
}
