import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { request } from '../../api/request';
import { queryClient } from '../../app/query';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { KeyTierDialog } from './KeyTierDialog';
import { LimitDialog } from './LimitDialog';
import { type Allowance, changed, limitsQuery, limitVersionsQuery, type Rules, rulesOf, type Where } from './limits';
import { PersonTierDialog } from './PersonTierDialog';
import { gatewayKeys, peopleQuery } from './queries';

const table = { width: '100%', borderCollapse: 'collapse', '& th, & td': { textAlign: 'left', py: 0.75, pr: 2, borderBottom: 1, borderColor: 'divider' }, '& td': { fontVariantNumeric: 'tabular-nums' }, '& th[scope="row"]': { overflowWrap: 'anywhere' }, '& thead th': { color: 'text.secondary', fontWeight: 500, fontSize: '0.85rem' } } as const;

type Row = [where: Where, allowance: Allowance];

function Table({ title, rows, onEdit }: { title: string; rows: Row[]; onEdit: (where: Where, allowance: Allowance) => void }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(regional(i18n.language));
  const shown = (value: number | undefined) => (value ? number.format(value) : t('limits.noLimit'));
  if (rows.length === 0) return <Typography sx={{ color: 'text.secondary' }}>{t('limits.none')}</Typography>;
  return (
    <Box tabIndex={0} role="group" aria-label={title} sx={{ overflowX: 'auto' }}>
      <Box component="table" sx={{ ...table, tableLayout: 'fixed', minWidth: 560, '& td:last-child': { textAlign: 'right' } }}>
        <thead>
          <tr>
            <th scope="col">{t('limits.name')}</th>
            <th scope="col">{t('limits.requests')}</th>
            <th scope="col">{t('limits.tokens')}</th>
            <th scope="col">{t('limits.burst')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map(([where, allowance]) => {
            const name = where.kind === 'tierModel' ? t('limits.ofTier', { model: where.name, tier: where.tier }) : where.name;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{shown(allowance.requests_per_minute)}</td>
                <td>{shown(allowance.tokens_per_minute)}</td>
                <td>{allowance.burst ? number.format(allowance.burst) : '–'}</td>
                <td>
                  <Button
                    size="small"
                    aria-label={t('accessKeys.actionOf', { action: t('limits.edit'), name })}
                    onClick={() => {
                      onEdit(where, allowance);
                    }}
                  >
                    {t('limits.edit')}
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </Box>
    </Box>
  );
}

function Part({ title, text, actions, children }: { title: string; text: string; actions: [string, () => void][]; children: ReactNode }) {
  return (
    <Box component="section" aria-label={title} sx={{ mt: 4 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Typography component="h2" variant="h2" sx={{ flex: '1 1 auto' }}>
          {title}
        </Typography>
        {actions.map(([name, act]) => (
          <Button key={name} variant="outlined" size="small" startIcon={<Icon name="plus" size={18} />} onClick={act}>
            {name}
          </Button>
        ))}
      </Box>
      <Typography sx={{ color: 'text.secondary', mb: 1 }}>{text}</Typography>
      {children}
    </Box>
  );
}

/** What admins say about how much may be asked in a minute. */
export default function Limits() {
  const { t, i18n } = useTranslation();
  const show = useNotices((state) => state.show);
  const list = useQuery(limitsQuery());
  const versions = useQuery(limitVersionsQuery);
  const people = useQuery(peopleQuery(''));
  const who = new Map(people.data?.map(({ id, username }) => [id, username]));
  const [open, setOpen] = useState<{ where: Where; allowance: Allowance | null } | null>(null);
  const [person, setPerson] = useState(false);
  const [key, setKey] = useState(false);
  const save = useMutation({
    mutationFn: ({ rules, note }: { rules: Rules; note: string }) => request('PUT', '/api/v1/admin/limits', { body: { ...rules, note: note.slice(0, 200) } }),
    onSuccess: () => {
      setOpen(null);
      setPerson(false);
      show(t('limits.saved'));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: gatewayKeys.limits }),
  });
  const back = useMutation({
    mutationFn: async (version: number) => {
      const earlier = await queryClient.fetchQuery(limitsQuery(version));
      await save.mutateAsync({ rules: rulesOf(earlier), note: t('limits.backNote', { version }) });
    },
  });
  if (list.isError) return <ErrorNote error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return null;
  const rules = rulesOf(list.data);
  const begin = (where: Where, allowance: Allowance | null = null) => {
    save.reset();
    setOpen({ where, allowance });
  };
  const rows = (kind: 'model' | 'route', map: Record<string, Allowance>): Row[] => Object.entries(map).map(([name, allowance]) => [{ kind, name }, allowance]);
  const tiers: Row[] = Object.entries(rules.tiers).flatMap(([tier, allowance]): Row[] => [
    [{ kind: 'tier', name: tier }, allowance],
    ...Object.entries(allowance.models ?? {}).map(([name, own]): Row => [{ kind: 'tierModel', tier, name }, own]),
  ]);
  const names = Object.keys(rules.tiers);
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <>
      <Typography sx={{ color: 'text.secondary' }}>{t('limits.lead')}</Typography>
      {back.isError && <ErrorNote error={back.error} />}
      <Part
        title={t('limits.tiers')}
        text={t('limits.tiersText')}
        actions={[
          [t('limits.add_tier'), () => { begin({ kind: 'tier', name: names.includes('default') ? '' : 'default' }); }],
          ...names.map((tier): [string, () => void] => [t('limits.ofTier', { model: t('limits.add_model'), tier }), () => { begin({ kind: 'tierModel', tier, name: '' }); }]),
        ]}
      >
        <Table title={t('limits.tiers')} rows={tiers} onEdit={begin} />
      </Part>
      <Part title={t('limits.models')} text={t('limits.modelsText')} actions={[[t('limits.add_model'), () => { begin({ kind: 'model', name: '' }); }]]}>
        <Table title={t('limits.models')} rows={rows('model', rules.models)} onEdit={begin} />
      </Part>
      <Part title={t('limits.routes')} text={t('limits.routesText')} actions={[[t('limits.add_route'), () => { begin({ kind: 'route', name: '' }); }]]}>
        <Table title={t('limits.routes')} rows={rows('route', rules.routes)} onEdit={begin} />
      </Part>
      <Part title={t('limits.people')} text={t('limits.peopleText')} actions={names.length > 0 ? [[t('limits.add_person'), () => { save.reset(); setPerson(true); }], [t('limits.add_key'), () => { setKey(true); }]] : []}>
        {Object.keys(rules.people).length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('limits.none')}</Typography>}
        <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {Object.entries(rules.people).map(([id, tier]) => (
            <Box component="li" key={id} sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', py: 1, borderBottom: 1, borderColor: 'divider' }}>
              <Typography sx={{ flex: 1, overflowWrap: 'anywhere' }}>{`${who.get(id) ?? id} · ${tier}`}</Typography>
              <Button
                size="small"
                color="error"
                aria-label={t('accessKeys.actionOf', { action: t('limits.remove'), name: who.get(id) ?? id })}
                onClick={() => {
                  save.mutate({ rules: { ...rules, people: Object.fromEntries(Object.entries(rules.people).filter(([other]) => other !== id)) }, note: id });
                }}
              >
                {t('limits.remove')}
              </Button>
            </Box>
          ))}
        </Box>
      </Part>
      {(versions.data?.length ?? 0) > 0 && (
        <Part title={t('limits.versions')} text="" actions={[]}>
          <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
            {versions.data?.map((item) => (
              <Box component="li" key={item.version} sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', py: 1, borderBottom: 1, borderColor: 'divider' }}>
                <Typography sx={{ flex: 1 }}>{[t('limits.version', { version: item.version }), when.format(item.changed), item.note].filter(Boolean).join(' · ')}</Typography>
                {item.version !== list.data.version && (
                  <Button
                    size="small"
                    aria-label={t('accessKeys.actionOf', { action: t('limits.back'), name: t('limits.version', { version: item.version }) })}
                    onClick={() => {
                      back.mutate(item.version);
                    }}
                  >
                    {t('limits.back')}
                  </Button>
                )}
              </Box>
            ))}
          </Box>
        </Part>
      )}
      {open && (
        <LimitDialog
          where={open.where}
          allowance={open.allowance}
          pending={save.isPending}
          error={save.error}
          onSave={(where, allowance) => {
            save.mutate({ rules: changed(rules, where, allowance), note: where.name });
          }}
          onRemove={() => {
            save.mutate({ rules: changed(rules, open.where, null), note: open.where.name });
          }}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
      {key && (
        <KeyTierDialog
          tiers={names}
          onClose={() => {
            setKey(false);
          }}
        />
      )}
      {person && (
        <PersonTierDialog
          tiers={names}
          pending={save.isPending}
          error={save.error}
          onSave={(id, tier) => {
            save.mutate({ rules: { ...rules, people: { ...rules.people, [id]: tier } }, note: id });
          }}
          onClose={() => {
            setPerson(false);
          }}
        />
      )}
    </>
  );
}
