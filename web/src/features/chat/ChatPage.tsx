import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';

import { useDrawer } from '../../app/drawer';
import { MenuButton } from '../../app/MenuButton';
import { NotFound } from '../../app/NotFound';
import { queryClient } from '../../app/query';
import { api } from '../../api/client';
import { ApiError } from '../../api/problem';
import { characterQuery, charactersQuery, keys, meQuery } from '../../api/queries';
import type { Speaker } from '../../api/types';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { Page, PageTitle } from '../../ui/Page';
import { Portrait } from '../companions/Portrait';
import { useVoicePreferences } from '../voice/preferences';
import { speaker } from '../voice/speaker';
import { useVoice } from '../voice/store';
import { VoiceLine } from '../voice/VoiceLine';
import { VoiceNotice } from '../voice/VoiceNotice';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Placeholder } from '../../ui/Placeholder';
import { beginEdit, swipe } from './actions';
import { Announcer } from './Announcer';
import type { Attachment } from './attachments';
import { forgetOpened, loadHistory, say, stopTurn, useChat } from './client';
import { Composer } from './Composer';
import { MessageList } from './MessageList';
import { ModelNotice } from './ModelNotice';
import { rowsOf } from './rows';
import { liveTurn } from './thread';
import { latestConversationQuery } from './tree';

const Stage = lazy(() => import('../voice/Stage'));
const ConversationMenu = lazy(() => import('./ConversationMenu'));
const ConversationDrawer = lazy(() => import('./ConversationDrawer'));

/** Talk with a companion: goes on with the last conversation, or begins the first. */
export function FirstWords() {
  const { characterId } = useParams({ from: '/inside/with/$characterId' });
  const fresh = useSearch({ from: '/inside/with/$characterId' }).fresh === true;
  const navigate = useNavigate();
  const key = `with:${characterId}`;
  const opened = useChat((state) => state.opened[key]);
  const latest = useQuery({ ...latestConversationQuery(characterId), enabled: !fresh });
  const character = useQuery(characterQuery(characterId));
  const last = fresh || opened ? undefined : (latest.data ?? undefined);
  const target = opened ?? last?.id;

  // Whom a person talks with is their active companion; that it could not be noted must not be in the way of talking.
  const inactive = character.data?.active === false;
  useEffect(() => {
    if (!inactive) return;
    api.POST('/api/v1/characters/{character_id}/activate', { params: { path: { character_id: characterId } } }).then(
      () => void queryClient.invalidateQueries({ queryKey: keys.characters }),
      () => undefined,
    );
  }, [inactive, characterId]);

  useEffect(() => {
    if (!target) return;
    forgetOpened(key);
    void navigate({ to: '/chat/$conversationId', params: { conversationId: target }, replace: true });
  }, [target, key, navigate]);

  if (character.isError && character.error instanceof ApiError && character.error.status === 404) return <NotFound />;
  // What was there stays when it cannot be asked for again.
  if (character.isError && !character.data) {
    return (
      <Page>
        <ErrorNote error={character.error} onRetry={() => void character.refetch()} />
      </Page>
    );
  }
  if (target || !character.data || (latest.isPending && !fresh)) return <ChatPlaceholder />;
  return <ChatView key={key} threadKey={key} characterId={characterId} character={character.data} greetings={[character.data.greeting, ...character.data.alternate_greetings]} />;
}

export function Conversation() {
  const { conversationId } = useParams({ from: '/inside/chat/$conversationId' });
  const { at } = useSearch({ from: '/inside/chat/$conversationId' });
  const characterId = useChat((state) => state.threads[conversationId]?.characterId);
  const complete = useChat((state) => (state.threads[conversationId]?.seq ?? 0) > 0);
  const deleted = useChat((state) => state.threads[conversationId]?.deleted === true);
  const error = useChat((state) => state.errors[conversationId]);
  const characters = useQuery(charactersQuery);

  useEffect(() => {
    void loadHistory(conversationId);
  }, [conversationId]);

  if (deleted || (error instanceof ApiError && (error.status === 404 || error.status === 400))) return <NotFound />;
  if (!complete) {
    return error ? (
      <Page>
        <ErrorNote error={error} onRetry={() => void loadHistory(conversationId)} />
      </Page>
    ) : (
      <ChatPlaceholder />
    );
  }
  const character = characters.data?.find((other) => other.id === characterId);
  return <ChatView key={conversationId} threadKey={conversationId} conversationId={conversationId} characterId={characterId ?? ''} character={character} at={at} />;
}

