import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { keyframes } from '@mui/material/styles';
import { lazy, memo, type ReactNode, Suspense, useEffect, useId, useState } from 'react';

import type { Speaker } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { Markdown } from '../../ui/Markdown';
import { MoreIcon } from '../../ui/MoreIcon';
import { Note } from '../../ui/Note';
import { useNotices } from '../../ui/notices';
import { SmallButton } from '../../ui/SmallButton';
import { useAtMostEvery } from '../../ui/useAtMostEvery';
import { Portrait } from '../companions/Portrait';
import { ReplayButton } from '../voice/ReplayButton';
import { firstCharacters, useVoice } from '../voice/store';
import { beginEdit, placeOf, regenerate, remove, resumeEdit, swipe, useEditing } from './actions';
import { Attached } from './Attached';
import { askAnswer, discard, sayAgain, useChat } from './client';
import type { Pending } from './drafts';
import { tell } from './problems';
import { Swipeable, Swipes } from './Swipes';
import { type ChatMessage, problemOf } from './thread';
import { clockTime } from './time';
import { TraceDetail } from './TraceDetail';

const EditBox = lazy(() => import('./EditBox'));
const MessageMenu = lazy(() => import('./MessageMenu'));
const WhyDialog = lazy(() => import('./WhyDialog'));

const breathe = keyframes`0%, 80%, 100% { opacity: 0.25 } 40% { opacity: 1 }`;
const blink = keyframes`50% { opacity: 0 }`;

function Bubble({ children }: { children: ReactNode }) {
  return (
    <Box sx={{ display: 'flex', justifyContent: 'flex-end' }}>
      <Box sx={{ maxWidth: 'min(85%, 560px)', minWidth: 0 }}>{children}</Box>
    </Box>
  );
}

