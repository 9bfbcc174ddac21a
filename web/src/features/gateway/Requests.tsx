import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '../../api/request';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { dollars } from './money';
import { gatewayKeys } from './queries';

interface Logged {
  number: number;
  id: string;
  ended_ms: number;
  duration_ms: number;
  path: string;
  status: number;
  kind: 'answered' | 'refused' | 'failed' | 'left';
  error?: string | null;
  message?: string | null;
  remote: string;
  person?: string | null;
  key?: string | null;
  label?: string | null;
  model?: string | null;
  trace?: { cache: string; routing: string; candidates: string[]; tries: { model: string; tier: string; key?: string | null; why: string; outcome: string; ms: number }[]; provider: string; model: string } | null;
  input?: number | null;
  output?: number | null;
  cost_micros?: number | null;
}
interface LoggedPage {
  items: Logged[];
  next?: number | null;
  kept_most: number;
}

const KINDS = ['answered', 'refused', 'failed', 'left'] as const;

function Detail({ one }: { one: Logged }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(regional(i18n.language));
  const facts: [string, string | null | undefined][] = [
    [t('requests.id'), one.id],
    [t('requests.address'), one.remote],
    [t('requests.key'), one.key],
    [t('requests.asked'), one.model],
    [t('requests.answeredBy'), one.trace?.provider ? `${one.trace.provider}/${one.trace.model}` : null],
    [t('requests.routing'), one.trace?.routing],
    [t('requests.cache'), one.trace && one.trace.cache !== 'off' ? one.trace.cache : null],
    [t('requests.message'), one.message],
    [t('usage.tokens'), one.input == null ? null : t('requests.tokens', { input: number.format(one.input), output: number.format(one.output ?? 0) })],
    [t('usage.cost'), one.cost_micros == null ? null : dollars(one.cost_micros, regional(i18n.language))],
  ];
  return (
    <Box sx={{ gridColumn: '1 / -1', mt: 1 }}>
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', columnGap: 2, rowGap: 0.25, fontSize: '0.9rem', '& dt': { color: 'text.secondary' }, '& dd': { m: 0, overflowWrap: 'anywhere' } }}>
        {facts.map(([name, value]) => (value ? [<dt key={name}>{name}</dt>, <dd key={`${name} is`}>{value}</dd>] : null))}
      </Box>
      {(one.trace?.tries.length ?? 0) > 0 && (
        <Box component="ol" aria-label={t('requests.tries')} sx={{ m: 0, mt: 1, pl: 3, fontSize: '0.9rem' }}>
          {one.trace?.tries.map((attempt, index) => (
            <li key={index}>{[t('requests.try', { model: attempt.model, outcome: attempt.outcome, ms: number.format(attempt.ms) }), attempt.key ? `${t('requests.key')} ${attempt.key}` : '', attempt.why].filter(Boolean).join(' · ')}</li>
          ))}
        </Box>
      )}
    </Box>
  );
}

/** The last requests of programs: where an operator looks when one of them complains. */
export default function Requests() {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const number = new Intl.NumberFormat(language);
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });
  const [kind, setKind] = useState('');
  const [open, setOpen] = useState<number | null>(null);
  const pages = useInfiniteQuery({
    queryKey: [...gatewayKeys.requests, kind],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) => request<LoggedPage>('GET', '/api/v1/admin/requests', { query: { before: pageParam, kind: kind || undefined }, signal }),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t('requests.lead', { most: number.format(pages.data?.pages[0]?.kept_most ?? 0) })}</Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', mb: 2 }}>
        <TextField select size="small" label={t('requests.kind')} value={kind} onChange={(event) => { setKind(event.target.value); }} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} sx={{ minWidth: 180 }}>
          <MenuItem value="">{t('requests.all')}</MenuItem>
          {KINDS.map((one) => (
            <MenuItem key={one} value={one}>
              {t(`requests.${one}`)}
            </MenuItem>
          ))}
        </TextField>
        <Button loading={pages.isRefetching} onClick={() => void pages.refetch()}>
          {t('requests.again')}
        </Button>
      </Box>
      {pages.isError && <ErrorNote error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.data && items.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('requests.none')}</Typography>}
      <Box component="ul" aria-label={t('requests.title')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {items.map((one) => (
          <Box component="li" key={one.number} sx={{ py: 1.25, borderBottom: 1, borderColor: 'divider', display: 'grid', gridTemplateColumns: { xs: '1fr', sm: 'minmax(0, 3fr) minmax(0, 2fr) 8rem' }, columnGap: 2, alignItems: 'center' }}>
            <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <Typography sx={{ fontWeight: 600 }}>{one.path}</Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary' }}>
                {[when.format(one.ended_ms), one.model].filter(Boolean).join(' · ')}
              </Typography>
            </Box>
            <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <Typography variant="body2">{one.label ?? one.person ?? t('requests.nobody')}</Typography>
              <Typography variant="body2" sx={{ color: one.kind === 'answered' || one.kind === 'left' ? 'text.secondary' : 'error.main' }}>
                {[String(one.status), t(`requests.${one.kind}`), one.error, t('playground.ms', { ms: number.format(one.duration_ms) })].filter(Boolean).join(' · ')}
              </Typography>
            </Box>
            <Button
              size="small"
              sx={{ justifySelf: { xs: 'start', sm: 'end' }, ml: { xs: -1.5, sm: 0 } }}
              aria-expanded={open === one.number}
              aria-label={t('accessKeys.actionOf', { action: t(open === one.number ? 'requests.less' : 'requests.whole'), name: one.id })}
              onClick={() => {
                setOpen(open === one.number ? null : one.number);
              }}
            >
              {open === one.number ? t('requests.less') : t('requests.whole')}
            </Button>
            {open === one.number && <Detail one={one} />}
          </Box>
        ))}
      </Box>
      {pages.hasNextPage && (
        <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} sx={{ mt: 2 }}>
          {t('requests.more')}
        </Button>
      )}
    </>
  );
}
