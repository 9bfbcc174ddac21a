import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { FormDialog } from './FormDialog';
import { microsIn } from './money';
import { PersonField } from './PersonField';
import { gatewayKeys } from './queries';
import type { Budget } from './usage';

/** Whom a budget is for: the whole server, each of a kind, or one by its id. */
const FOR = ['global', 'eachPerson', 'person', 'eachKey', 'key'] as const;
type For = (typeof FOR)[number];
const PERIODS = ['day', 'month', 'total'] as const;

const amount = (micros: number | null | undefined) => (micros == null ? '' : String(micros / 1e6));

export function BudgetDialog({ editing, onClose }: { editing?: Budget; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [whom, setWhom] = useState<For>('global');
  const [id, setId] = useState('');
  const [period, setPeriod] = useState<(typeof PERIODS)[number]>('month');
  const [hard, setHard] = useState(amount(editing?.hard_micros));
  const [soft, setSoft] = useState(amount(editing?.soft_micros));
  const [tried, setTried] = useState(false);
  const one = whom === 'person' || whom === 'key';
  const limits = { hard: microsIn(hard), soft: microsIn(soft) };
  const problems = {
    id: !editing && one && id.trim() === '' ? t(whom === 'person' ? 'people.need' : 'budgets.needId') : '',
    hard: limits.hard === undefined ? t('accessKeys.badBudget') : limits.hard === null && limits.soft === null ? t('budgets.needLimit') : '',
    soft: limits.soft === undefined ? t('accessKeys.badBudget') : '',
  };
  const problem = (field: keyof typeof problems) => (tried ? problems[field] : '');
  const save = useMutation({
    mutationFn: async () => {
      const scope: Budget['scope'] = editing?.scope ?? (whom === 'global' ? 'global' : whom === 'person' || whom === 'eachPerson' ? 'person' : 'key');
      const subject = editing?.subject ?? (whom === 'global' ? '' : one ? id.trim() : '*');
      const body = { scope, subject, period: editing?.period ?? period, ...(limits.hard == null ? {} : { hard_micros: limits.hard }), ...(limits.soft == null ? {} : { soft_micros: limits.soft }) };
      await api.PUT('/api/v1/admin/budgets', { body });
    },
    onSuccess: () => {
      show(t('budgets.saved'));
      onClose();
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gatewayKeys.budgets }),
  });
  const submit = () => {
    setTried(true);
    if (!Object.values(problems).some(Boolean)) save.mutate();
  };
  return (
    <FormDialog title={editing ? t('budgets.change') : t('budgets.add')} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        {!editing && (
          <>
            <TextField select label={t('budgets.whom')} value={whom} onChange={(event) => { setWhom(event.target.value as For); setId(''); }} sx={{ mt: 1 }}>
              {FOR.map((value) => (
                <MenuItem key={value} value={value}>
                  {t(`budgets.${value === 'global' ? 'server' : value}`)}
                </MenuItem>
              ))}
            </TextField>
            {whom === 'person' && <PersonField problem={problem('id')} onChange={setId} />}
            {whom === 'key' && <TextField label={t('budgets.id')} helperText={problem('id') || t('budgets.idHelp')} error={problem('id') !== ''} value={id} onChange={(event) => { setId(event.target.value); }} />}
            <TextField select label={t('budgets.time')} value={period} onChange={(event) => { setPeriod(event.target.value as 'day'); }}>
              {PERIODS.map((value) => (
                <MenuItem key={value} value={value}>
                  {t(`budgets.period.${value}`)}
                </MenuItem>
              ))}
            </TextField>
          </>
        )}
        <TextField label={t('budgets.hard')} helperText={problem('hard') || t('budgets.hardHelp')} error={problem('hard') !== ''} value={hard} onChange={(event) => { setHard(event.target.value); }} slotProps={{ htmlInput: { inputMode: 'decimal' } }} sx={{ mt: editing ? 1 : 0 }} />
        <TextField label={t('budgets.soft')} helperText={problem('soft') || t('budgets.softHelp')} error={problem('soft') !== ''} value={soft} onChange={(event) => { setSoft(event.target.value); }} slotProps={{ htmlInput: { inputMode: 'decimal' } }} />
        {save.isError && <ErrorNote error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('accessKeys.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
