import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import type { Character } from '../../api/types';
import { queryClient } from '../../app/query';
import { regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { visuallyHidden } from '../../ui/Page';
import { portraitsQuery, removePortrait, restorePortrait, setPortrait } from './card';
import { Portrait } from './Portrait';

/** Another picture for a companion of one's own; those it had before are kept, and any of them can be taken again. */
export function PortraitDialog({ character, onClose }: { character: Pick<Character, 'id' | 'name' | 'avatar_url'>; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { id, name } = character;
  const show = useNotices((state) => state.show);
  const input = useRef<HTMLInputElement>(null);
  const earlier = useQuery(portraitsQuery(id));
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium', timeStyle: 'short' });
  const back = useMutation({
    mutationFn: (number: number) => restorePortrait(id, number),
    onSuccess: () => {
      show(t('card.portraitSaved', { name }));
    },
  });
  const undo = async () => {
    try {
      // What it had stands first among the earlier ones now.
      const [newest] = await queryClient.fetchQuery(portraitsQuery(id));
      if (newest) await restorePortrait(id, newest.number);
      show(t('card.undone'));
    } catch (error) {
      show(explain(error, t));
    }
  };
  const done = (text: string) => {
    show(text, character.avatar_url ? { label: t('app.undo'), run: () => void undo() } : undefined);
    onClose();
  };
  const save = useMutation({
    mutationFn: (file: File) => setPortrait(id, file),
    onSuccess: () => {
      done(t('card.portraitSaved', { name }));
    },
  });
  const remove = useMutation({
    mutationFn: () => removePortrait(id),
    onSuccess: () => {
      done(t('card.portraitRemoved', { name }));
    },
  });
  const busy = save.isPending || remove.isPending || back.isPending;
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="portrait-title" scroll="paper">
      <DialogTitle id="portrait-title" variant="h2" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        {t('card.portraitTitle', { name })}
      </DialogTitle>
      <DialogContent dividers tabIndex={0}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2 }}>
          <Portrait name={name} url={character.avatar_url} bundled={false} size={96} />
          <input
            ref={input}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            tabIndex={-1}
            aria-hidden="true"
            data-testid="portrait-file"
            style={visuallyHidden}
            onChange={(event) => {
              const file = event.target.files?.[0];
              event.target.value = '';
              if (file) save.mutate(file);
            }}
          />
          <Button variant="contained" loading={save.isPending} disabled={busy} onClick={() => input.current?.click()}>
            {t('card.portraitChoose')}
          </Button>
          {character.avatar_url && (
            <Button
              loading={remove.isPending}
              disabled={busy}
              onClick={() => {
                remove.mutate();
              }}
            >
              {t('card.portraitRemove')}
            </Button>
          )}
        </Box>
        <Typography variant="body2" sx={{ color: 'text.secondary', mt: 1 }}>
          {t('card.portraitText')}
        </Typography>
        {save.isError && <ErrorNote error={save.error} />}
        {remove.isError && <ErrorNote error={remove.error} />}
        {back.isError && <ErrorNote error={back.error} />}
        {earlier.isError && <ErrorNote error={earlier.error} onRetry={() => void earlier.refetch()} />}
        {(earlier.data?.length ?? 0) > 0 && (
          <>
            <Typography variant="h3" component="h3" sx={{ mt: 3 }}>
              {t('card.portraitsBefore')}
            </Typography>
            <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
              {earlier.data?.map((one) => (
                <Box component="li" key={one.number} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2, py: 1 }}>
                  <Portrait name={name} url={one.url} bundled={false} size={56} />
                  <Typography variant="body2" sx={{ flex: 1, color: 'text.secondary' }}>
                    {t('card.portraitUntil', { when: when.format(one.replaced) })}
                  </Typography>
                  <Button
                    size="small"
                    disabled={busy}
                    aria-label={t('card.goBackTo', { version: t('card.portraitUntil', { when: when.format(one.replaced) }) })}
                    onClick={() => {
                      back.mutate(one.number);
                    }}
                  >
                    {t('card.goBack')}
                  </Button>
                </Box>
              ))}
            </Box>
          </>
        )}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </DialogActions>
    </Dialog>
  );
}
