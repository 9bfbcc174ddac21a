import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { PriceDialog } from './PriceDialog';
import { gatewayKeys } from './queries';
import { type Price, type PriceList, pricesQuery, priceVersionsQuery } from './usage';

const CELLS = ['input', 'output', 'cache_read', 'cache_write'] as const;
const ROWS_MOST = 200;

function PriceTable({ title, prices, onEdit }: { title: string; prices: [string, Price][]; onEdit: (name: string) => void }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(regional(i18n.language), { maximumFractionDigits: 6 });
  return (
    <Box tabIndex={0} role="region" aria-label={title} sx={{ overflowX: 'auto' }}>
      <Box component="table" sx={{ width: '100%', borderCollapse: 'collapse', '& th, & td': { textAlign: 'left', py: 0.75, pr: 2, borderBottom: 1, borderColor: 'divider', whiteSpace: 'nowrap' }, '& td': { fontVariantNumeric: 'tabular-nums' }, '& thead th': { color: 'text.secondary', fontWeight: 500, fontSize: '0.85rem' } }}>
        <thead>
          <tr>
            <th scope="col">{t('playground.model')}</th>
            {CELLS.map((cell) => (
              <th scope="col" key={cell}>
                {t(`prices.${cell}`)}
              </th>
            ))}
            <th scope="col">{t('prices.change')}</th>
          </tr>
        </thead>
        <tbody>
          {prices.slice(0, ROWS_MOST).map(([name, price]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {CELLS.map((cell) => (
                <td key={cell}>{price[cell] == null ? '–' : number.format(price[cell])}</td>
              ))}
              <td>
                <Button
                  size="small"
                  aria-label={t('accessKeys.actionOf', { action: t('accessKeys.edit'), name })}
                  onClick={() => {
                    onEdit(name);
                  }}
                >
                  {t('accessKeys.edit')}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </Box>
    </Box>
  );
}

function Versions({ current, onBack }: { current: number; onBack: (version: number) => void }) {
  const { t, i18n } = useTranslation();
  const versions = useQuery(priceVersionsQuery);
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium', timeStyle: 'short' });
  if (versions.isError) return <ErrorNote error={versions.error} onRetry={() => void versions.refetch()} />;
  return (
    <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {versions.data?.map((item) => (
        <Box component="li" key={item.version} sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', py: 1, borderBottom: 1, borderColor: 'divider' }}>
          <Typography sx={{ flex: 1 }}>{[t('prices.version', { version: item.version }), when.format(item.changed), item.note].filter(Boolean).join(' · ')}</Typography>
          {item.version !== current && (
            <Button
              size="small"
              onClick={() => {
                onBack(item.version);
              }}
            >
              {t('prices.back')}
            </Button>
          )}
        </Box>
      ))}
    </Box>
  );
}

export default function Prices() {
  const { t } = useTranslation();
  const list = useQuery(pricesQuery());
  const show = useNotices((state) => state.show);
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: async ({ models, note }: { models: PriceList['models']; note: string }) => {
      await api.PUT('/api/v1/admin/prices', { body: { models, note } });
    },
    onSuccess: () => {
      setOpen(null);
      show(t('prices.saved'));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gatewayKeys.prices }),
  });
  const back = useMutation({
    mutationFn: async (version: number) => {
      const { models } = await queryClient.fetchQuery(pricesQuery(version));
      await save.mutateAsync({ models, note: t('prices.backNote', { version }) });
    },
  });
  const matching = (prices: PriceList['models']) => Object.entries(prices).filter(([name]) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const own = matching(list.data?.models ?? {});
  const known = matching(list.data?.known ?? {}).filter(([name]) => !(name in (list.data?.models ?? {})));
  return (
    <>
      <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t('prices.lead')}</Typography>
      {(list.isError || back.isError) && <ErrorNote error={list.error ?? back.error} onRetry={() => void list.refetch()} />}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, mb: 3 }}>
        <TextField size="small" type="search" label={t('prices.search')} value={search} onChange={(event) => { setSearch(event.target.value); }} sx={{ flex: '1 1 240px' }} />
        <Button
          variant="contained"
          startIcon={<Icon name="plus" size={20} />}
          onClick={() => {
            save.reset();
            setOpen('');
          }}
        >
          {t('prices.add')}
        </Button>
      </Box>
      {list.data && (
        <>
          <Typography component="h2" variant="h2" sx={{ mb: 1 }}>
            {t('prices.own')}
          </Typography>
          {own.length === 0 ? <Typography sx={{ color: 'text.secondary' }}>{t('prices.noOwn')}</Typography> : <PriceTable title={t('prices.own')} prices={own} onEdit={setOpen} />}
          <Typography component="h2" variant="h2" sx={{ mt: 4, mb: 1 }}>
            {t('prices.known')}
          </Typography>
          <PriceTable title={t('prices.known')} prices={known} onEdit={setOpen} />
          {known.length > ROWS_MOST && <Typography sx={{ color: 'text.secondary', mt: 1 }}>{t('prices.moreKnown', { count: known.length - ROWS_MOST })}</Typography>}
          <Typography component="h2" variant="h2" sx={{ mt: 4, mb: 1 }}>
            {t('prices.versions')}
          </Typography>
          <Versions
            current={list.data.version}
            onBack={(version) => {
              back.mutate(version);
            }}
          />
        </>
      )}
      {open !== null && list.data && (
        <PriceDialog
          name={open}
          price={list.data.models[open] ?? list.data.known[open] ?? null}
          own={open in list.data.models}
          pending={save.isPending}
          error={save.error}
          onSave={(name, price) => {
            save.mutate({ models: { ...list.data.models, [name]: price }, note: name });
          }}
          onRemove={() => {
            const { [open]: gone, ...rest } = list.data.models;
            if (gone) save.mutate({ models: rest, note: open });
          }}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
    </>
  );
}
