import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { regional } from '../../i18n';
import { number } from '../../i18n/numbers';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { EmptyState } from '../../ui/Page';
import { Budgets } from './Budgets';
import { Calls } from './Calls';
import { DayBars } from './DayBars';
import { dollars } from './money';
import { lastDays, type Report, type Sums, usageQuery } from './usage';

const SPANS = [7, 30, 90] as const;

function useTexts() {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const number = new Intl.NumberFormat(language);
  return {
    language,
    tokens: (sums: Sums) => t('usage.tokensIn', { input: number.format(sums.input), output: number.format(sums.output) }),
    calls: (sums: Sums) => number.format(sums.calls),
    /** An unknown price is shown as one: it is not nothing. */
    cost: (sums: Sums) =>
      [sums.unpriced < sums.calls ? dollars(sums.cost_micros, language) : null, sums.unpriced > 0 ? t('usage.unpriced', { count: sums.unpriced }) : null].filter(Boolean).join(' + '),
  };
}

function Totals({ total }: { total: Sums }) {
  const { t } = useTranslation();
  const texts = useTexts();
  const facts = [
    [t('usage.cost'), texts.cost(total)],
    [t('usage.calls'), texts.calls(total)],
    [t('usage.tokens'), texts.tokens(total)],
    [t('usage.unanswered'), number(total.unanswered)],
  ];
  return (
    <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(150px, 45%), 1fr))', gap: 2, '& dt': { color: 'text.secondary', fontSize: '0.85rem' }, '& dd': { m: 0, fontSize: '1.2rem', fontWeight: 600, fontVariantNumeric: 'tabular-nums' } }}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </Box>
  );
}

function SumsTable({ title, items, nameless }: { title: string; items: Sums[]; nameless: string }) {
  const { t } = useTranslation();
  const texts = useTexts();
  if (items.length === 0) return null;
  return (
    <Box sx={{ mt: 4 }}>
      <Typography component="h2" variant="h2" sx={{ mb: 1 }}>
        {title}
      </Typography>
      <Box tabIndex={0} role="region" aria-label={title} sx={{ overflowX: 'auto' }}>
        <Box component="table" sx={{ width: '100%', borderCollapse: 'collapse', '& th, & td': { textAlign: 'left', py: 1, pr: 2, borderBottom: 1, borderColor: 'divider', whiteSpace: 'nowrap' }, '& td': { fontVariantNumeric: 'tabular-nums' }, '& thead th': { color: 'text.secondary', fontWeight: 500, fontSize: '0.85rem' } }}>
          <thead>
            <tr>
              <th scope="col">{title}</th>
              <th scope="col">{t('usage.calls')}</th>
              <th scope="col">{t('usage.tokens')}</th>
              <th scope="col">{t('usage.cost')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.name}>
                <th scope="row">{item.label ?? (item.name === '' ? nameless : item.name)}</th>
                <td>{texts.calls(item)}</td>
                <td>{texts.tokens(item)}</td>
                <td>{texts.cost(item)}</td>
              </tr>
            ))}
          </tbody>
        </Box>
      </Box>
    </Box>
  );
}

function Lists({ report }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <>
      <SumsTable title={t('usage.byModel')} items={report.models} nameless={t('usage.nameless')} />
      <SumsTable title={t('usage.byKey')} items={report.keys} nameless={t('usage.noKey')} />
      <SumsTable title={t('usage.byCompanion')} items={report.characters} nameless={t('usage.noCompanion')} />
      {report.people && <SumsTable title={t('usage.byPerson')} items={report.people} nameless={t('usage.nameless')} />}
    </>
  );
}

export default function Usage() {
  const { t } = useTranslation();
  const admin = useQuery(meQuery).data?.role === 'admin';
  const [days, setDays] = useState<number>(30);
  const [all, setAll] = useState(false);
  const [now] = useState(Date.now);
  const everybody = admin && all;
  const range = lastDays(days, now);
  const report = useQuery({ ...usageQuery(everybody, range), placeholderData: keepPreviousData });
  return (
    <>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', mb: 3 }}>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={days}
          aria-label={t('usage.span')}
          onChange={(_, next: number | null) => {
            if (next !== null) setDays(next);
          }}
        >
          {SPANS.map((span) => (
            <ToggleButton key={span} value={span}>
              {t('usage.days', { count: span })}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {admin && (
          <FormControlLabel
            label={t('usage.everybody')}
            control={
              <Switch
                checked={all}
                onChange={(_, on) => {
                  setAll(on);
                }}
              />
            }
          />
        )}
        <Box sx={{ flex: 1 }} />
        <Button component="a" href={`/api/v1/${everybody ? 'admin/' : ''}usage/export?from=${range.from}&to=${range.to}`} download>
          {t('usage.export')}
        </Button>
      </Box>
      {report.isError && <ErrorNote error={report.error} onRetry={() => void report.refetch()} />}
      {report.data?.total.calls === 0 && <EmptyState title={t('usage.none')} text={t('usage.noneText')} />}
      {report.data && report.data.total.calls > 0 && (
        <>
          <Totals total={report.data.total} />
          <DayBars range={range} days={report.data.days} />
          <Lists report={report.data} />
        </>
      )}
      <Budgets everybody={everybody} />
      {report.data && report.data.total.calls > 0 && <Calls everybody={everybody} people={report.data.people ?? []} keys={report.data.keys} />}
    </>
  );
}
