import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { BudgetDialog } from './BudgetDialog';
import { dollars } from './money';
import { gatewayKeys } from './queries';
import { type Budget, budgetsQuery } from './usage';

function useName() {
  const { t } = useTranslation();
  return (budget: Budget) => {
    if (budget.scope === 'global') return t('budgets.server');
    if (budget.subject === '*') return budget.scope === 'person' ? t('budgets.eachPerson') : t('budgets.eachKey');
    return budget.label ?? budget.subject;
  };
}

function BudgetRow({ budget, onEdit }: { budget: Budget; onEdit?: () => void }) {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const name = useName()(budget);
  const show = useNotices((state) => state.show);
  const remove = useMutation({
    mutationFn: () => api.DELETE('/api/v1/admin/budgets', { params: { query: { scope: budget.scope, subject: budget.subject, period: budget.period } } }),
    onSuccess: () => {
      show(t('budgets.removed', { name }));
    },
    onError: (error) => {
      show(explain(error, t));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gatewayKeys.budgets }),
  });
  const limit = budget.hard_micros ?? budget.soft_micros;
  const share = limit == null ? 0 : limit === 0 ? 100 : Math.min(100, ((budget.spent_micros + budget.reserved_micros) / limit) * 100);
  const each = budget.subject === '*';
  const spent = limit == null ? dollars(budget.spent_micros, language) : t('budgets.spent', { spent: dollars(budget.spent_micros, language), limit: dollars(limit, language) });
  const about = [
    t(`budgets.period.${budget.period as 'day'}`),
    budget.hard_micros == null ? null : t('budgets.hardAt', { amount: dollars(budget.hard_micros, language) }),
    budget.soft_micros == null ? null : t('budgets.softAt', { amount: dollars(budget.soft_micros, language) }),
    budget.resets == null ? null : t('budgets.resets', { when: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(budget.resets) }),
  ];
  return (
    <Paper component="li" variant="outlined" sx={{ p: 2, borderRadius: '18px' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, justifyContent: 'space-between' }}>
        <Typography component="h3" variant="h3">
          {name}
        </Typography>
        {!each && <Typography sx={{ fontVariantNumeric: 'tabular-nums', color: share >= 100 ? 'error.main' : 'inherit' }}>{spent}</Typography>}
      </Box>
      {!each && limit != null && <LinearProgress variant="determinate" value={share} color={share >= 100 ? 'error' : budget.soft_passed ? 'warning' : 'primary'} aria-label={spent} sx={{ mt: 1, height: 6, borderRadius: '14px' }} />}
      <Typography variant="body2" sx={{ color: 'text.secondary', mt: 1 }}>
        {about.filter(Boolean).join(' · ')}
      </Typography>
      {onEdit && (
        <Box sx={{ display: 'flex', gap: 1, mt: 0.5, ml: -1 }}>
          <Button size="small" onClick={onEdit} aria-label={t('accessKeys.actionOf', { action: t('accessKeys.edit'), name })}>
            {t('accessKeys.edit')}
          </Button>
          <Button
            size="small"
            color="error"
            loading={remove.isPending}
            aria-label={t('accessKeys.actionOf', { action: t('budgets.remove'), name })}
            onClick={() => {
              remove.mutate();
            }}
          >
            {t('budgets.remove')}
          </Button>
        </Box>
      )}
    </Paper>
  );
}

/** What may be spent: for a person those that hold for them, for an admin all, to be changed. */
export function Budgets({ everybody }: { everybody: boolean }) {
  const { t } = useTranslation();
  const list = useQuery(budgetsQuery(everybody));
  const [open, setOpen] = useState<Budget | 'new' | null>(null);
  const close = () => {
    setOpen(null);
  };
  if (!everybody && (list.data?.length ?? 0) === 0 && !list.isError) return null;
  return (
    <Box component="section" aria-label={t('budgets.title')} sx={{ mt: 5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', justifyContent: 'space-between', mb: 2 }}>
        <Typography component="h2" variant="h2">
          {t('budgets.title')}
        </Typography>
        {everybody && (
          <Button
            variant="outlined"
            startIcon={<Icon name="plus" size={20} />}
            onClick={() => {
              setOpen('new');
            }}
          >
            {t('budgets.add')}
          </Button>
        )}
      </Box>
      {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('budgets.none')}</Typography>}
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 2 }}>
        {list.data?.map((budget) => (
          <BudgetRow
            key={`${budget.scope}/${budget.subject}/${budget.period}`}
            budget={budget}
            {...(everybody
              ? {
                  onEdit: () => {
                    setOpen(budget);
                  },
                }
              : {})}
          />
        ))}
      </Box>
      {open !== null && <BudgetDialog {...(open === 'new' ? {} : { editing: open })} onClose={close} />}
    </Box>
  );
}
