import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';

import { modelsQuery, statusQuery } from '../../api/queries';
import type { Engine, Model } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
import { ErrorNote } from '../../ui/errors';
import { Page, PageTitle } from '../../ui/Page';
import { bytes, duration } from './format';

const colours: Record<string, string> = { ready: 'success.main', available: 'text.secondary', loading: 'warning.main', failed: 'error.main' };

function State({ state }: { state: string }) {
  const { t } = useTranslation();
  const known = state === 'ready' || state === 'loading' || state === 'failed' || state === 'available' ? state : null;
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.75, fontWeight: 600, fontSize: '0.9rem', color: colours[state] ?? 'text.secondary' }}>
      <Box component="span" aria-hidden="true" sx={{ width: 9, height: 9, borderRadius: '50%', bgcolor: 'currentColor' }} />
      {known ? t(`status.${known}`) : state}
    </Box>
  );
}

function Facts({ facts }: { facts: [string, string | null | undefined][] }) {
  return (
    <Box component="dl" sx={{ m: 0, mt: 2, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(130px, 1fr))', gap: 1.5, '& dt': { color: 'text.secondary', fontSize: '0.8rem' }, '& dd': { m: 0, fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' } }}>
      {facts.map(([name, value]) =>
        value == null || value === '' ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </Box>
  );
}

function EngineCard({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(regional(i18n.language));
  const percent = Math.round(engine.progress * 100);
  const count = (value: number | null | undefined) => (value ? number.format(value) : null);
  return (
    <Paper component="li" variant="outlined" sx={{ p: { xs: 2, sm: 3 }, borderRadius: '22px' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', gap: 1 }}>
        <Typography component="h3" variant="h3">
          {engine.model || engine.name}
        </Typography>
        <State state={engine.state} />
      </Box>
      {engine.state === 'loading' && (
        <LinearProgress variant="determinate" value={percent} aria-label={t('status.progress', { name: engine.name, percent })} sx={{ mt: 1.5, height: 6, borderRadius: '14px' }} />
      )}
      {engine.state === 'failed' && (
        <Note severity="error" mt={1.5}>
          {engine.reason} {engine.remedy}
        </Note>
      )}
      <Facts
        facts={[
          [t('status.kind'), [...new Set([engine.kind, engine.name])].join(' · ')],
          [t(engine.batch_threads ? 'status.threads' : 'status.threadsOf'), engine.threads ? [engine.threads, engine.batch_threads].filter(Boolean).map((one) => number.format(one)).join(' / ') : null],
          [t('status.batch'), count(engine.batch_tokens)],
          [t('status.context'), engine.context_tokens ? t('trace.count', { count: engine.context_tokens }) : null],
          [t('status.live'), number.format(engine.live)],
          [t('status.waiting'), count(engine.waiting)],
          [t('status.cells'), engine.cells ? `${number.format(engine.cells_used)} / ${number.format(engine.cells)}` : null],
          [t('status.saved'), engine.saved_bytes ? bytes(engine.saved_bytes, regional(i18n.language)) : null],
        ]}
      />
    </Paper>
  );
}

function ModelRow({ model }: { model: Model }) {
  const { t, i18n } = useTranslation();
  return (
    <Paper component="li" variant="outlined" sx={{ p: { xs: 2, sm: 2.5 }, borderRadius: '18px' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'space-between', gap: 1 }}>
        <Typography component="h3" variant="h3">
          {model.id}
        </Typography>
        <State state={model.state} />
      </Box>
      {model.problem && (
        <Note severity="error" mt={1.5}>
          {model.problem}
        </Note>
      )}
      <Facts
        facts={[
          [t('status.size'), model.size_bytes ? bytes(model.size_bytes, regional(i18n.language)) : null],
          [t('status.context'), model.context_tokens ? t('trace.count', { count: model.context_tokens }) : null],
          [t('status.architecture'), [model.architecture, model.quantization].filter(Boolean).join(' · ')],
          [t('status.licence'), model.licence],
        ]}
      />
    </Paper>
  );
}

export default function Status() {
  const { t, i18n } = useTranslation();
  const status = useQuery(statusQuery);
  const models = useQuery(modelsQuery);
  const list = { listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 2 };
  return (
    <Page width={820}>
      <PageTitle title={t('status.title')}>{t('status.title')}</PageTitle>
      <Typography sx={{ color: 'text.secondary', mt: 0.5 }}>{t('status.lead')}</Typography>
      {status.isError && <ErrorNote error={status.error} onRetry={() => void status.refetch()} />}
      {status.data && (
        <>
          <Facts
            facts={[
              [t('status.version'), status.data.version],
              [t('status.uptime'), duration(status.data.uptime_s, regional(i18n.language))],
            ]}
          />
          <Typography component="h2" variant="h2" sx={{ mt: 4, mb: 2 }}>
            {t('status.engines')}
          </Typography>
          {status.data.engines.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('status.noEngines')}</Typography>}
          <Box component="ul" sx={list}>
            {status.data.engines.map((engine) => (
              <EngineCard key={`${engine.kind}/${engine.name}`} engine={engine} />
            ))}
          </Box>
        </>
      )}
      <Typography component="h2" variant="h2" sx={{ mt: 4, mb: 2 }}>
        {t('status.models')}
      </Typography>
      {models.isError && <ErrorNote error={models.error} onRetry={() => void models.refetch()} />}
      {models.data?.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('status.noModels')}</Typography>}
      <Box component="ul" sx={list}>
        {models.data?.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </Box>
    </Page>
  );
}
