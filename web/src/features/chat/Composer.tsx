import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import InputBase from '@mui/material/InputBase';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { MoreIcon } from '../../ui/MoreIcon';
import { useNotices } from '../../ui/notices';
import { visuallyHidden } from '../../ui/Page';
import { forgetImpersonation, impersonate, stopTurn, useImpersonation } from './client';
import { draftOf, keepDraft } from './drafts';

export const MESSAGE_MAX = 100_000;
/** Of a name, in the empty field. */
const NAME_SHOWN = 32;

interface Props {
  threadKey: string;
  /** Absent: nobody has spoken yet, so there is nothing to draft from. */
  conversationId?: string | undefined;
  name: string;
  running: boolean;
  /** What is sent now waits by itself: for the line, or for the answer that is being stopped. */
  queues?: boolean;
  onSend: (text: string) => void;
  onStop: () => Promise<void>;
  /** Somebody who begins to write speaks over the voice. */
  onWrite?: () => void;
}

export function Composer({ threadKey, conversationId, name, running, queues = false, onSend, onStop, onWrite }: Props) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [text, setText] = useState(() => draftOf(threadKey));
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    const timer = setTimeout(() => {
      keepDraft(threadKey, text);
    }, 250);
    return () => {
      clearTimeout(timer);
      keepDraft(threadKey, text);
    };
  }, [threadKey, text]);

  // With a keyboard at hand the cursor waits in the field; on a phone the keyboard would cover the conversation.
  useEffect(() => {
    if (window.matchMedia('(pointer: fine)').matches) field.current?.focus({ preventScroll: true });
  }, []);

  // What the model drafts for the person comes into the field as it is written; theirs from then on.
  const draft = useImpersonation((state) => (state.draft && state.draft.conversationId === conversationId ? state.draft : null));
  const drafting = draft !== null && (draft.state === 'asked' || draft.state === 'writing');
  const before = useRef('');
  useEffect(() => {
    if (!draft) return;
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the field follows what the model writes
    if (draft.text !== '') setText(draft.text);
    if (draft.state === 'failed') {
      show(draft.problem ?? t('error.unknown'));
      if (draft.text === '') setText(before.current);
    }
    if (draft.state === 'done' || draft.state === 'failed') {
      forgetImpersonation();
      field.current?.focus({ preventScroll: true });
    }
  }, [draft, show, t]);
  const askDraft = () => {
    if (!conversationId || running || drafting) return;
    before.current = text;
    if (!impersonate(conversationId)) show(t('app.offline'));
  };

  const length = text.length > MESSAGE_MAX ? Array.from(text).length : text.length;
  const tooLong = length > MESSAGE_MAX;
  const written = text.trim() !== '';
  const maySend = written && !tooLong && !drafting && (!running || queues);

  const send = () => {
    if (!maySend) return;
    onSend(text.trim());
    setText('');
    keepDraft(threadKey, '');
    field.current?.focus({ preventScroll: true });
  };
  const stop = () => {
    (draft?.turnId ? stopTurn(draft.turnId) : onStop()).catch((error: unknown) => show(explain(error, t)));
    field.current?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter also ends the choice of a character in Japanese and Chinese input.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (window.matchMedia('(pointer: coarse)').matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    send();
  };

  return (
    <Box
      component="form"
      onSubmit={(event: React.FormEvent) => {
        event.preventDefault();
        send();
      }}
    >
      <Box
        sx={{
          display: 'flex',
          alignItems: 'end',
          gap: 1,
          pl: 2.25,
          pr: 0.75,
          py: 0.75,
          borderRadius: '28px',
          border: 1,
          borderColor: tooLong ? 'error.main' : 'divider',
          bgcolor: 'background.paper',
          boxShadow: '0 4px 18px rgb(60 30 10 / 7%)',
          '&:focus-within': { borderColor: 'primary.main', boxShadow: '0 0 0 1px var(--mui-palette-primary-main)' },
        }}
      >
        <InputBase
          multiline
          maxRows={8}
          fullWidth
          value={text}
          placeholder={t('chat.write', { name: name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN).trimEnd()}…` : name })}
          inputRef={field}
          onChange={(event) => {
            setText(event.target.value);
            onWrite?.();
          }}
          onKeyDown={onKeyDown}
          inputProps={{ 'aria-label': t('chat.write', { name }), 'aria-describedby': 'composer-help', 'aria-invalid': tooLong, enterKeyHint: 'send' }}
          sx={{ py: 1, '& textarea:focus-visible': { outline: 'none' }, '& textarea::placeholder': { color: 'text.secondary', opacity: 1 } }}
        />
        {conversationId && !running && !drafting && !written && (
          <Tooltip title={t('tree.impersonate')}>
            <IconButton type="button" aria-label={t('tree.impersonate')} onClick={askDraft} sx={{ color: 'text.secondary' }}>
              <MoreIcon name="wand" />
            </IconButton>
          </Tooltip>
        )}
        {drafting || (running && !(queues && written)) ? (
          <IconButton
            type="button"
            onClick={stop}
            aria-label={t('chat.stopHelp')}
            sx={{ bgcolor: 'text.primary', color: 'background.default', '&:hover': { bgcolor: 'text.secondary' } }}
          >
            <Icon name="stop" />
          </IconButton>
        ) : (
          <IconButton
            type="submit"
            aria-label={t('chat.send')}
            aria-disabled={!maySend}
            sx={{
              bgcolor: maySend ? 'primary.main' : 'transparent',
              color: maySend ? 'primary.contrastText' : 'text.secondary',
              '&:hover': { bgcolor: maySend ? 'primary.dark' : 'action.hover' },
            }}
          >
            <Icon name="send" />
          </IconButton>
        )}
      </Box>
      <Typography id="composer-help" variant="caption" component="p" sx={tooLong ? { color: 'error.main', px: 2, pt: 0.5 } : visuallyHidden} role={tooLong ? 'alert' : undefined}>
        {tooLong ? t('chat.tooLong', { count: length, limit: MESSAGE_MAX }) : t('chat.writeHelp')}
      </Typography>
    </Box>
  );
}
