import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
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
import { EmptyState } from '../../ui/Page';
import { AccessKeyDialog } from './AccessKeyDialog';
import { Ask } from './Ask';
import { dollars } from './money';
import { type AccessKey, accessKeysQuery, gatewayKeys } from './queries';
import { ShownKey } from './ShownKey';

type Open = { what: 'make' } | { what: 'edit' | 'rotate' | 'revoke'; key: AccessKey };

function KeyRow({ item, onOpen }: { item: AccessKey; onOpen: (open: Open) => void }) {
  const { t, i18n } = useTranslation();
  const language = regional(i18n.language);
  const [now] = useState(Date.now);
  const when = (at: number) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(at);
  const about = [
    t('accessKeys.created', { when: when(item.created) }),
    item.last_used == null ? t('accessKeys.neverUsed') : t('accessKeys.lastUsed', { when: when(item.last_used) }),
    item.expires == null ? null : item.expires < now ? t('accessKeys.expired') : t('accessKeys.until', { when: when(item.expires) }),
    item.grace_until != null && item.grace_until > now ? t('accessKeys.oldGood', { when: when(item.grace_until) }) : null,
  ];
  const rights = [
    ...item.scopes.map((scope) => t(`accessKeys.scope.${scope as 'llm'}`)),
    item.models.length === 0 ? t('accessKeys.allModels') : item.models.join(', '),
    item.budget_micros == null ? null : t('accessKeys.spend', { amount: dollars(item.budget_micros, language) }),
  ];
  const actions = [
    ['edit', t('accessKeys.edit')],
    ['rotate', t('accessKeys.rotate')],
    ['revoke', t('accessKeys.revoke')],
  ] as const;
  return (
    <Paper component="li" variant="outlined" sx={{ p: { xs: 2, sm: 2.5 }, borderRadius: '18px' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'baseline' }}>
        <Typography component="h2" variant="h3" sx={{ overflowWrap: 'anywhere' }}>
          {item.name}
        </Typography>
        <Typography component="code" sx={{ color: 'text.secondary', fontSize: '0.9rem', fontFamily: 'ui-monospace, monospace' }}>
          {item.prefix}…
        </Typography>
      </Box>
      <Typography variant="body2" sx={{ mt: 0.5 }}>
        {rights.filter(Boolean).join(' · ')}
      </Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        {about.filter(Boolean).join(' · ')}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1, ml: -1 }}>
        {actions.map(([what, action]) => (
          <Button
            key={what}
            size="small"
            color={what === 'revoke' ? 'error' : 'primary'}
            aria-label={t('accessKeys.actionOf', { action, name: item.name })}
            onClick={() => {
              onOpen({ what, key: item });
            }}
          >
            {action}
          </Button>
        ))}
      </Box>
    </Paper>
  );
}

export default function AccessKeys() {
  const { t } = useTranslation();
  const list = useQuery(accessKeysQuery);
  const show = useNotices((state) => state.show);
  const [open, setOpen] = useState<Open | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: gatewayKeys.access });
  const close = () => {
    setOpen(null);
  };
  const rotate = useMutation({
    mutationFn: (key: AccessKey) => api.POST('/api/v1/api-keys/{access_key_id}/rotate', { params: { path: { access_key_id: key.id } }, body: {} }),
    onSuccess: ({ data }) => {
      close();
      setShown(data?.key ?? null);
    },
    onSettled: refresh,
  });
  const revoke = useMutation({
    mutationFn: (key: AccessKey) => api.DELETE('/api/v1/api-keys/{access_key_id}', { params: { path: { access_key_id: key.id } } }),
    onSuccess: (_, key) => {
      close();
      show(t('accessKeys.revoked', { name: key.name }));
    },
    onSettled: refresh,
  });
  const begin = (next: Open) => {
    rotate.reset();
    revoke.reset();
    setOpen(next);
  };
  const make = (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={20} />}
      onClick={() => {
        begin({ what: 'make' });
      }}
    >
      {t('accessKeys.make')}
    </Button>
  );
  return (
    <>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', justifyContent: 'space-between', mb: 2 }}>
        <Typography sx={{ color: 'text.secondary', flex: '1 1 320px' }}>{t('accessKeys.lead')}</Typography>
        {list.data && list.data.length > 0 && make}
      </Box>
      {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <EmptyState title={t('accessKeys.none')} text={t('accessKeys.noneText')} action={make} />}
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 2 }}>
        {list.data?.map((item) => (
          <KeyRow key={item.id} item={item} onOpen={begin} />
        ))}
      </Box>
      {(open?.what === 'make' || open?.what === 'edit') && (
        <AccessKeyDialog
          {...(open.what === 'edit' ? { editing: open.key } : {})}
          onClose={close}
          onSaved={(text) => {
            close();
            setShown(text);
            void refresh();
          }}
        />
      )}
      {open?.what === 'rotate' && (
        <Ask
          title={t('accessKeys.rotateTitle', { name: open.key.name })}
          text={t('accessKeys.rotateText')}
          action={t('accessKeys.rotate')}
          pending={rotate.isPending}
          error={rotate.error}
          onYes={() => {
            rotate.mutate(open.key);
          }}
          onClose={close}
        />
      )}
      {open?.what === 'revoke' && (
        <Ask
          title={t('accessKeys.revokeTitle', { name: open.key.name })}
          text={t('accessKeys.revokeText')}
          action={t('accessKeys.revoke')}
          dangerous
          pending={revoke.isPending}
          error={revoke.error}
          onYes={() => {
            revoke.mutate(open.key);
          }}
          onClose={close}
        />
      )}
      {shown !== null && (
        <ShownKey
          text={shown}
          onClose={() => {
            setShown(null);
          }}
        />
      )}
    </>
  );
}
