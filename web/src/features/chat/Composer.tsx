import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import InputBase from '@mui/material/InputBase';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, lazy, Suspense, useEffect, useRef, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { MoreIcon } from '../../ui/MoreIcon';
import { useNotices } from '../../ui/notices';
import { visuallyHidden } from '../../ui/Page';
import { ATTACHED_MB, attach, attachedTo, type Attachment, ATTACHMENTS_MAX, takeAttached, useAttached } from './attachments';
import { impersonate, stopTurn } from './client';
import { draftOf, keepDraft } from './drafts';
import { forgetDraft, useImpersonation } from './impersonation';
import { tell } from './problems';

const AttachTray = lazy(() => import('./AttachTray'));

export const MESSAGE_MAX = 100_000;
/** So soon after "Stop" went away by itself, a press on "Send" in its place was meant for it. */
const MEANT_FOR_STOP_MS = 500;
/** Of a name, in the empty field. */
const NAME_SHOWN = 20;

interface Props {
  threadKey: string;
  /** Absent: nobody has spoken yet, so there is nothing to draft from. */
  conversationId?: string | undefined;
  name: string;
  running: boolean;
  /** What is sent now waits by itself: for the line, or for the answer that is being stopped. */
  queues?: boolean;
  onSend: (text: string, attachments?: Attachment[]) => void;
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
      show((draft.problem && tell(t, draft.problem)) || t('error.unknown'));
      if (draft.text === '') setText(before.current);
    }
    if (draft.state === 'done' || draft.state === 'failed') {
      forgetDraft();
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
  const attached = useAttached(attachedTo(threadKey));
  const written = text.trim() !== '' || attached.length > 0;
  const whole = attached.every((item) => item.state === 'ready');
  const maySend = written && whole && !tooLong && !drafting && (!running || queues);
  const stoppable = drafting || (running && !(queues && written));
  const wasStoppable = useRef(false);
  const endedAt = useRef(-Infinity);
  useEffect(() => {
    if (wasStoppable.current && !drafting && !running) endedAt.current = performance.now();
    wasStoppable.current = stoppable;
  }, [stoppable, drafting, running]);
  const picker = useRef<HTMLInputElement>(null);
  const choose = () => {
    picker.current?.click();
  };
  const [over, setOver] = useState(false);
  const add = (files: FileList | null) => {
    if (files && files.length > 0 && !attach(threadKey, Array.from(files))) show(t('attach.limits', { count: ATTACHMENTS_MAX, megabytes: ATTACHED_MB }));
  };
  const onPaste = (event: ClipboardEvent) => {
    // A program that copies text often adds a picture of it.
    if (event.clipboardData.files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
    event.preventDefault();
    add(event.clipboardData.files);
  };
  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => {
      setOver(false);
    },
    onDrop: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(false);
      add(event.dataTransfer.files);
    },
  };

  const send = () => {
    if (!maySend) return;
    if (attached.length > 0) onSend(text.trim(), takeAttached(threadKey));
    else onSend(text.trim());
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
        if (performance.now() - endedAt.current > MEANT_FOR_STOP_MS) send();
      }}
      {...drop}
    >
      {attached.length > 0 && (
        <Suspense fallback={<Box sx={{ minHeight: 60 }} />}>
          <AttachTray threadKey={threadKey} conversationId={conversationId} />
        </Suspense>
      )}
      <Box
        sx={{
          display: 'flex',
          alignItems: 'end',
          gap: 1,
          pl: 0.75,
          pr: 0.75,
          py: 0.75,
          borderRadius: '28px',
          border: 1,
          borderColor: tooLong ? 'error.main' : over ? 'primary.main' : 'divider',
          bgcolor: 'background.paper',
          boxShadow: '0 4px 18px rgb(60 30 10 / 7%)',
          '&:focus-within': { borderColor: 'primary.main', boxShadow: '0 0 0 1px var(--mui-palette-primary-main)' },
        }}
      >
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="attach-file"
          accept="image/png,image/jpeg,image/webp,application/pdf,text/*,.md,.json,.csv"
          onChange={(event) => {
            add(event.target.files);
            event.target.value = '';
          }}
        />
        <Tooltip title={t('attach.add')}>
          <IconButton type="button" aria-label={t('attach.add')} onClick={choose} sx={{ color: 'text.secondary' }}>
            <MoreIcon name="clip" />
          </IconButton>
        </Tooltip>
        <InputBase
          multiline
          maxRows={8}
          fullWidth
          value={text}
          placeholder={t('chat.write', { name: name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN).trimEnd()}…` : name })}
          inputRef={field}
          onChange={(event) => {
            setText(event.target.value);
            endedAt.current = -Infinity;
            onWrite?.();
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
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
        {stoppable ? (
          <IconButton
            key="stop"
            type="button"
            onClick={stop}
            aria-label={t('chat.stopHelp')}
            sx={{ bgcolor: 'text.primary', color: 'background.default', '&:hover': { bgcolor: 'text.secondary' } }}
          >
            <Icon name="stop" />
          </IconButton>
        ) : (
          <IconButton
            key="send"
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
