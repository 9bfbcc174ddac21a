import Typography from '@mui/material/Typography';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';

import { api } from '../../api/client';
import { keys } from '../../api/queries';
import type { Registration as State } from '../../api/types';
import { queryClient } from '../../app/query';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { Choice, Section } from './parts';

type Mode = State['mode'];

const registrationQuery = queryOptions({
  queryKey: ['registration'],
  queryFn: async ({ signal }): Promise<State | null> => (await api.GET('/api/v1/admin/registration', { signal })).data ?? null,
});

/** Who may make an account on this server: an admin's choice, in force at once. */
export function Registration() {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const state = useQuery(registrationQuery);
  const choose = useMutation({
    mutationFn: async (mode: Mode) => (await api.PUT('/api/v1/admin/registration', { body: { mode } })).data,
    onSuccess: (now) => {
      queryClient.setQueryData(registrationQuery.queryKey, now ?? null);
      void queryClient.invalidateQueries({ queryKey: keys.setup });
      show(t('registration.saved'));
    },
  });
  const mode = choose.isPending ? choose.variables : state.data?.mode;
  return (
    <Section title={t('registration.title')}>
      {state.isError && <ErrorNote error={state.error} onRetry={() => void state.refetch()} />}
      {mode && (
        <>
          <Choice
            label={t('registration.who')}
            value={mode}
            options={[
              ['open', t('registration.open')],
              ['local', t('registration.local')],
              ['closed', t('registration.closed')],
            ]}
            onChange={(next) => {
              choose.mutate(next);
            }}
          />
          <Typography variant="body2" sx={{ color: 'text.secondary' }}>
            {t(`registration.${mode}Text`)}
          </Typography>
        </>
      )}
      {choose.isError && <ErrorNote error={choose.error} />}
    </Section>
  );
}
