import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';

import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';

interface Props {
  title: string;
  text: string;
  action: string;
  dangerous?: boolean;
  pending: boolean;
  error: unknown;
  onYes: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Ask({ title, text, action, dangerous = false, pending, error, onYes, onClose }: Props) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={`${id}-title`} aria-describedby={`${id}-text`}>
      <DialogTitle id={`${id}-title`} variant="h2" component="h2">
        {title}
      </DialogTitle>
      <DialogContent>
        <span id={`${id}-text`}>{text}</span>
        {error != null && <ErrorNote error={error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose} autoFocus>
          {t('app.cancel')}
        </Button>
        <Button color={dangerous ? 'error' : 'primary'} variant="contained" loading={pending} onClick={onYes}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
