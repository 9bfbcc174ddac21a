import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import FormControl from '@mui/material/FormControl';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import FormHelperText from '@mui/material/FormHelperText';
import FormLabel from '@mui/material/FormLabel';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { changesOf, dayOf, endOf, formOf, type Scope, SCOPES } from './accessKey';
import { FormDialog } from './FormDialog';
import { microsIn } from './money';
import type { AccessKey } from './queries';

/** Makes a key, or changes one. `onSaved` gets the text of a new one. */
export function AccessKeyDialog({ editing, onClose, onSaved }: { editing?: AccessKey; onClose: () => void; onSaved: (text: string | null) => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [name, setName] = useState(editing?.name ?? '');
  const [scopes, setScopes] = useState<Scope[]>(editing ? formOf(editing).scopes : ['llm', 'models']);
  const [models, setModels] = useState(editing?.models.join('\n') ?? '');
  const [budget, setBudget] = useState(editing?.budget_micros == null ? '' : String(editing.budget_micros / 1e6));
  const [expires, setExpires] = useState(editing?.expires == null ? '' : dayOf(editing.expires));
  const [tried, setTried] = useState(false);
  const [today] = useState(() => dayOf(Date.now()));
  const micros = microsIn(budget);
  const problems = {
    name: name.trim() === '' ? t('accessKeys.needName') : '',
    scopes: scopes.length === 0 ? t('accessKeys.needScope') : '',
    budget: micros === undefined ? t('accessKeys.badBudget') : '',
  };
  const save = useMutation({
    mutationFn: async (): Promise<string | null> => {
      const wanted = { name: name.trim(), scopes, models: models.split('\n').map((line) => line.trim()).filter(Boolean) };
      if (editing) {
        const body = changesOf(formOf(editing), { ...wanted, budget: micros ?? null, expires });
        await api.PATCH('/api/v1/api-keys/{access_key_id}', { params: { path: { access_key_id: editing.id } }, body });
        return null;
      }
      const body = { ...wanted, ...(micros == null ? {} : { budget_micros: micros }), ...(expires ? { expires: endOf(expires) } : {}) };
      return (await api.POST('/api/v1/api-keys', { body })).data?.key ?? null;
    },
    onSuccess: (text) => {
      if (editing) show(t('accessKeys.saved', { name: name.trim() }));
      onSaved(text);
    },
  });
  const submit = () => {
    setTried(true);
    if (!Object.values(problems).some(Boolean)) save.mutate();
  };
  const problem = (field: keyof typeof problems) => (tried ? problems[field] : '');
  return (
    <FormDialog title={editing ? t('accessKeys.editTitle', { name: editing.name }) : t('accessKeys.make')} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <TextField
          label={t('accessKeys.nameField')}
          helperText={problem('name') || t('accessKeys.nameHelp')}
          error={problem('name') !== ''}
          value={name}
          onChange={(event) => { setName(event.target.value); }}
          slotProps={{ htmlInput: { maxLength: 100 } }}
          autoFocus
          fullWidth
          sx={{ mt: 1 }}
        />
        <FormControl component="fieldset" error={problem('scopes') !== ''}>
          <FormLabel component="legend">{t('accessKeys.scopes')}</FormLabel>
          <FormGroup>
            {SCOPES.map((scope) => (
              <FormControlLabel
                key={scope}
                label={t(`accessKeys.scope.${scope}`)}
                control={
                  <Checkbox
                    checked={scopes.includes(scope)}
                    onChange={(_, on) => { setScopes((before) => (on ? [...before, scope] : before.filter((other) => other !== scope))); }}
                  />
                }
              />
            ))}
          </FormGroup>
          {problem('scopes') && <FormHelperText>{problem('scopes')}</FormHelperText>}
        </FormControl>
        <TextField label={t('accessKeys.models')} helperText={t('accessKeys.modelsHelp')} value={models} onChange={(event) => { setModels(event.target.value); }} multiline minRows={2} maxRows={8} fullWidth />
        <TextField
          label={t('accessKeys.budget')}
          helperText={problem('budget') || t('accessKeys.budgetHelp')}
          error={problem('budget') !== ''}
          value={budget}
          onChange={(event) => { setBudget(event.target.value); }}
          slotProps={{ htmlInput: { inputMode: 'decimal' } }}
          fullWidth
        />
        <TextField
          type="date"
          label={t('accessKeys.expires')}
          helperText={t('accessKeys.expiresHelp')}
          value={expires}
          onChange={(event) => { setExpires(event.target.value); }}
          slotProps={{ inputLabel: { shrink: true }, htmlInput: { min: today } }}
          fullWidth
        />
        {save.isError && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {editing ? t('accessKeys.save') : t('accessKeys.make')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
