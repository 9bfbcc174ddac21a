import Box from '@mui/material/Box';
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
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { FormDialog } from './FormDialog';
import { PersonField } from './PersonField';
import { gatewayKeys, keysOfQuery } from './queries';

/** In which tier somebody's access key is: its owner's, or one of its own. */
export function KeyTierDialog({ tiers, onClose }: { tiers: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [person, setPerson] = useState('');
  const [chosen, setChosen] = useState('');
  const [picked, setPicked] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const keys = useQuery({ ...keysOfQuery(person), enabled: person !== '' });
  const items = person === '' ? [] : (keys.data ?? []);
  const key = items.find(({ id }) => id === chosen) ?? items[0];
  const tier = picked ?? key?.tier ?? '';
  // One that is in no list any more is still what the key has.
  const names = tier === '' || tiers.includes(tier) ? tiers : [...tiers, tier];
  const save = useMutation({
    mutationFn: async (id: string) => {
      await api.PATCH('/api/v1/admin/people/{person}/api-keys/{key}', { params: { path: { person, key: id } }, body: { tier } });
    },
    onSuccess: () => {
      show(t('limits.saved'));
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gatewayKeys.keysOf }),
  });
  const submit = () => {
    setTried(true);
    if (key) save.mutate(key.id);
  };
  return (
    <FormDialog title={t('limits.add_key')} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Box sx={{ mt: 1 }}>
          <PersonField
            problem={tried && person === '' ? t('people.need') : ''}
            autoFocus
            onChange={(id) => {
              setPerson(id);
              setPicked(null);
            }}
          />
        </Box>
        <TextField
          select
          label={t('limits.key')}
          value={key?.id ?? ''}
          disabled={items.length === 0}
          helperText={person !== '' && keys.data?.length === 0 ? t('limits.noKeys') : ''}
          onChange={(event) => {
            setChosen(event.target.value);
            setPicked(null);
          }}
        >
          {items.map(({ id, name, prefix }) => (
            <MenuItem key={id} value={id}>
              {`${name} · ${prefix}…`}
            </MenuItem>
          ))}
        </TextField>
        <TextField select label={t('limits.tier')} value={tier} disabled={!key} onChange={(event) => { setPicked(event.target.value); }} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}>
          <MenuItem value="">{t('limits.ownTier')}</MenuItem>
          {names.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        {keys.isError && <ErrorNote error={keys.error} />}
        {save.isError && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('limits.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
