import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { FormDialog } from './FormDialog';
import { changesOf, formOf, sameServer } from './providerKey';
import { gatewayKeys, type ProviderKey, type ProviderKind } from './queries';

/** What a key is called, where it goes and for whom it is. Its text is never shown; on another server it is given anew. */
export function ProviderKeyEditDialog({ item, kind, pool, onClose }: { item: ProviderKey; kind: ProviderKind | undefined; pool: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [fields, setFields] = useState(() => formOf(item));
  const [key, setKey] = useState('');
  const [tried, setTried] = useState(false);
  const set = (part: Partial<typeof fields>) => {
    setFields((before) => ({ ...before, ...part }));
  };
  const own = kind?.endpoint ?? '';
  const moves = !sameServer(item.endpoint || own, fields.endpoint.trim() || own);
  const weight = Number(fields.weight);
  const problems = {
    name: fields.name.trim() === '' ? t('providerKeys.needName') : '',
    endpoint: own === '' && fields.endpoint.trim() === '' ? t('providerKeys.needEndpoint') : '',
    key: moves && item.mask !== '' && key.trim() === '' ? t('providerKeys.needKeyAgain') : '',
    weight: pool && !(Number.isInteger(weight) && weight >= 1 && weight <= 100) ? t('providerKeys.weightHelp') : '',
  };
  const problem = (field: keyof typeof problems) => (tried ? problems[field] : '');
  const save = useMutation({
    mutationFn: async () => {
      const body = { ...changesOf(item, fields, pool), ...(moves && key.trim() !== '' ? { key: key.trim() } : {}) };
      if (pool) return (await api.PATCH('/api/v1/admin/apikeys/{pool_key_id}', { params: { path: { pool_key_id: item.id } }, body })).data;
      return (await api.PATCH('/api/v1/apikeys/{provider_key_id}', { params: { path: { provider_key_id: item.id } }, body })).data;
    },
    onSuccess: (saved) => {
      show(saved?.warning ?? t('providerKeys.saved', { name: fields.name.trim() }));
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: pool ? gatewayKeys.pool : gatewayKeys.own }),
  });
  const submit = () => {
    setTried(true);
    if (!Object.values(problems).some(Boolean)) save.mutate();
  };
  return (
    <FormDialog title={t('providerKeys.editTitle', { name: item.name })} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <TextField
          label={t('providerKeys.nameField')}
          helperText={problem('name')}
          error={problem('name') !== ''}
          value={fields.name}
          onChange={(event) => { set({ name: event.target.value }); }}
          slotProps={{ htmlInput: { maxLength: 100 } }}
          sx={{ mt: 1 }}
          autoFocus
        />
        <TextField
          type="url"
          label={t('providerKeys.endpoint')}
          placeholder={own}
          helperText={problem('endpoint') || (own ? t('providerKeys.endpointOwn', { endpoint: own }) : t('providerKeys.endpointHelp'))}
          error={problem('endpoint') !== ''}
          value={fields.endpoint}
          onChange={(event) => { set({ endpoint: event.target.value }); }}
          slotProps={{ inputLabel: { shrink: true } }}
        />
        {moves && (
          <TextField
            type="password"
            autoComplete="off"
            label={t('providerKeys.key')}
            helperText={problem('key') || t('providerKeys.keyAgain')}
            error={problem('key') !== ''}
            value={key}
            onChange={(event) => { setKey(event.target.value); }}
          />
        )}
        {pool && (
          <>
            <TextField label={t('providerKeys.roles')} helperText={t('providerKeys.listHelp')} value={fields.roles} onChange={(event) => { set({ roles: event.target.value }); }} />
            <TextField label={t('providerKeys.tiers')} helperText={t('providerKeys.listHelp')} value={fields.tiers} onChange={(event) => { set({ tiers: event.target.value }); }} />
            <TextField
              type="number"
              label={t('providerKeys.weight')}
              helperText={t('providerKeys.weightHelp')}
              error={problem('weight') !== ''}
              value={fields.weight}
              onChange={(event) => { set({ weight: event.target.value }); }}
              slotProps={{ htmlInput: { min: 1, max: 100 } }}
            />
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