function OwnText({ text, faint = false }: { text: string; faint?: boolean }) {
  return (
    <Box
      sx={{ bgcolor: 'bubble.main', color: 'bubble.text', borderRadius: '18px 18px 5px 18px', px: 2, py: 1.1, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', ...(faint ? { border: '1px dashed', borderColor: 'text.secondary' } : {}) }}
    >
      {text}
    </Box>
  );
}

function Answer({ name, character, children }: { name: string; character: Speaker | undefined; children: ReactNode }) {
  return (
    <Box sx={{ display: 'flex', gap: { xs: 1.25, sm: 1.75 }, minWidth: 0 }}>
      <Box sx={{ pt: 0.25 }}>
        <Portrait name={name} url={character?.avatar_url} bundled={character?.bundled ?? false} size={34} />
      </Box>
      <Box sx={{ flex: 1, minWidth: 0 }}>{children}</Box>
    </Box>
  );
}

export function Greeting({ text, name, character, children }: { text: string; name: string; character: Speaker | undefined; children?: ReactNode }) {
  return (
    <Answer name={name} character={character}>
      <Markdown text={text} />
      {children}
    </Answer>
  );
}

function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [copied, setCopied] = useState(false);
  const copy = () => {
    // Absent outside secure contexts.
    const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
    (clipboard ? clipboard.writeText(text) : Promise.reject(new Error('no clipboard'))).then(
      () => {
        setCopied(true);
        setTimeout(() => {
          setCopied(false);
        }, 1_500);
      },
      () => {
        show(t('chat.copyFailed'));
      },
    );
  };
  return <SmallButton icon={copied ? 'check' : 'copy'} label={copied ? t('chat.copied') : t('chat.copy')} onClick={copy} />;
}

interface Props {
  message: ChatMessage;
  last: boolean;
  place: number | null;
  name: string;
  character: Speaker | undefined;
  conversationId: string;
}

export const MessageView = memo(function MessageView({ message, last, place, name, character, conversationId }: Props) {
  const { i18n } = useTranslation();
  const editing = useEditing((state) => state.texts[message.id] !== undefined);
  useEffect(() => {
    resumeEdit(message.id);
  }, [message.id]);

  const edit = editing && (
    <Suspense fallback={<Box sx={{ minHeight: 120 }} />}>
      <EditBox conversationId={conversationId} message={message} />
    </Suspense>
  );
  if (message.role === 'user') {
    return (
      <Bubble>
        {edit || (
          <>
            <Box sx={message.hidden ? { opacity: 0.76 } : {}}>
              {message.attachments && <Attached files={message.attachments} />}
              {message.text !== '' && <OwnText text={message.text} />}
            </Box>
            <Tools last={last} end>
              <Marks message={message} />
              <Typography variant="caption" sx={{ color: 'text.secondary', px: 0.5 }}>
                {clockTime(message.created, regional(i18n.language))}
              </Typography>
              <CopyButton text={message.text} />
              <MoreButton message={message} last={last} conversationId={conversationId} />
              <SwipeButtons message={message} last={false} conversationId={conversationId} />
            </Tools>
          </>
        )}
      </Bubble>
    );
  }
  return (
    <Answer name={name} character={character}>
      {edit || <AnswerBody message={message} last={last} place={place} name={name} conversationId={conversationId} />}
    </Answer>
  );
});

/** What a person did with the message, in words: a symbol alone would have to be learned. */
function Marks({ message }: { message: ChatMessage }) {
  const { t } = useTranslation();
  const words = [message.pinned && t('tree.pinned'), message.hidden && t('tree.hidden'), message.edit_of && t('tree.edited')].filter(Boolean);
  if (words.length === 0) return null;
  return (
    <Typography variant="caption" component="span" data-marks sx={{ color: 'secondary.main', fontWeight: 600, px: 0.5 }}>
      {words.join(' · ')}
    </Typography>
  );
}

function SwipeButtons({ message, last, conversationId }: { message: ChatMessage; last: boolean; conversationId: string }) {
  const { t } = useTranslation();
  const { index, count } = placeOf(message);
  // A companion's first words have their versions from the card.
  const mayTryAgain = last && message.role === 'assistant' && message.parent != null;
  if (count < 2 && !mayTryAgain) return null;
  return (
    <Swipes
      index={index}
      count={count}
      more={t('tree.another')}
      onStep={(by) => {
        swipe(conversationId, message, by, last);
      }}
      onPast={
        mayTryAgain
          ? () => {
              regenerate(conversationId, message.id);
            }
          : undefined
      }
    />
  );
}

function MoreButton({ message, last, conversationId }: { message: ChatMessage; last: boolean; conversationId: string }) {
  const { t } = useTranslation();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [why, setWhy] = useState(false);
  return (
    <>
      <Tooltip title={t('tree.menu')}>
        <IconButton
          size="small"
          aria-label={t('tree.menu')}
          aria-haspopup="menu"
          aria-expanded={anchor !== null}
          onClick={(event) => {
            setAnchor(event.currentTarget);
          }}
          sx={{ color: 'text.secondary', minWidth: 34, minHeight: 34 }}
        >
          <Icon name="dots" size={18} />
        </IconButton>
      </Tooltip>
      <Suspense>
        {anchor && (
          <MessageMenu
            conversationId={conversationId}
            message={message}
            last={last}
            anchor={anchor}
            onClose={() => {
              setAnchor(null);
            }}
            onWhy={() => {
              setWhy(true);
            }}
          />
        )}
        {why && (
          <WhyDialog
            conversationId={conversationId}
            message={message}
            onClose={() => {
              setWhy(false);
            }}
          />
        )}
      </Suspense>
    </>
  );
}

function Tools({ last, end = false, children }: { last: boolean; end?: boolean; children: ReactNode }) {
  return (
    <Box
      sx={{
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        minHeight: 34,
        mt: 0.25,
        ml: end ? 0 : -1,
        justifyContent: end ? 'flex-end' : 'flex-start',
        opacity: last && !end ? 1 : 0,
        transition: 'opacity 120ms',
        '[role="article"]:hover &, [role="article"]:focus-within &': { opacity: 1 },
        // What a person marked stays to be seen.
        '&:has([data-marks])': { opacity: 1 },
        '@media (hover: none)': { opacity: 1 },
      }}
    >
      {children}
    </Box>
  );
}

function AnswerBody({ message, last, place, name, conversationId }: Omit<Props, 'character'>) {
  const { t, i18n } = useTranslation();
  const show = useNotices((state) => state.show);
  const [open, setOpen] = useState(false);
  const detailId = useId();
  // While a voice says it, the text goes with the words that sound.
  const said = useVoice((state) => (state.reveal && state.reveal.turnId === message.turn_id && message.state !== 'cut' ? state.reveal.characters : null));
  const shown = said === null ? message.text : firstCharacters(message.text, said);
  const running = message.state === 'running' || said !== null;
  const paced = useAtMostEvery(shown, 50);
  const text = running ? paced : shown;
  const broken = message.state === 'interrupted' || message.state === 'cut';

  const ask = (how: 'continue' | 'retry') => {
    if (!askAnswer(conversationId, how, message.id)) show(t('app.offline'));
  };

  const { count } = placeOf(message);
  const swiped =
    !running && (last || count > 1)
      ? (by: -1 | 1) => {
          swipe(conversationId, message, by, last);
        }
      : undefined;
  const problem = problemOf(message);
  return (
    <>
      <Swipeable onSwipe={swiped}>
      {text !== '' && (
        <Box sx={message.hidden ? { opacity: 0.76 } : running ? { '& > div > :last-child::after': { content: '""', display: 'inline-block', width: '0.5em', height: '1em', ml: 0.5, verticalAlign: '-0.15em', borderRadius: '2px', bgcolor: 'primary.main', animation: `${blink} 1.1s steps(1) infinite` } } : {}}>
          <Markdown text={text} />
        </Box>
      )}
      {running && text === '' && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.75, minHeight: 34, color: 'text.secondary' }}>
          {[0, 1, 2].map((dot) => (
            <Box key={dot} component="span" aria-hidden="true" sx={{ width: 7, height: 7, borderRadius: '50%', bgcolor: 'primary.main', animation: `${breathe} 1.4s infinite`, animationDelay: `${String(dot * 0.18)}s` }} />
          ))}
          <Typography variant="body2" component="span" sx={{ ml: 0.5 }}>
            {place === null ? t('chat.thinking', { name }) : t('chat.place', { count: place })}
          </Typography>
        </Box>
      )}
      {problem && (
        <Note severity="warning" mt={1}>
          {text === '' ? `${t('chat.failed')} ` : ''}
          {tell(t, problem) || t('chat.interrupted')}
        </Note>
      )}
      {broken && !problem && (
        <Typography variant="body2" sx={{ color: 'text.secondary', fontStyle: 'italic', mt: 0.5 }}>
          {message.state === 'cut' ? t('chat.cut') : t('chat.interrupted')}
        </Typography>
      )}
      </Swipeable>
      {broken && last && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1 }}>
          {text !== '' && (
            <Button
              size="small"
              variant="outlined"
              startIcon={<Icon name="play" size={16} />}
              onClick={() => {
                ask('continue');
              }}
            >
              {t('chat.continue')}
            </Button>
          )}
          <Button
            size="small"
            variant={text === '' ? 'outlined' : 'text'}
            startIcon={<Icon name="retry" size={16} />}
            onClick={() => {
              ask('retry');
            }}
          >
            {t('chat.retry')}
          </Button>
          {text === '' && <Unanswered conversationId={conversationId} messageId={message.parent} />}
        </Box>
      )}
      {!running && (text !== '' || count > 1) && (
        <Tools last={last}>
          <CopyButton text={message.text} />
          <ReplayButton conversationId={conversationId} messageId={message.id} text={message.text} />
          {message.trace && (
            <SmallButton
              icon="info"
              label={t('chat.details')}
              aria-expanded={open}
              aria-controls={detailId}
              onClick={() => {
                setOpen(!open);
              }}
            />
          )}
          <MoreButton message={message} last={last} conversationId={conversationId} />
          <SwipeButtons message={message} last={last} conversationId={conversationId} />
          <Typography variant="caption" sx={{ color: 'text.secondary', px: 0.5 }}>
            {clockTime(message.created, regional(i18n.language))}
          </Typography>
          <Marks message={message} />
        </Tools>
      )}
      {message.trace && (
        <Box id={detailId} hidden={!open}>
          {open && <TraceDetail trace={message.trace} usage={message.usage} turnId={message.turn_id} />}
        </Box>
      )}
    </>
  );
}

