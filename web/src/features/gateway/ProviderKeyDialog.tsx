import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { FormDialog } from './FormDialog';
import { listOf } from './providerKey';
import { gatewayKeys, kindsQuery } from './queries';

/** A new key, of the person or of the pool. The server says at once whether it has its provider's form. */
export function ProviderKeyDialog({ pool, onClose }: { pool: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const kinds = useQuery(kindsQuery);
  const [fields, setFields] = useState({ provider: '', name: '', key: '', endpoint: '', roles: '', tiers: '', weight: '1' });
  const [named, setNamed] = useState(false);
  const [tried, setTried] = useState(false);
  const kind = kinds.data?.find(({ name }) => name === fields.provider) ?? kinds.data?.[0];
  const custom = kind !== undefined && kind.endpoint == null;
  const name = named ? fields.name : (kind?.title ?? '');
  const set = (part: Partial<typeof fields>) => {
    setFields((before) => ({ ...before, ...part }));
  };
  const problems = {
    name: name.trim() === '' ? t('providerKeys.needName') : '',
    key: fields.key.trim() === '' && !custom ? t('providerKeys.needKey') : '',
    endpoint: custom && fields.endpoint.trim() === '' ? t('providerKeys.needEndpoint') : '',
  };
  const problem = (field: keyof typeof problems) => (tried ? problems[field] : '');
  const secret = { ...(fields.key.trim() ? { key: fields.key.trim() } : {}), ...(custom ? { endpoint: fields.endpoint.trim() } : {}) };
  const check = useMutation({
    mutationFn: async () => (await api.POST('/api/v1/apikeys/validate', { body: { provider: kind?.name ?? '', ...secret } })).data,
  });
  const save = useMutation({
    mutationFn: async () => {
      const body = { provider: kind?.name ?? '', name: name.trim(), ...secret };
      if (!pool) return (await api.POST('/api/v1/apikeys', { body })).data;
      const audience = { roles: listOf(fields.roles), tiers: listOf(fields.tiers), people: [], spaces: [] };
      return (await api.POST('/api/v1/admin/apikeys', { body: { ...body, audience, weight: Number(fields.weight) || 1 } })).data;
    },
    onSuccess: (saved) => {
      show(saved?.warning ?? t('providerKeys.saved', { name: name.trim() }));
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: pool ? gatewayKeys.pool : gatewayKeys.own }),
  });
  const submit = () => {
    setTried(true);
    if (!Object.values(problems).some(Boolean)) save.mutate();
  };
  const looksWrong = check.data && !check.data.valid && fields.key !== '' ? check.data.problem : null;
  return (
    <FormDialog title={pool ? t('providerKeys.poolAdd') : t('providerKeys.add')} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        {kinds.isError && <ErrorNote error={kinds.error} onRetry={() => void kinds.refetch()} />}
        <TextField
          select
          label={t('providerKeys.provider')}
          value={kind?.name ?? ''}
          onChange={(event) => {
            check.reset();
            set({ provider: event.target.value });
          }}
          sx={{ mt: 1 }}
        >
          {(kinds.data ?? []).map(({ name: value, title }) => (
            <MenuItem key={value} value={value}>
              {title}
            </MenuItem>
          ))}
        </TextField>
        {custom && (
          <TextField type="url" label={t('providerKeys.endpoint')} helperText={problem('endpoint') || t('providerKeys.endpointHelp')} error={problem('endpoint') !== ''} value={fields.endpoint} onChange={(event) => { set({ endpoint: event.target.value }); }} />
        )}
        <TextField
          type="password"
          autoComplete="off"
          label={t('providerKeys.key')}
          helperText={problem('key') || (kind?.key_prefix ? t('providerKeys.keyHelp', { prefix: kind.key_prefix }) : custom ? t('providerKeys.keyOptional') : '')}
          error={problem('key') !== ''}
          value={fields.key}
          onChange={(event) => { set({ key: event.target.value }); }}
          onBlur={() => {
            if (fields.key.trim() !== '') check.mutate();
          }}
        />
        {check.data?.warning && fields.key !== '' && <Note severity="warning">{check.data.warning}</Note>}
        {looksWrong && <Note severity="warning">{t('providerKeys.formBad', { problem: looksWrong })}</Note>}
        <TextField
          label={t('providerKeys.nameField')}
          helperText={problem('name')}
          error={problem('name') !== ''}
          value={name}
          onChange={(event) => {
            setNamed(true);
            set({ name: event.target.value });
          }}
          slotProps={{ htmlInput: { maxLength: 100 } }}
        />
        {pool && (
          <>
            <TextField label={t('providerKeys.roles')} helperText={t('providerKeys.listHelp')} value={fields.roles} onChange={(event) => { set({ roles: event.target.value }); }} />
            <TextField label={t('providerKeys.tiers')} helperText={t('providerKeys.listHelp')} value={fields.tiers} onChange={(event) => { set({ tiers: event.target.value }); }} />
            <TextField type="number" label={t('providerKeys.weight')} helperText={t('providerKeys.weightHelp')} value={fields.weight} onChange={(event) => { set({ weight: event.target.value }); }} slotProps={{ htmlInput: { min: 1, max: 100 } }} />
          </>
        )}
        {save.isError && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('providerKeys.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