function ChatPlaceholder() {
  const { t } = useTranslation();
  return (
    <Box role="status" aria-label={t('app.loading')} sx={{ maxWidth: 760, mx: 'auto', p: 3, display: 'grid', gap: 3 }}>
      <Placeholder height={72} width="70%" />
      <Placeholder height={48} width="50%" right />
      <Placeholder height={110} width="80%" />
    </Box>
  );
}

interface ViewProps {
  threadKey: string;
  conversationId?: string;
  characterId: string;
  character: Speaker | undefined;
  /** What the companion may say first, while there is no conversation that holds it. */
  greetings?: string[];
  /** A message to go to. */
  at?: string | undefined;
}

const NO_GREETINGS: string[] = [];
/** Keys that a control of its own moves by, what scrolls sideways (code, tables), and everything that is written in. */
const TAKES_ARROWS = 'pre, .table, [role="slider"], [role="menuitem"], [role="option"], [role="tab"], [role="combobox"], [role="radio"], select, input';

function ChatView({ threadKey, conversationId, characterId, character, greetings = NO_GREETINGS, at }: ViewProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useQuery(meQuery).data?.username ?? '';
  const [chosen, setChosen] = useState(0);
  const thread = useChat((state) => (conversationId ? state.threads[conversationId] : undefined));
  const outbox = useChat((state) => state.outbox);
  const name = character?.name ?? (thread?.title || t('chat.unknown'));
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const [drawer, setDrawer] = useState(false);
  const pending = useMemo(() => outbox.filter((item) => item.key === threadKey), [outbox, threadKey]);
  // Words that were said under a greeting stay under it.
  const said = pending.find((item) => item.greeting !== undefined)?.greeting;
  const shown = said ?? chosen;
  // The server fills names in when it says it; until then they are filled in here.
  const greeting = greetings[shown]?.replaceAll(/\{\{char\}\}/gi, name).replaceAll(/\{\{user\}\}/gi, me);
  const turn = liveTurn(thread);
  const rows = useMemo(() => rowsOf(thread, pending, greeting), [thread, pending, greeting]);
  const turnId = turn?.id;
  const face = useVoicePreferences((state) => state.face);
  const setVoice = useVoicePreferences((state) => state.set);
  const [full, setFull] = useState(false);
  const speaking = useVoice(({ speaking: now, coming }) => conversationId !== undefined && (now?.conversationId === conversationId || coming === conversationId));
  const lastTurn = thread && Object.keys(thread.turns).at(-1);
  const stoppable = turnId !== undefined || speaking;
  const offline = useChat((state) => state.connection !== 'open');
  const [stopped, setStopped] = useState<string>();
  const stop = useCallback(async () => {
    setStopped(turnId);
    const voiced = speaker.turnId;
    await speaker.stop();
    if (turnId && turnId !== voiced) await stopTurn(turnId);
  }, [turnId]);

  useEffect(() => speaker.attach(conversationId), [conversationId]);

  useEffect(() => {
    if (!stoppable) return undefined;
    const onKey = (event: KeyboardEvent) => {
      // A dialog above takes Esc for itself, and a notice has it only when nothing is to be stopped.
      if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      void stop();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [stoppable, stop]);

  const last = thread?.messages.at(-1);
  useEffect(() => {
    if (!conversationId) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
      const target = event.target instanceof Element ? event.target : null;
      const field = target?.closest('textarea');
      // Arrows belong to whoever writes; in an empty field there is nothing to move in.
      if (field ? field.value !== '' : target?.closest(TAKES_ARROWS)) return;
      if (document.querySelector('[role="dialog"], [role="menu"]')) return;
      if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        if (!last || last.role !== 'assistant') return;
        event.preventDefault();
        swipe(conversationId, last, event.key === 'ArrowLeft' ? -1 : 1, true);
      } else if (event.key === 'ArrowUp' && field) {
        const own = thread?.messages.findLast((message) => message.role === 'user');
        if (!own) return;
        event.preventDefault();
        beginEdit(own.id, own.text);
      }
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [conversationId, last, thread]);

  const send = (text: string, files: Attachment[] = []) => {
    say({ conversationId, characterId, greeting: shown }, text, files);
  };

  const withFace = face && character !== undefined;
  const filled = full && withFace;
  useEffect(() => {
    if (!filled) return undefined;
    useDrawer.setState({ covered: true });
    return () => {
      useDrawer.setState({ covered: false });
    };
  }, [filled]);
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column', ...(filled ? { position: 'fixed', inset: 0, zIndex: 1200, bgcolor: 'background.default' } : {}) }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5, px: { xs: 2, sm: 3 }, py: 1, borderBottom: 1, borderColor: 'divider', flex: 'none' }}>
        <MenuButton />
        <Portrait name={name} url={character?.avatar_url} bundled={character?.bundled ?? false} size={40} />
        <Box sx={{ flex: 1, minWidth: 0, '& h1': { fontSize: '1.15rem', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } }}>
          <PageTitle title={name}>{name}</PageTitle>
          {thread?.title && thread.title !== name && (
            <Typography variant="caption" component="p" noWrap sx={{ color: 'text.secondary' }}>
              {thread.title}
            </Typography>
          )}
        </Box>
        {!face && character && (
          <Tooltip title={t('voice.showFace', { name })}>
            <IconButton
              aria-label={t('voice.showFace', { name })}
              onClick={() => {
                setVoice({ face: true });
              }}
            >
              <Icon name="face" />
            </IconButton>
          </Tooltip>
        )}
        {conversationId && character && (
          <Tooltip title={t('chat.startNew', { name })}>
            <IconButton
              aria-label={t('chat.startNew', { name })}
              onClick={() => void navigate({ to: '/with/$characterId', params: { characterId }, search: { fresh: true } })}
            >
              <Icon name="plus" />
            </IconButton>
          </Tooltip>
        )}
        {conversationId && (
          <Tooltip title={t('tree.conversationMenu')}>
            <IconButton
              aria-label={t('tree.conversationMenu')}
              aria-haspopup="menu"
              aria-expanded={menu !== null}
              onClick={(event) => {
                setMenu(event.currentTarget);
              }}
            >
              <Icon name="dots" />
            </IconButton>
          </Tooltip>
        )}
      </Box>
      {conversationId && (
        <Suspense>
          {menu && (
            <ConversationMenu
              conversation={{ id: conversationId, title: thread?.title ?? '' }}
              anchor={menu}
              onClose={() => {
                setMenu(null);
              }}
              onSettings={() => {
                setDrawer(true);
              }}
            />
          )}
          {drawer && (
            <ConversationDrawer
              id={conversationId}
              characterId={characterId}
              name={name}
              onClose={() => {
                setDrawer(false);
              }}
            />
          )}
        </Suspense>
      )}
      <Box sx={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: filled ? 'column' : { xs: 'column', lg: 'row' } }}>
        {withFace && (
          <Suspense fallback={<Box sx={{ flex: 'none', height: { xs: 'clamp(150px, 34dvh, 300px)', lg: 'auto' }, width: { xs: '100%', lg: 'clamp(280px, 30vw, 420px)' }, bgcolor: 'sunken.main' }} />}>
            <Stage name={name} character={character} conversationId={conversationId} turnId={lastTurn} thinking={turn !== undefined} place={turn?.voicePlace ?? null} full={full} onFull={setFull} />
          </Suspense>
        )}
        <Box sx={{ flex: filled ? 'none' : 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
          <Box sx={{ flex: filled ? 'none' : 1, minHeight: 0, display: filled ? 'none' : 'flex', flexDirection: 'column' }}>
            <MessageList
              rows={rows}
              name={name}
              character={character}
              thread={thread}
              at={at}
              greetings={{
                index: shown,
                count: said === undefined ? greetings.length : 1,
                onStep: (by) => {
                  setChosen(shown + by);
                },
              }}
            />
          </Box>
          <Announcer thread={thread} name={name} />
          <Box sx={{ flex: 'none', px: { xs: 1.5, sm: 3 }, pb: 'max(12px, env(safe-area-inset-bottom))' }}>
            <Box sx={{ maxWidth: 760, mx: 'auto' }}>
              <ModelNotice conversationId={conversationId} />
              <VoiceNotice />
              {!withFace && <VoiceLine name={name} conversationId={conversationId} turnId={lastTurn} place={turn?.voicePlace ?? null} />}
              <Composer
                threadKey={threadKey}
                name={name}
                running={stoppable}
                queues={offline || (turnId !== undefined && turnId === stopped)}
                conversationId={conversationId}
                onSend={send}
                onStop={stop}
                onWrite={() => {
                  if (speaker.sounding) void stop();
                }}
              />
            </Box>
          </Box>
        </Box>
      </Box>
    </Box>
  );
}
