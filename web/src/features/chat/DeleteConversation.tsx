import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api } from '../../api/client';
import { keys } from '../../api/queries';
import { queryClient } from '../../app/query';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { keepDraft } from './drafts';

/** What was said is erased for good, so it is asked first and cannot be taken back. */
export function DeleteConversation({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const show = useNotices((state) => state.show);
  const erase = useMutation({
    mutationFn: () => api.DELETE('/api/v1/conversations/{conversation_id}', { params: { path: { conversation_id: id } } }),
    onSuccess: async () => {
      await navigate({ to: '/chat', replace: true });
      keepDraft(id, '');
      void queryClient.invalidateQueries({ queryKey: keys.conversations });
      show(t('chat.deleted'));
    },
  });
  return (
    <Dialog open onClose={onClose} aria-labelledby="erase-title" aria-describedby="erase-text">
      <DialogTitle id="erase-title" variant="h2" component="h2">
        {t('chat.deleteTitle')}
      </DialogTitle>
      <DialogContent>
        <span id="erase-text">{t('chat.deleteText', { name })}</span>
        {erase.isError && <ErrorNote error={erase.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose} autoFocus>
          {t('app.cancel')}
        </Button>
        <Button
          color="error"
          variant="contained"
          loading={erase.isPending}
          onClick={() => {
            erase.mutate();
          }}
        >
          {t('companions.delete')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
