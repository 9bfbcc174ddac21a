import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { EmptyState } from '../../ui/Page';
import { ProviderKeyDialog } from './ProviderKeyDialog';
import { ProviderKeyRow } from './ProviderKeyRow';
import { ownKeysQuery, poolKeysQuery, type ProviderKey } from './queries';

/** One list of keys: a person's own, or those that the server shares. */
function Keys({ pool, list }: { pool: boolean; list: UseQueryResult<ProviderKey[]> }) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const add = (
    <Button
      variant={pool ? 'outlined' : 'contained'}
      startIcon={<Icon name="plus" size={20} />}
      onClick={() => {
        setAdding(true);
      }}
    >
      {pool ? t('providerKeys.poolAdd') : t('providerKeys.add')}
    </Button>
  );
  const empty = list.data?.length === 0;
  return (
    <Box component="section" aria-label={pool ? t('providerKeys.pool') : t('providerKeys.mine')} sx={{ mt: pool ? 5 : 0 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', justifyContent: 'space-between', mb: 2 }}>
        <Box sx={{ flex: '1 1 320px' }}>
          {pool && (
            <Typography component="h2" variant="h2">
              {t('providerKeys.pool')}
            </Typography>
          )}
          <Typography sx={{ color: 'text.secondary' }}>{pool ? t('providerKeys.poolLead') : t('providerKeys.lead')}</Typography>
        </Box>
        {(pool || !empty) && list.data && add}
      </Box>
      {list.isError && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {empty && (pool ? <Typography sx={{ color: 'text.secondary' }}>{t('providerKeys.poolNone')}</Typography> : <EmptyState title={t('providerKeys.none')} text={t('providerKeys.noneText')} action={add} />)}
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 2 }}>
        {list.data?.map((item) => (
          <ProviderKeyRow key={item.id} item={item} pool={pool} />
        ))}
      </Box>
      {adding && (
        <ProviderKeyDialog
          pool={pool}
          onClose={() => {
            setAdding(false);
          }}
        />
      )}
    </Box>
  );
}

export default function ProviderKeys() {
  const admin = useQuery(meQuery).data?.role === 'admin';
  const own = useQuery(ownKeysQuery);
  const pool = useQuery({ ...poolKeysQuery, enabled: admin });
  return (
    <>
      <Keys pool={false} list={own} />
      {admin && <Keys pool list={pool} />}
    </>
  );
}
