import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { peopleQuery } from './queries';

/** Chooses a person by name; `onChange` gets their id, "" for nobody. */
export function PersonField({ problem, autoFocus, onChange }: { problem: string; autoFocus?: boolean; onChange: (id: string) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const people = useQuery({ ...peopleQuery(search.trim()), placeholderData: keepPreviousData });
  return (
    <Autocomplete
      options={people.data ?? []}
      getOptionLabel={({ username }) => username}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      loading={people.isFetching}
      noOptionsText={t('people.none')}
      loadingText={t('people.loading')}
      onInputChange={(_, text) => { setSearch(text); }}
      onChange={(_, person) => { onChange(person?.id ?? ''); }}
      renderInput={(params) => <TextField {...params} label={t('people.person')} error={problem !== ''} helperText={problem || t('people.help')} autoFocus={autoFocus ?? false} />}
    />
  );
}
