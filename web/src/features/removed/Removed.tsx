import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import Paper from '@mui/material/Paper';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';

import { charactersQuery, keys } from '../../api/queries';
import { queryClient } from '../../app/query';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon, type IconName } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { EmptyState, Page, PageTitle } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { shortTime } from '../chat/time';
import { bringBack, daysLeft, eraseNow, isKind, keyOf, type Kind, kinds, mayErase, type RemovedItem, removedPages } from './removed';

const icons: Record<Kind, IconName> = { character: 'people', lorebook: 'book', entry: 'book', persona: 'mask', conversation: 'chat' };

/** All that was deleted and can still be brought back, whatever it was. */
export default function Removed() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asked: { kind?: unknown } = useSearch({ strict: false });
  const kind = isKind(asked.kind) ? asked.kind : undefined;
  const pages = useInfiniteQuery(removedPages(kind));
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLUListElement>(null);
  // A row that goes takes the focus along: the next one gets it, or what stands above the list.
  const focused = useRef(-1);
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (focused.current < 0 || !lost) return;
    const rows = list.current?.children ?? [];
    (rows[Math.min(focused.current, rows.length - 1)]?.querySelector('button') ?? document.querySelector<HTMLElement>('h1'))?.focus();
  }, [items.length]);
  return (
    <Page width={760}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: 2, mb: 3 }}>
        <Box sx={{ flex: '1 1 260px' }}>
          <PageTitle title={t('nav.deleted')}>{t('nav.deleted')}</PageTitle>
          <Typography sx={{ color: 'text.secondary', mt: 0.5 }}>{t('bin.lead')}</Typography>
        </Box>
        <TextField
          select
          size="small"
          label={t('bin.which')}
          value={kind ?? ''}
          onChange={(event) => {
            const next = event.target.value;
            void navigate({ to: '/deleted', search: isKind(next) ? { kind: next } : {}, replace: true });
          }}
          sx={{ minWidth: 190 }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t('bin.all')}</MenuItem>
          {kinds.map((one) => (
            <MenuItem key={one} value={one}>
              {t(`bin.of.${one}`)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      {pages.isPending && <Placeholder height={240} />}
      {pages.isError && <ErrorNote error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isSuccess && items.length === 0 && <EmptyState title={t('bin.noneTitle')} text={t(kind ? 'bin.noneOfKind' : 'bin.noneText')} />}
      {items.length > 0 && (
        <Box
          component="ul"
          ref={list}
          aria-label={t('nav.deleted')}
          onFocus={(event: React.FocusEvent) => {
            focused.current = [...(list.current?.children ?? [])].findIndex((row) => row.contains(event.target));
          }}
          onBlur={(event: React.FocusEvent) => {
            // To another place of the page; a row that goes names none.
            if (event.relatedTarget !== null) focused.current = -1;
          }}
          sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1 }}
        >
          {items.map((item) => (
            <Row key={keyOf(item)} item={item} />
          ))}
        </Box>
      )}
      {pages.hasNextPage && (
        <Button sx={{ mt: 2 }} loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t('bin.more')}
        </Button>
      )}
    </Page>
  );
}

function Row({ item }: { item: RemovedItem }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const show = useNotices((state) => state.show);
  const companions = useQuery({ ...charactersQuery, enabled: item.kind === 'conversation' });
  const companion = companions.data?.find((one) => one.id === item.character_id)?.name;
  const name = item.name || t('lore.untitled', { number: item.uid });
  const open = () => {
    if (item.kind === 'character') void navigate({ to: '/' });
    else if (item.kind === 'persona') void navigate({ to: '/personas' });
    else if (item.kind === 'conversation') void navigate({ to: '/chat/$conversationId', params: { conversationId: item.id } });
    else void navigate({ to: '/lorebooks/$lorebookId', params: { lorebookId: item.id } });
  };
  // It may have come back, or gone, by another window.
  const refused = (error: unknown) => {
    show(explain(error, t));
    void queryClient.invalidateQueries({ queryKey: keys.removed });
  };
  const restore = useMutation({
    mutationFn: () => bringBack(item),
    onSuccess: () => show(t('bin.isBack', { name }), { label: t('bin.open'), run: open }),
    onError: refused,
  });
  const [asking, setAsking] = useState(false);
  const erase = useMutation({
    mutationFn: () => eraseNow(item),
    onSuccess: () => show(t('bin.isErased', { name })),
    onError: refused,
  });
  const what = item.kind === 'entry' ? t('bin.entryOf', { name: item.lorebook }) : item.kind === 'conversation' && companion !== undefined ? t('bin.chatWith', { name: companion }) : t(`bin.one.${item.kind}`);
  const left = item.erased == null ? t('bin.withVersions') : t('bin.left', { count: daysLeft(item.erased) });
  return (
    <Paper component="li" variant="outlined" sx={{ p: 1.5, display: 'flex', flexWrap: { xs: 'wrap', sm: 'nowrap' }, alignItems: 'center', gap: 1.5 }}>
      <Box sx={{ color: 'text.secondary', display: 'grid' }}>
        <Icon name={icons[item.kind]} />
      </Box>
      <Box sx={{ flex: { xs: '1 1 70%', sm: 1 }, minWidth: 0 }}>
        <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>{name}</Typography>
        <Typography variant="body2" sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {[what, t('bin.deleted', { when: shortTime(item.deleted, i18n.language, t) }), left].join(' · ')}
        </Typography>
      </Box>
      <Button
        size="small"
        variant="outlined"
        aria-busy={restore.isPending}
        aria-label={t('tree.bringBackOf', { name })}
        onClick={() => {
          // A button that loads would be disabled, and lose the focus.
          if (!restore.isPending && !erase.isPending) restore.mutate();
        }}
        sx={{ flex: 'none', ml: 'auto' }}
      >
        {t('tree.bringBack')}
      </Button>
      {mayErase(item) && (
        <Button
          size="small"
          color="error"
          aria-busy={erase.isPending}
          aria-haspopup="dialog"
          aria-label={t('bin.eraseOf', { name })}
          onClick={() => {
            if (!erase.isPending && !restore.isPending) setAsking(true);
          }}
          sx={{ flex: 'none' }}
        >
          {t('bin.erase')}
        </Button>
      )}
      {asking && (
        <EraseDialog
          name={name}
          onClose={(sure) => {
            setAsking(false);
            if (sure) erase.mutate();
          }}
        />
      )}
    </Paper>
  );
}

/** Nothing brings it back afterwards, so it is asked for twice. */
function EraseDialog({ name, onClose }: { name: string; onClose: (sure: boolean) => void }) {
  const { t } = useTranslation();
  const id = useId();
  const no = () => {
    onClose(false);
  };
  return (
    <Dialog open onClose={no} aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`}>
      <DialogTitle id={`${id}-title`} variant="h2" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        {t('bin.eraseTitle', { name })}
      </DialogTitle>
      <DialogContent id={`${id}-text`}>{t('bin.eraseText')}</DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={no} autoFocus>
          {t('app.cancel')}
        </Button>
        <Button
          color="error"
          variant="contained"
          onClick={() => {
            onClose(true);
          }}
        >
          {t('bin.erase')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
