import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { Answer } from './Answer';
import { CodeDialog } from './CodeDialog';
import type { Ask } from './generate';
import { offersQuery } from './queries';
import { useRun } from './run';

interface Offer {
  id: string;
  provider: string;
}

function ModelPicker({ label, offers, value, onChange }: { label: string; offers: Offer[]; value: Offer | null; onChange: (offer: Offer | null) => void }) {
  const { t } = useTranslation();
  return (
    <Autocomplete
      options={offers}
      value={value}
      groupBy={(offer) => offer.provider}
      getOptionLabel={(offer) => offer.id}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      onChange={(_, next) => {
        onChange(next);
      }}
      noOptionsText={t('playground.noModels')}
      sx={{ flex: '1 1 240px' }}
      renderInput={(params) => <TextField {...params} label={label} size="small" />}
    />
  );
}

/** The number in a field; null where it is empty or none. */
const numberIn = (text: string) => (text.trim() === '' || !Number.isFinite(Number(text)) ? null : Number(text));

export default function Playground() {
  const { t } = useTranslation();
  const providers = useQuery(offersQuery);
  const offers = (providers.data ?? []).flatMap((provider) => provider.models.map((model) => ({ id: model.id, provider: provider.name })));
  const [chosen, setChosen] = useState<(Offer | null)[]>([null, null]);
  const [two, setTwo] = useState(false);
  const [system, setSystem] = useState('');
  const [prompt, setPrompt] = useState('');
  const [maxTokens, setMaxTokens] = useState('256');
  const [temperature, setTemperature] = useState('');
  const [showCode, setShowCode] = useState(false);
  const runs = [useRun(), useRun()];
  const models = [chosen[0] ?? offers[0] ?? null, two ? (chosen[1] ?? offers.find((offer) => offer.id !== (chosen[0] ?? offers[0])?.id) ?? null) : null];
  const busy = runs.some((run) => run.state.running);
  const askOf = (model: Offer): Ask => ({ model: model.id, system, prompt, maxTokens: numberIn(maxTokens), temperature: numberIn(temperature) });
  const ready = prompt.trim() !== '' && models[0] !== null && (!two || models[1] !== null);
  const start = () => {
    if (!ready || busy) return;
    models.forEach((model, index) => {
      if (model) void runs[index]?.start(askOf(model));
    });
  };
  const choose = (index: number) => (offer: Offer | null) => {
    setChosen((before) => before.map((old, at) => (at === index ? offer : old)));
  };

  return (
    <Box
      component="form"
      onSubmit={(event: React.FormEvent) => {
        event.preventDefault();
        start();
      }}
      sx={{ display: 'grid', gap: 2 }}
    >
      {providers.isError && <ErrorNote error={providers.error} onRetry={() => void providers.refetch()} />}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center' }}>
        <ModelPicker label={t('playground.model')} offers={offers} value={models[0] ?? null} onChange={choose(0)} />
        {two && <ModelPicker label={t('playground.second')} offers={offers} value={models[1] ?? null} onChange={choose(1)} />}
        <FormControlLabel control={<Switch checked={two} onChange={(_, on) => { setTwo(on); }} />} label={t('playground.compare')} />
      </Box>
      <TextField label={t('playground.system')} helperText={t('playground.systemHelp')} value={system} onChange={(event) => { setSystem(event.target.value); }} multiline maxRows={6} size="small" />
      <TextField
        label={t('playground.prompt')}
        value={prompt}
        onChange={(event) => { setPrompt(event.target.value); }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) start();
        }}
        multiline
        minRows={4}
        maxRows={14}
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'flex-start' }}>
        <TextField label={t('playground.maxTokens')} type="number" size="small" value={maxTokens} onChange={(event) => { setMaxTokens(event.target.value); }} slotProps={{ htmlInput: { min: 1, step: 1 } }} sx={{ flex: '0 1 120px' }} />
        <TextField
          label={t('playground.temperature')}
          helperText={t('playground.temperatureHelp')}
          type="number"
          size="small"
          value={temperature}
          onChange={(event) => { setTemperature(event.target.value); }}
          slotProps={{ htmlInput: { min: 0, max: 2, step: 0.1 } }}
          sx={{ flex: '1 1 180px', maxWidth: 240 }}
        />
        <Box sx={{ flex: 1 }} />
        <Button disabled={!ready} onClick={() => { setShowCode(true); }}>{t('playground.code')}</Button>
        {busy ? (
          <Button variant="contained" color="inherit" startIcon={<Icon name="stop" size={20} />} onClick={() => { runs.forEach((run) => { run.stop(); }); }}>
            {t('playground.stop')}
          </Button>
        ) : (
          <Button type="submit" variant="contained" disabled={!ready} startIcon={<Icon name="play" size={20} />}>
            {t('playground.run')}
          </Button>
        )}
      </Box>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: two ? { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' } : 'minmax(0, 1fr)' }}>
        {models.map((model, index) => {
          const run = runs[index];
          return run && (index === 0 || two) ? <Answer key={index === 0 ? 'first' : 'second'} model={run.state.model || (model?.id ?? '')} state={run.state} /> : null;
        })}
      </Box>
      {showCode && models[0] && (
        <CodeDialog ask={askOf(models[0])} onClose={() => { setShowCode(false); }} />
      )}
    </Box>
  );
}