/** Nothing was said to it yet: it can still be said otherwise, or not at all. */
function Unanswered({ conversationId, messageId }: { conversationId: string; messageId: string | null | undefined }) {
  const { t } = useTranslation();
  const asked = useChat((state) => state.threads[conversationId]?.messages.find((one) => one.id === messageId));
  if (asked?.role !== 'user') return null;
  return (
    <>
      <Button
        size="small"
        startIcon={<MoreIcon name="edit" size={16} />}
        onClick={() => {
          beginEdit(asked.id, asked.text);
        }}
      >
        {t('tree.editOwn')}
      </Button>
      <Button size="small" startIcon={<Icon name="trash" size={16} />} onClick={() => void remove(conversationId, asked.id, false)}>
        {t('tree.takeBack')}
      </Button>
    </>
  );
}

export function PendingView({ item }: { item: Pending }) {
  const { t } = useTranslation();
  const connected = useChat((state) => state.connection === 'open');
  return (
    <Bubble>
      {item.attachments && <Attached files={item.attachments} />}
      {item.text !== '' && <OwnText text={item.text} faint={item.state !== 'sending'} />}
      {item.state === 'refused' ? (
        <Box role="alert" sx={{ mt: 0.5, textAlign: 'right' }}>
          <Typography variant="body2" sx={{ color: 'error.main' }}>
            {t('chat.notSent')}
            {item.problem?.detail ? `: ${tell(t, item.problem)}` : ''}
          </Typography>
          <Button
            size="small"
            onClick={() => {
              discard(item.clientId);
            }}
          >
            {t('chat.discard')}
          </Button>
          <Button
            size="small"
            variant="outlined"
            onClick={() => {
              sayAgain(item.clientId);
            }}
          >
            {t('chat.resend')}
          </Button>
        </Box>
      ) : (
        <Typography variant="caption" component="p" sx={{ textAlign: 'right', color: 'text.secondary', minHeight: 34, pt: 0.5 }}>
          {item.state === 'sending' ? t('chat.sending') : t(connected ? 'chat.next' : 'chat.queued')}
        </Typography>
      )}
    </Bubble>
  );
}
