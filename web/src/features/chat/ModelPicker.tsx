import Box from '@mui/material/Box';
import ListSubheader from '@mui/material/ListSubheader';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery } from '@tanstack/react-query';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Note } from '../../ui/Note';
import { useNotices } from '../../ui/notices';
import { answersQuery, byProvider, chooseDefault, chooseModel, modelStatesQuery } from './answers';

/** Whose choice it is: of one conversation, of all of a person's that have none of their own, or of the server. */
export type Choosing = { conversation: string } | 'mine' | 'server';

/** The model that answers. What is chosen holds at once, from the next answer on. */
export default function ModelPicker({ choosing }: { choosing: Choosing }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const conversation = typeof choosing === 'object' ? choosing.conversation : undefined;
  const models = useQuery(modelStatesQuery);
  const answers = useQuery(answersQuery(conversation));
  const choose = useMutation({
    mutationFn: (model: string) => (choosing === 'server' ? chooseDefault(model) : chooseModel(model, conversation)),
    onSuccess: () => {
      show(t('answers.chosen'));
    },
  });
  const usual = models.data?.find((model) => model.is_default)?.id ?? '';
  const chosen = choosing === 'server' ? usual : choosing === 'mine' ? answers.data?.mine : answers.data?.conversation;
  const value = choose.isPending ? choose.variables : (chosen ?? '');
  const now = answers.data?.answers;
  const inherited = conversation && answers.data?.mine ? answers.data.mine : usual;
  const known = models.data?.some((model) => model.id === value) ?? false;
  const name = (provider: string) => (provider === 'local' ? t('answers.here') : provider === 'alias' ? t('answers.aliases') : provider);
  const failed = models.error ?? answers.error;
  if (failed)
    return (
      <ErrorNote
        error={failed}
        onRetry={() => {
          void models.refetch();
          void answers.refetch();
        }}
      />
    );
  return (
    <Box>
      <TextField
        select
        fullWidth
        margin="normal"
        label={choosing === 'server' ? t('answers.ofServer') : choosing === 'mine' ? t('answers.ofMine') : t('answers.ofThis')}
        helperText={choosing === 'server' ? t('answers.serverText') : t('answers.text')}
        value={value}
        disabled={!models.data || !answers.data}
        onChange={(event) => {
          choose.mutate(event.target.value);
        }}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {choosing !== 'server' && <MenuItem value="">{t('answers.usual', { name: inherited })}</MenuItem>}
        {value !== '' && !known && <MenuItem value={value}>{value}</MenuItem>}
        {byProvider(models.data ?? []).flatMap(([provider, list]) => [
          <ListSubheader key={`of ${provider}`}>{name(provider)}</ListSubheader>,
          ...list.map((model) => (
            <MenuItem key={model.id} value={model.id} disabled={model.state === 'failed'}>
              {model.provider === 'local' || model.provider === 'alias' ? model.id : model.name}
              {model.state === 'resting' || model.state === 'failed' ? ` · ${t(`answers.${model.state}`)}` : ''}
            </MenuItem>
          )),
        ])}
      </TextField>
      {choose.isError && <ErrorNote error={choose.error} />}
      {choosing !== 'server' && now?.problem && (
        <Note severity="warning" role="status">
          {t('answers.trouble', { name: now.id, detail: now.problem })}
        </Note>
      )}
      {choosing !== 'server' && now && now.provider !== 'local' && now.state !== 'failed' && (
        <Note severity="info" role="status">
          {t('answers.outside', { name: now.id })}
        </Note>
      )}
    </Box>
  );
}
