import Box from '@mui/material/Box';

import type { HistoryItem } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { useVoice } from '../voice/store';

type Trace = NonNullable<HistoryItem['trace']>;
type Usage = NonNullable<HistoryItem['usage']>;

const stages = ['accepted', 'prompt_built', 'prefill_done', 'first_token', 'first_clause', 'first_sample', 'first_audible', 'done'] as const;

/** How long each step of an answer took: the promise of speed, shown instead of claimed. */
export function TraceDetail({ trace, usage, turnId }: { trace: Trace; usage: Usage | null | undefined; turnId?: string | null | undefined }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(regional(i18n.language), { maximumFractionDigits: 0 });
  const one = new Intl.NumberFormat(regional(i18n.language), { maximumFractionDigits: 1 });
  const total = Math.max(1, trace.done_ms ?? 0, trace.first_token_ms ?? 0);
  const speaking = (trace.done_ms ?? 0) - (trace.first_token_ms ?? 0);
  // A turn without a voice has no times of one.
  const times: Partial<Record<`${(typeof stages)[number]}_ms`, number | null>> = trace;
  const facts: [string, string][] = [];
  const heard = useVoice((state) => (turnId ? state.firstSound[turnId] : undefined));
  if (heard !== undefined) facts.push([t('trace.heardHere'), t('trace.ms', { value: number.format(heard) })]);
  if (trace.model) facts.push([t('trace.model'), trace.model]);
  if (usage) {
    facts.push([t('trace.prompt'), t('trace.count', { count: usage.prompt })], [t('trace.reused'), t('trace.count', { count: usage.reused })]);
    facts.push([t('trace.completion'), t('trace.count', { count: usage.completion })]);
    if (usage.completion > 1 && speaking > 0) facts.push([t('trace.speed'), t('trace.perSecond', { value: one.format(((usage.completion - 1) * 1000) / speaking) })]);
  }
  if (trace.queued_ms != null && trace.queued_ms >= 1) facts.push([t('trace.queued'), t('trace.ms', { value: number.format(trace.queued_ms) })]);
  return (
    <Box sx={{ mt: 0.5, mb: 1, p: 2, borderRadius: '14px', bgcolor: 'sunken.main', fontSize: '0.85rem', maxWidth: 520 }}>
      <Box component="table" sx={{ width: '100%', borderCollapse: 'collapse', '& td, & th': { py: 0.35, textAlign: 'left', fontWeight: 400, verticalAlign: 'middle' } }}>
        <Box component="caption" sx={{ textAlign: 'left', fontWeight: 600, pb: 0.5 }}>
          {t('chat.details')}
        </Box>
        <tbody>
          {stages.map((stage) => {
            const ms = times[`${stage}_ms`];
            if (ms == null) return null;
            return (
              <tr key={stage}>
                <Box component="th" scope="row" sx={{ pr: 2, color: 'text.secondary' }}>
                  {t(`trace.${stage}`)}
                </Box>
                <Box component="td" aria-hidden="true" sx={{ width: '38%', display: { xs: 'none', sm: 'table-cell' } }}>
                  <Box sx={{ height: 6, borderRadius: '14px', bgcolor: 'divider' }}>
                    <Box sx={{ height: 6, borderRadius: '14px', bgcolor: 'secondary.main', minWidth: 3 }} style={{ width: `${String(Math.min(100, (ms / total) * 100))}%` }} />
                  </Box>
                </Box>
                <Box component="td" sx={{ pl: 2, width: '1%', whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums', '&&': { textAlign: 'right' } }}>
                  {t('trace.ms', { value: ms < 10 ? one.format(ms) : number.format(ms) })}
                </Box>
              </tr>
            );
          })}
        </tbody>
      </Box>
      <Box component="dl" sx={{ m: 0, mt: 1, display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 0.35, '& dt': { color: 'text.secondary' }, '& dd': { m: 0, textAlign: 'right' } }}>
        {facts.map(([label, value]) => (
          <Box key={label} sx={{ display: 'contents' }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </Box>
        ))}
      </Box>
    </Box>
  );
}
