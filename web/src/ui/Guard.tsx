import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';

import '../i18n/pages';
import { useTranslation } from '../i18n/use';

/** Asks before what was not saved is lost: by a close button, a navigation or the browser's own. */
export function useUnsaved(dirty: boolean, leave: () => void) {
  const [asking, setAsking] = useState(false);
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });
  const blocked = blocker.status === 'blocked';
  return {
    close: () => {
      if (dirty) setAsking(true);
      else leave();
    },
    open: asking || blocked,
    stay: () => {
      setAsking(false);
      if (blocked) blocker.reset();
    },
    discard: () => {
      setAsking(false);
      if (blocked) blocker.proceed();
      leave();
    },
  };
}

interface Props {
  guard: ReturnType<typeof useUnsaved>;
  /** Where something else than changes would be lost. */
  texts?: { title: string; text: string; leave: string; stay: string };
}

export function UnsavedDialog({ guard: { open, stay, discard }, texts }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onClose={stay} aria-labelledby="unsaved-title" aria-describedby="unsaved-text">
      <DialogTitle id="unsaved-title" variant="h2" component="h2">
        {texts?.title ?? t('card.leaveTitle')}
      </DialogTitle>
      <DialogContent id="unsaved-text">{texts?.text ?? t('card.leaveText')}</DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button color="error" onClick={discard}>
          {texts?.leave ?? t('card.discard')}
        </Button>
        <Button variant="contained" autoFocus onClick={stay}>
          {texts?.stay ?? t('card.keep')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
