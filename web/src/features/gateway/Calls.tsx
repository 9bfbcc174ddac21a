import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery } from '@tanstack/react-query';

import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { dollars } from './money';
import { gatewayKeys } from './queries';
import { type Call, callsPage, type Sums } from './usage';

/** Each call as it was booked, the newest first. */
export function Calls({ everybody, people, keys }: { everybody: boolean; people: Sums[]; keys: Sums[] }) {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const number = new Intl.NumberFormat(language);
  const when = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });
  const pages = useInfiniteQuery({
    queryKey: [...gatewayKeys.usage, 'calls', everybody],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => callsPage(everybody, pageParam, signal),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const labels = new Map([...people, ...keys].map((item) => [item.name, item.label ?? item.name]));
  const who = (call: Call) => [everybody ? labels.get(call.person) : null, call.key ? (labels.get(call.key) ?? t('usage.goneKey')) : t('usage.noKey')].filter(Boolean).join(' · ');
  const calls = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Box component="section" aria-label={t('usage.recent')} sx={{ mt: 5 }}>
      <Typography component="h2" variant="h2" sx={{ mb: 1 }}>
        {t('usage.recent')}
      </Typography>
      {pages.isError && <ErrorNote error={pages.error} onRetry={() => void pages.refetch()} />}
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {calls.map((call) => (
          <Box component="li" key={call.id} sx={{ py: 1.25, borderBottom: 1, borderColor: 'divider', display: 'grid', gridTemplateColumns: { xs: '1fr', sm: 'minmax(0, 2fr) minmax(0, 2fr) auto' }, columnGap: 2 }}>
            <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <Typography sx={{ fontWeight: 600 }}>{`${call.provider}/${call.model}`}</Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary' }}>
                {when.format(call.started_ms)}
              </Typography>
            </Box>
            <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <Typography variant="body2">{who(call)}</Typography>
              <Typography variant="body2" sx={{ color: call.outcome === 'failed' ? 'error.main' : 'text.secondary' }}>
                {[t(`usage.outcome.${call.outcome as 'done'}`), call.error, t('playground.ms', { ms: number.format(call.duration_ms) })].filter(Boolean).join(' · ')}
              </Typography>
            </Box>
            <Box sx={{ textAlign: { sm: 'right' }, fontVariantNumeric: 'tabular-nums' }}>
              <Typography variant="body2">{call.cost_micros == null ? t('playground.costUnknown') : dollars(call.cost_micros, language)}</Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary' }}>
                {t('usage.tokensIn', { input: number.format(call.input), output: number.format(call.output) })}
                {call.estimated && ` · ${t('usage.estimated')}`}
              </Typography>
            </Box>
          </Box>
        ))}
      </Box>
      {pages.hasNextPage && (
        <Button loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()} sx={{ mt: 2 }}>
          {t('usage.more')}
        </Button>
      )}
    </Box>
  );
}
