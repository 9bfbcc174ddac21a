import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Divider from '@mui/material/Divider';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { changeConversation, type ChatForm, conversationQuery, exportChat, makeTitle, removeConversation, restoreConversation } from './tree';

interface Props {
  conversation: { id: string; title: string };
  anchor: HTMLElement;
  onClose: () => void;
  /** Where the conversation is open. */
  onSettings?: () => void;
}

/** What can be done with a whole conversation, from its own bar and from every list. */
export default function ConversationMenu({ conversation: { id, title }, anchor, onClose, onSettings }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const show = useNotices((state) => state.show);
  const whole = useQuery(conversationQuery(id));
  const [renaming, setRenaming] = useState(false);
  const { pinned = false, archived = false } = whole.data ?? {};
  const here = path === `/chat/${id}`;

  const attempt = async (work: () => Promise<unknown>) => {
    onClose();
    try {
      await work();
    } catch (error) {
      show(explain(error, t));
    }
  };
  const remove = async () => {
    if (here) await navigate({ to: '/chat', replace: true });
    await removeConversation(id);
    show(t('chat.deleted'), {
      label: t('app.undo'),
      run: () =>
        void attempt(async () => {
          await restoreConversation(id);
          if (here) await navigate({ to: '/chat/$conversationId', params: { conversationId: id } });
        }),
    });
  };
  const archive = async () => {
    await changeConversation(id, { archived: !archived });
    show(archived ? t('tree.unarchived') : t('tree.archived'), {
      label: t('app.undo'),
      run: () => void attempt(() => changeConversation(id, { archived })),
    });
  };
  const save = (form: ChatForm) => attempt(() => exportChat(id, title, form));

  if (renaming) return <RenameDialog id={id} title={title} onClose={onClose} />;
  return (
    <Menu open anchorEl={anchor} container={() => anchor.closest<HTMLElement>('nav, main') ?? document.body} onClose={onClose} slotProps={{ list: { 'aria-label': t('tree.conversationMenu'), dense: true } }}>
      {onSettings && (
        <MenuItem
          onClick={() => {
            onClose();
            onSettings();
          }}
        >
          {t('tree.settings')}
        </MenuItem>
      )}
      <MenuItem
        onClick={() => {
          setRenaming(true);
        }}
      >
        {t('tree.rename')}
      </MenuItem>
      <MenuItem onClick={() => void attempt(() => changeConversation(id, { pinned: !pinned }))}>{pinned ? t('tree.unpin') : t('tree.pin')}</MenuItem>
      <MenuItem onClick={() => void attempt(archive)}>{archived ? t('tree.unarchive') : t('tree.archive')}</MenuItem>
      <Divider component="li" role="separator" />
      <MenuItem onClick={() => void save('sillytavern')}>{t('tree.exportSillyTavern')}</MenuItem>
      <MenuItem onClick={() => void save('lares')}>{t('tree.exportLares')}</MenuItem>
      <Divider component="li" role="separator" />
      <MenuItem onClick={() => void attempt(remove)} sx={{ color: 'error.main' }}>
        {t('companions.delete')}
      </MenuItem>
    </Menu>
  );
}

const TITLE_MOST = 200;

function RenameDialog({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(title);
  const save = useMutation({ mutationFn: () => changeConversation(id, { title: text.trim() }), onSuccess: onClose });
  const think = useMutation({ mutationFn: () => makeTitle(id), onSuccess: onClose });
  const error = save.error ?? think.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') save.mutate();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="rename-title">
      <form onSubmit={submit}>
        <DialogTitle id="rename-title" variant="h2" component="h2">
          {t('tree.rename')}
        </DialogTitle>
        <DialogContent>
          <TextField
            autoFocus
            fullWidth
            margin="dense"
            label={t('tree.title')}
            value={text}
            slotProps={{ htmlInput: { maxLength: TITLE_MOST } }}
            onChange={(event) => {
              setText(event.target.value);
            }}
          />
          {error && <ErrorNote error={error} />}
        </DialogContent>
        <DialogActions sx={{ p: 2, flexWrap: 'wrap' }}>
          <Button
            loading={think.isPending}
            onClick={() => {
              think.mutate();
            }}
            sx={{ mr: 'auto' }}
          >
            {t('tree.thinkTitle')}
          </Button>
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={text.trim() === ''} loading={save.isPending}>
            {t('card.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
