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

import { characterQuery } from '../../api/queries';
import type { Character } from '../../api/types';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { remove } from '../../ui/removal';
import { useReader } from '../personas/reader';
import { characterPath } from './card';
import { CardMenu } from './CardMenu';
import { filledIn } from './names';
import { Portrait } from './Portrait';

const LinkButton = createLink(Button);
const EditDialog = lazy(() => import('./EditDialog').then((module) => ({ default: module.EditDialog })));
const HistoryDialog = lazy(() => import('./HistoryDialog').then((module) => ({ default: module.HistoryDialog })));
const PortraitDialog = lazy(() => import('./PortraitDialog').then((module) => ({ default: module.PortraitDialog })));
const CompanionVoice = lazy(() => import('../voice/CompanionVoice').then((module) => ({ default: module.CompanionVoice })));
const Markdown = lazy(() => import('../../ui/Markdown').then((module) => ({ default: module.Markdown })));

/** What a card says, as text: it was written by someone else. */
function Words({ text }: { text: string }) {
  return (
    <Suspense fallback={<Typography sx={{ whiteSpace: 'pre-wrap' }}>{text}</Typography>}>
      <Markdown text={text} />
    </Suspense>
  );
}

/** `editing`: it was made just now, so what comes next is writing it. */
export function CompanionDialog({ character: listed, editing = false, onClose }: { character: Character; editing?: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState<'edit' | 'portrait' | 'history' | null>(editing ? 'edit' : null);
  const whole = useQuery(characterQuery(listed.id));
  // What was opened is from the list of then; an edit changes it under this dialog.
  const character: Character = { ...listed, ...whole.data };
  const { id, name } = character;
  const reader = useReader();
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
              remove(characterPath(id), t('companions.deleted', { name })).catch(() => show(t('companions.deleteFailed', { name })));
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
      <DialogTitle id="companion-title" variant="h2" component="h2" sx={{ display: 'flex', alignItems: 'center', gap: 2, pr: 8 }}>
        <Portrait name={name} url={character.avatar_url} bundled={character.bundled} size={56} />
        <Box component="span" sx={{ minWidth: 0, flex: 1, overflowWrap: 'anywhere' }}>
          {name}
          {character.bundled && (
            <Typography component="span" variant="caption" sx={{ display: 'block', color: 'text.secondary' }}>
              {t('companions.bundled')}
            </Typography>
          )}
        </Box>
      </DialogTitle>
      <Box sx={{ position: 'absolute', top: 12, right: 12 }}>
        <CardMenu
          character={character}
          onEdit={() => {
            setOpen('edit');
          }}
          onPortrait={() => {
            setOpen('portrait');
          }}
          onHistory={() => {
            setOpen('history');
          }}
          onCopied={close}
        />
      </Box>
      <DialogContent dividers tabIndex={0}>
        {whole.isError && <ErrorNote error={whole.error} onRetry={() => void whole.refetch()} />}
        <Words text={filledIn(whole.data?.description ?? character.tagline ?? '', name, reader)} />
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
        <Suspense>
          <CompanionVoice id={id} name={name} />
        </Suspense>
      </DialogContent>
      <DialogActions sx={{ p: 2, flexWrap: 'wrap', gap: 1 }}>
        {character.mine && (
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
      <Suspense>
        {open === 'edit' && (
          <EditDialog
            character={character}
            onClose={() => {
              setOpen(null);
            }}
          />
        )}
        {open === 'portrait' && (
          <PortraitDialog
            character={character}
            onClose={() => {
              setOpen(null);
            }}
          />
        )}
        {open === 'history' && (
          <HistoryDialog
            character={character}
            onClose={() => {
              setOpen(null);
            }}
            onBack={close}
          />
        )}
      </Suspense>
    </Dialog>
  );
}
