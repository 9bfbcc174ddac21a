import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import type { Character } from '../../api/types';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Placeholder } from '../../ui/Placeholder';
import { ErrorNote, explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { restore, versionsQuery } from './card';

const Comparison = lazy(() => import('./Comparison'));

/** `onBack`: a version was taken back; what can undo that stands below the page, so no dialog may keep the focus from it. */
export function HistoryDialog({ character, onClose, onBack }: { character: Pick<Character, 'id' | 'name'>; onClose: () => void; onBack: () => void }) {
  const { t, i18n } = useTranslation();
  const { id, name } = character;
  const versions = useQuery(versionsQuery(id));
  const show = useNotices((state) => state.show);
  const present = versions.data?.[0]?.version ?? 0;
  const [compared, setCompared] = useState<number | null>(null);
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium', timeStyle: 'short' });

  const undo = async (version: number) => {
    try {
      await restore(id, version);
      show(t('card.undone'));
    } catch (error) {
      show(explain(error, t));
    }
  };
  const back = useMutation({
    mutationFn: ({ version }: { version: number; before: number }) => restore(id, version),
    // `before`, not `present`: once it is done, that may be the version that going back has made.
    onSuccess: (_, { version, before }) => {
      show(t('card.restored', { version }), { label: t('app.undo'), run: () => void undo(before) });
      onBack();
    },
  });

  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="history-title" scroll="paper">
      <DialogTitle id="history-title" variant="h2" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        {t('card.historyTitle', { name })}
      </DialogTitle>
      <DialogContent dividers tabIndex={0}>
        {compared !== null && versions.data && (
          <Suspense fallback={<Placeholder height={200} />}>
            <Comparison id={id} first={compared} versions={versions.data.map((one) => one.version)} />
          </Suspense>
        )}
        {compared === null && (
          <Typography variant="body2" sx={{ color: 'text.secondary' }}>
            {t('card.historyText')}
          </Typography>
        )}
        {versions.isError && <ErrorNote error={versions.error} onRetry={() => void versions.refetch()} />}
        {back.isError && <ErrorNote error={back.error} />}
        {versions.isPending && (
          <Box sx={{ mt: 2 }}>
            <Placeholder height={72} />
          </Box>
        )}
        <Box component="ol" aria-label={t('card.history')} sx={compared === null ? { listStyle: 'none', m: 0, p: 0, mt: 1 } : { display: 'none' }}>
          {versions.data?.map((one) => (
            <Box component="li" key={one.version} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, py: 1.25, borderBottom: 1, borderColor: 'divider', '&:last-of-type': { borderBottom: 0 } }}>
              <Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
                <Typography sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
                  {t('card.version', { version: one.version })} · {one.name}
                </Typography>
                <Typography variant="body2" component="time" dateTime={new Date(one.created).toISOString()} sx={{ color: 'text.secondary' }}>
                  {when.format(one.created)}
                </Typography>
              </Box>
              {one.version === present ? (
                <Typography variant="body2" sx={{ color: 'secondary.main', fontWeight: 600 }}>
                  {t('card.present')}
                </Typography>
              ) : (
                <Box sx={{ display: 'flex', flexWrap: 'wrap' }}>
                  <Button
                    size="small"
                    aria-label={t('card.compareWith', { version: one.version })}
                    onClick={() => {
                      setCompared(one.version);
                    }}
                  >
                    {t('card.compare')}
                  </Button>
                  <Button
                    size="small"
                    disabled={back.isPending}
                    aria-label={t('card.goBackTo', { version: one.version })}
                    onClick={() => {
                      back.mutate({ version: one.version, before: present });
                    }}
                  >
                    {t('card.goBack')}
                  </Button>
                </Box>
              )}
            </Box>
          ))}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        {compared !== null && (
          <Button
            onClick={() => {
              setCompared(null);
            }}
            sx={{ mr: 'auto' }}
          >
            {t('card.allVersions')}
          </Button>
        )}
        <Button onClick={onClose} autoFocus>
          {t('app.close')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
