import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery } from '@tanstack/react-query';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { here, promptSettingsQuery, setPlace } from './place';

/** The time zone of the dates and times that companions are told. */
export function TimeZone() {
  const { t } = useTranslation();
  const settings = useQuery(promptSettingsQuery);
  const save = useMutation({ scope: { id: 'time-zone' }, mutationFn: (time_zone: string) => setPlace({ time_zone, locale: here().locale }) });
  const value = save.variables && save.isPending ? save.variables : settings.data?.time_zone || 'UTC';
  // Programs may have set one that browsers do not list.
  const zones = [...new Set([value, 'UTC', ...Intl.supportedValuesOf('timeZone')])].sort();
  return (
    <>
      <TextField
        select
        fullWidth
        size="small"
        label={t('settings.timeZone')}
        helperText={t('settings.timeZoneText')}
        value={value}
        disabled={!settings.data}
        onChange={(event) => {
          save.mutate(event.target.value);
        }}
        sx={{ mt: 3 }}
      >
        {zones.map((zone) => (
          <MenuItem key={zone} value={zone}>
            {zone.replaceAll('_', ' ')}
          </MenuItem>
        ))}
      </TextField>
      {settings.isError && <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />}
      {save.isError && <ErrorNote error={save.error} />}
    </>
  );
}
