import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Fab from '@mui/material/Fab';
import Typography from '@mui/material/Typography';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { Speaker } from '../../api/types';
import { lessMotion } from '../../app/preferences';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { loadOlder, loadUntil } from './client';
import { selectMessage } from './tree';
import { Swipes } from './Swipes';
import { Greeting, MessageView, PendingView } from './MessageView';
import type { Row } from './rows';
import type { Thread } from './thread';
import { dayName } from './time';

const AT_END_PX = 80;
const OLDER_WITHIN_ROWS = 4;
/** How long what was gone to is marked. */
const LIT_MS = 4_000;

interface Props {
  rows: Row[];
  name: string;
  character: Speaker | undefined;
  thread: Thread | undefined;
  /** A message to go to, loaded if it has to be. */
  at?: string | undefined;
  /** The companion's first words, while there is a choice. */
  greetings?: { index: number; count: number; onStep: (by: -1 | 1) => void };
}

/** Only what is near the window stands in the document: a conversation of thousands costs as much as one of twenty. */
export function MessageList({ rows, name, character, thread, at, greetings }: Props) {
  const { t, i18n } = useTranslation();
  const say = useNotices((state) => state.show);
  const scroller = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const [olderFailed, setOlderFailed] = useState(false);
  const asking = useRef(false);

  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used in this component only
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.key ?? index,
    estimateSize: () => 96,
    overscan: 6,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    paddingStart: 16,
    paddingEnd: 20,
  });

  const [lit, setLit] = useState<string | null>(null);
  const [lost, setLost] = useState(false);
  const threadId = thread?.id;
  const going = useRef<string | null>(null);
  useEffect(() => {
    if (!at || !threadId) return undefined;
    let wanted = true;
    going.current = at;
    setLost(false);
    loadUntil(threadId, at, () => wanted)
      .then((found) => {
        if (!wanted) return;
        if (found) setLit(at);
        else setLost(true);
      })
      .catch(() => {
        if (wanted) setOlderFailed(true);
      });
    return () => {
      wanted = false;
    };
  }, [at, threadId]);
  const place = lit === null ? -1 : rows.findIndex((row) => row.key === lit);
  useEffect(() => {
    if (place < 0 || going.current !== lit) return;
    going.current = null;
    list.scrollToIndex(place, { align: 'center' });
  }, [place, lit, list]);
  // Older pages move it without making it news again.
  const here = place >= 0;
  useEffect(() => {
    if (!here) return undefined;
    const timer = setTimeout(() => {
      setLit(null);
    }, LIT_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [here, lit]);

  const begun = useRef(false);
  useLayoutEffect(() => {
    if (begun.current || rows.length === 0) return;
    begun.current = true;
    list.scrollToEnd();
  }, [rows.length, list]);

  // Rows turn out taller than guessed as they are measured: until somebody scrolls, the end is where a conversation opens.
  const moved = useRef(false);
  const move = () => {
    moved.current = true;
  };
  const total = list.getTotalSize();
  useLayoutEffect(() => {
    if (begun.current && !moved.current && !at) list.scrollToEnd();
  }, [total, at, list]);

  // Sending is asking to see what comes.
  const lastPending = rows.at(-1)?.is === 'pending' ? rows.at(-1)?.key : undefined;
  useEffect(() => {
    if (lastPending) list.scrollToEnd();
  }, [lastPending, list]);

  const atEnd = useRef(true);
  const before = useRef({ top: 0, height: 0 });
  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    // Upwards, and not because what is above grew or shrank: by a scroll bar, a search in the page, a reader's own keys.
    if (box.scrollHeight === before.current.height && box.scrollTop < before.current.top - 1) moved.current = true;
    before.current = { top: box.scrollTop, height: box.scrollHeight };
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    atEnd.current = below <= AT_END_PX;
    setAway(below > AT_END_PX * 2);
  };

  // A keyboard, a notice or a turned phone takes room from below: whoever was at the end stays there.
  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) list.scrollToEnd();
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
    };
  }, [list]);

  const items = list.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const olderOf = thread?.older ? thread.id : null;
  const askOlder = useCallback(async (id: string) => {
    if (asking.current) return;
    asking.current = true;
    setOlderFailed(false);
    try {
      await loadOlder(id);
    } catch {
      setOlderFailed(true);
    } finally {
      asking.current = false;
    }
  }, []);
  const nearTop = first <= OLDER_WITHIN_ROWS;
  const topKey = rows[0]?.key;
  useEffect(() => {
    if (nearTop && olderOf && !olderFailed) void askOlder(olderOf);
  }, [nearTop, olderOf, topKey, olderFailed, askOlder]);

  return (
    <Box sx={{ flex: 1, minHeight: 0, position: 'relative' }}>
      <Box
        ref={scroller}
        onScroll={onScroll}
        onWheel={move}
        onTouchMove={move}
        onPointerDown={move}
        onKeyDown={move}
        role="feed"
        aria-label={t('chat.with', { name })}
        aria-busy={rows.some((row) => row.is === 'message' && row.message.state === 'running')}
        tabIndex={0}
        sx={{ height: '100%', overflowY: 'auto', overflowX: 'hidden', overflowAnchor: 'none', px: { xs: 2, sm: 3 }, '&:focus-visible': { outlineOffset: -3 } }}
      >
        {lost && at && threadId && (
          <Box role="status" sx={{ textAlign: 'center', py: 1 }}>
            <Typography variant="body2" component="span" sx={{ color: 'text.secondary' }}>
              {t('tree.elsewhere')}
            </Typography>{' '}
            <Button
              size="small"
              onClick={() => {
                selectMessage(threadId, at).then(
                  () => {
                    going.current = at;
                    setLost(false);
                    setLit(at);
                  },
                  (error: unknown) => {
                    say(explain(error, t));
                  },
                );
              }}
            >
              {t('tree.goThere')}
            </Button>
          </Box>
        )}
        {olderFailed && olderOf && (
          <Box sx={{ textAlign: 'center', py: 1 }}>
            <Typography variant="body2" component="span" sx={{ color: 'text.secondary' }}>
              {t('chat.olderFailed')}
            </Typography>{' '}
            <Button size="small" onClick={() => void askOlder(olderOf)}>
              {t('app.retry')}
            </Button>
          </Box>
        )}
        <Box sx={{ position: 'relative', maxWidth: 760, mx: 'auto' }} style={{ height: total }}>
          <Box sx={{ position: 'absolute', insetInline: 0, top: 0 }} style={{ transform: `translateY(${String(items[0]?.start ?? 0)}px)` }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <Box
                  key={item.key}
                  data-index={item.index}
                  ref={list.measureElement}
                  role="article"
                  aria-posinset={item.index + 1}
                  aria-setsize={thread?.older ? -1 : rows.length}
                  aria-current={item.key === lit ? 'true' : undefined}
                  aria-label={labelOf(row, name, t('chat.you'), t('chat.beginning'))}
                  sx={{ py: 1, ...(item.key === lit ? { bgcolor: 'action.selected', borderRadius: '14px', boxShadow: '0 0 0 8px var(--mui-palette-action-selected)' } : {}) }}
                >
                  {row.day !== null && (
                    <Typography variant="caption" component="p" sx={{ textAlign: 'center', color: 'text.secondary', pb: 1.5, pt: 0.5 }}>
                      {dayName(row.day, regional(i18n.language), t)}
                    </Typography>
                  )}
                  {row.is === 'beginning' && (
                    <Typography variant="caption" component="p" sx={{ textAlign: 'center', color: 'text.secondary' }}>
                      {t('chat.beginning')}
                    </Typography>
                  )}
                  {row.is === 'greeting' && (
                    <Greeting text={row.text} name={name} character={character}>
                      {greetings && greetings.count > 1 && <Swipes index={greetings.index} count={greetings.count} onStep={greetings.onStep} />}
                    </Greeting>
                  )}
                  {row.is === 'pending' && <PendingView item={row.item} />}
                  {row.is === 'message' && thread && (
                    <MessageView message={row.message} last={row.last} place={row.place} name={name} character={character} conversationId={thread.id} />
                  )}
                </Box>
              );
            })}
          </Box>
        </Box>
      </Box>
      {away && (
        <Fab
          size="small"
          aria-label={t('chat.latest')}
          onClick={() => {
            list.scrollToEnd({ behavior: lessMotion() ? 'auto' : 'smooth' });
          }}
          sx={{ position: 'absolute', right: { xs: 16, sm: 28 }, bottom: 16, bgcolor: 'background.paper', color: 'text.primary', border: 1, borderColor: 'divider', boxShadow: 2, '&:hover': { bgcolor: 'bubble.main' } }}
        >
          <Icon name="down" />
        </Fab>
      )}
    </Box>
  );
}

function labelOf(row: Row, name: string, you: string, beginning: string): string {
  if (row.is === 'beginning') return beginning;
  if (row.is === 'pending') return you;
  return row.is === 'message' && row.message.role === 'user' ? you : name;
}
