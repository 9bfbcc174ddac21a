import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Paper from '@mui/material/Paper';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { queryClient } from '../../app/query';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { Ask } from './Ask';
import { ProviderKeyEditDialog } from './ProviderKeyEditDialog';
import { gatewayKeys, kindsQuery, type ProviderKey } from './queries';
import { ReplaceKeyDialog } from './ReplaceKeyDialog';

function useUsage(item: ProviderKey, pool: boolean) {
  return useQuery({
    queryKey: [...(pool ? gatewayKeys.pool : gatewayKeys.own), item.id, 'usage'],
    queryFn: async ({ signal }) =>
      pool
        ? (await api.GET('/api/v1/admin/apikeys/{pool_key_id}/usage', { params: { path: { pool_key_id: item.id } }, signal })).data
        : (await api.GET('/api/v1/apikeys/{provider_key_id}/usage', { params: { path: { provider_key_id: item.id } }, signal })).data,
  }).data;
}

export function ProviderKeyRow({ item, pool }: { item: ProviderKey; pool: boolean }) {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const number = new Intl.NumberFormat(language);
  const show = useNotices((state) => state.show);
  const kind = useQuery(kindsQuery).data?.find(({ name }) => name === item.provider);
  const usage = useUsage(item, pool);
  const [open, setOpen] = useState<'edit' | 'replace' | 'forget' | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: pool ? gatewayKeys.pool : gatewayKeys.own });
  const enable = useMutation({
    mutationFn: async (enabled: boolean) => {
      if (pool) await api.PATCH('/api/v1/admin/apikeys/{pool_key_id}', { params: { path: { pool_key_id: item.id } }, body: { enabled } });
      else await api.PATCH('/api/v1/apikeys/{provider_key_id}', { params: { path: { provider_key_id: item.id } }, body: { enabled } });
    },
    onError: (error) => {
      show(explain(error, t));
    },
    onSettled: refresh,
  });
  const forget = useMutation({
    mutationFn: async () => {
      if (pool) await api.DELETE('/api/v1/admin/apikeys/{pool_key_id}', { params: { path: { pool_key_id: item.id } } });
      else await api.DELETE('/api/v1/apikeys/{provider_key_id}', { params: { path: { provider_key_id: item.id } } });
    },
    onSuccess: () => {
      show(t('providerKeys.forgotten', { name: item.name }));
    },
    onSettled: refresh,
  });
  const when = (at: number) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  const about = [
    item.mask,
    item.endpoint,
    pool && item.weight !== 1 ? t('providerKeys.weighs', { weight: item.weight }) : null,
    pool ? [...(item.audience?.roles ?? []), ...(item.audience?.tiers ?? [])].join(', ') : null,
    usage && usage.calls > 0 ? t('providerKeys.usage', { calls: number.format(usage.calls), errors: number.format(usage.errors), tokens: number.format(usage.tokens) }) : null,
    item.last_used == null ? t('providerKeys.neverUsed') : t('providerKeys.lastUsed', { when: when(item.last_used) }),
    item.benched_ms > 0 ? t('providerKeys.resting', { seconds: Math.ceil(item.benched_ms / 1000) }) : null,
  ];
  return (
    <Paper component="li" variant="outlined" sx={{ p: { xs: 2, sm: 2.5 }, borderRadius: '18px' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', justifyContent: 'space-between' }}>
        <Typography component={pool ? 'h3' : 'h2'} variant="h3" sx={{ overflowWrap: 'anywhere' }}>
          {item.name}
          <Typography component="span" sx={{ color: 'text.secondary', ml: 1 }}>
            {kind?.title ?? item.provider}
          </Typography>
        </Typography>
        <FormControlLabel
          label={t('providerKeys.enabled')}
          control={
            <Switch
              checked={enable.isPending ? enable.variables : item.enabled}
              slotProps={{ input: { 'aria-label': t('providerKeys.enabledOf', { name: item.name }) } }}
              onChange={(_, on) => {
                enable.mutate(on);
              }}
            />
          }
        />
      </Box>
      <Typography variant="body2" sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
        {about.filter(Boolean).join(' · ')}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1, ml: -1 }}>
        {(['edit', 'replace', 'forget'] as const).map((what) => (
          <Button
            key={what}
            size="small"
            color={what === 'forget' ? 'error' : 'primary'}
            aria-label={t('providerKeys.actionOf', { action: t(`providerKeys.${what}`), name: item.name })}
            onClick={() => {
              setOpen(what);
            }}
          >
            {t(`providerKeys.${what}`)}
          </Button>
        ))}
      </Box>
      {open === 'edit' && (
        <ProviderKeyEditDialog
          item={item}
          kind={kind}
          pool={pool}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
      {open === 'replace' && (
        <ReplaceKeyDialog
          item={item}
          pool={pool}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
      {open === 'forget' && (
        <Ask
          title={t('providerKeys.forgetTitle', { name: item.name })}
          text={t('providerKeys.forgetText')}
          action={t('providerKeys.forget')}
          dangerous
          pending={forget.isPending}
          error={forget.error}
          onYes={() => {
            forget.mutate();
          }}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
    </Paper>
  );
}
