import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { characterQuery } from '../../api/queries';
import type { Character } from '../../api/types';
import { ErrorNote } from '../../ui/errors';
import { Portrait } from './Portrait';
import { useRemoval } from './removal';

const LinkButton = createLink(Button);
const Markdown = lazy(() => import('../../ui/Markdown').then((module) => ({ default: module.Markdown })));

/** What a card says, as text: it was written by someone else. */
function Words({ text }: { text: string }) {
  return (
    <Suspense fallback={<Typography sx={{ whiteSpace: 'pre-wrap' }}>{text}</Typography>}>
      <Markdown text={text} />
    </Suspense>
  );
}

export function CompanionDialog({ character, onClose }: { character: Character; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useRemoval((state) => state.remove);
  const [asking, setAsking] = useState(false);
  const whole = useQuery(characterQuery(character.id));
  const { id, name } = character;
  const close = () => {
    setAsking(false);
    onClose();
  };

  if (asking) {
    return (
      <Dialog open onClose={close} aria-labelledby="delete-title" aria-describedby="delete-text">
        <DialogTitle id="delete-title" variant="h2" component="h2">
          {t('companions.deleteTitle', { name })}
        </DialogTitle>
        <DialogContent id="delete-text">{t('companions.deleteText', { name })}</DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={close} autoFocus>
            {t('app.cancel')}
          </Button>
          <Button
            color="error"
            variant="contained"
            onClick={() => {
              remove(character);
              close();
            }}
          >
            {t('companions.delete')}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }

  return (
    <Dialog open onClose={close} fullWidth maxWidth="sm" aria-labelledby="companion-title" scroll="paper">
      <DialogTitle id="companion-title" variant="h2" component="h2" sx={{ display: 'flex', alignItems: 'center', gap: 2 }}>
        <Portrait name={name} url={character.avatar_url} bundled={character.bundled} size={56} />
        <Box component="span" sx={{ minWidth: 0 }}>
          {name}
          {character.bundled && (
            <Typography component="span" variant="caption" sx={{ display: 'block', color: 'text.secondary' }}>
              {t('companions.bundled')}
            </Typography>
          )}
        </Box>
      </DialogTitle>
      <DialogContent dividers tabIndex={0}>
        {whole.isError && <ErrorNote error={whole.error} onRetry={() => void whole.refetch()} />}
        <Words text={whole.data?.description ?? character.tagline ?? ''} />
        {whole.data?.greeting && (
          <>
            <Typography variant="h3" component="h3" sx={{ mt: 3, mb: 1 }}>
              {t('companions.greeting')}
            </Typography>
            <Box sx={{ bgcolor: 'sunken.main', borderRadius: '14px', p: 2 }}>
              <Words text={whole.data.greeting} />
            </Box>
          </>
        )}
        {character.tags.length > 0 && (
          <Typography variant="body2" sx={{ mt: 2, color: 'secondary.main', fontWeight: 600 }}>
            {character.tags.join(' · ')}
          </Typography>
        )}
      </DialogContent>
      <DialogActions sx={{ p: 2, flexWrap: 'wrap', gap: 1 }}>
        {!character.bundled && (
          <Button
            color="error"
            aria-label={t('companions.deleteName', { name })}
            onClick={() => {
              setAsking(true);
            }}
            sx={{ mr: 'auto' }}
          >
            {t('companions.delete')}
          </Button>
        )}
        <Button onClick={close}>{t('app.close')}</Button>
        <LinkButton to="/with/$characterId" params={{ characterId: id }} variant="contained" aria-label={t('companions.talkTo', { name })}>
          {t('companions.talk')}
        </LinkButton>
      </DialogActions>
    </Dialog>
  );
}
