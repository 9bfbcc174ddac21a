import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useId } from 'react';

import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import type { Metadata } from './generate';
import { dollars } from './money';
import type { RunState } from './run';

function Facts({ metadata }: { metadata: Metadata }) {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const number = new Intl.NumberFormat(language);
  const { usage } = metadata;
  const tries = metadata.trace?.tries ?? [];
  const answered = tries.find(({ outcome }) => outcome === 'answered');
  const failed = tries.filter(({ outcome }) => outcome !== 'answered');
  const cost = metadata.cost_micros == null ? t('playground.costUnknown') : metadata.cost_micros === 0 ? t('playground.costFree') : dollars(metadata.cost_micros, language);
  const facts: [string, string | null | undefined][] = [
    [t('playground.provider'), metadata.provider],
    [t('playground.usedModel'), metadata.model],
    [t('playground.key'), answered && answered.tier !== 'none' ? [t(`playground.tier.${answered.tier as 'pool'}`), answered.key].filter(Boolean).join(' · ') : null],
    [t('playground.why'), answered?.why],
    [t('playground.before'), failed.map((one) => t('playground.tryOf', { model: one.model, outcome: one.outcome })).join(', ')],
    [t('playground.tokens'), t('playground.tokensIn', { input: number.format(usage.prompt_tokens), output: number.format(usage.completion_tokens) })],
    [t('playground.cached'), usage.cached_tokens ? number.format(usage.cached_tokens) : null],
    [t('playground.cost'), cost],
    [t('playground.first'), metadata.first_token_ms == null ? null : t('playground.ms', { ms: number.format(metadata.first_token_ms) })],
    [t('playground.latency'), t('playground.ms', { ms: number.format(metadata.latency_ms) })],
    [t('playground.finish'), metadata.finish_reason],
  ];
  return (
    <Box component="dl" sx={{ m: 0, mt: 2, pt: 2, borderTop: 1, borderColor: 'divider', display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(130px, 1fr))', gap: 1.5, '& dt': { color: 'text.secondary', fontSize: '0.8rem' }, '& dd': { m: 0, fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' } }}>
      {facts.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </Box>
  );
}

/** What came back, as the model wrote it: plain text, so that nothing is hidden from who tries a prompt. */
export function Answer({ model, state }: { model: string; state: RunState }) {
  const { t } = useTranslation();
  const id = useId();
  const title = model ? t('playground.answerOf', { model }) : t('playground.answerTitle');
  const untouched = !state.running && state.text === '' && !state.metadata && !state.stopped && !state.error && !state.broken;
  return (
    <Paper component="section" variant="outlined" aria-labelledby={id} aria-busy={state.running} sx={{ p: { xs: 2, sm: 2.5 }, borderRadius: '22px', minWidth: 0 }}>
      <Typography id={id} component="h2" variant="h3" sx={{ mb: 1, overflowWrap: 'anywhere' }}>
        {title}
      </Typography>
      {untouched && <Typography sx={{ color: 'text.secondary' }}>{t('playground.empty')}</Typography>}
      {state.running && state.text === '' && <Typography sx={{ color: 'text.secondary' }}>{t('playground.waiting')}</Typography>}
      <Typography component="div" sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {state.text}
      </Typography>
      {state.error != null && <ErrorNote error={state.error} />}
      {(state.stopped || state.broken) && <Typography sx={{ color: 'text.secondary', mt: 1 }}>{state.stopped ? t('playground.stopped') : t('playground.broken')}</Typography>}
      {state.metadata && <Facts metadata={state.metadata} />}
    </Paper>
  );
}
