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
import { gatewayKeys, type ProviderKey } from './queries';

export function ReplaceKeyDialog({ item, pool, onClose }: { item: ProviderKey; pool: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [key, setKey] = useState('');
  const [tried, setTried] = useState(false);
  const missing = tried && key.trim() === '';
  const save = useMutation({
    mutationFn: async () => {
      const body = { key: key.trim() };
      if (pool) return (await api.POST('/api/v1/admin/apikeys/{pool_key_id}/rotate', { params: { path: { pool_key_id: item.id } }, body })).data;
      return (await api.POST('/api/v1/apikeys/{provider_key_id}/rotate', { params: { path: { provider_key_id: item.id } }, body })).data;
    },
    onSuccess: (saved) => {
      show(saved?.warning ?? t('providerKeys.saved', { name: item.name }));
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: pool ? gatewayKeys.pool : gatewayKeys.own }),
  });
  const submit = () => {
    setTried(true);
    if (key.trim() !== '') save.mutate();
  };
  return (
    <FormDialog title={t('providerKeys.replaceTitle', { name: item.name })} onSubmit={submit} onClose={onClose}>
      <DialogContent>
        <p>{t('providerKeys.replaceText')}</p>
        <TextField
          type="password"
          autoComplete="off"
          label={t('providerKeys.key')}
          error={missing}
          helperText={missing ? t('providerKeys.needKey') : ''}
          value={key}
          onChange={(event) => { setKey(event.target.value); }}
          autoFocus
          fullWidth
        />
        {save.isError && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('providerKeys.replace')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
