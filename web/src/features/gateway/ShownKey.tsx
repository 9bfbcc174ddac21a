import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';

import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { useCopy } from './copy';

/** A new key, this once. Only its own button closes it: a stray click would lose it. */
export function ShownKey({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useTranslation();
  const copy = useCopy();
  return (
    <Dialog open fullWidth maxWidth="sm" aria-labelledby="shown-title" aria-describedby="shown-text">
      <DialogTitle id="shown-title" variant="h2" component="h2">
        {t('accessKeys.shownTitle')}
      </DialogTitle>
      <DialogContent>
        <span id="shown-text">{t('accessKeys.shownText')}</span>
        <Box component="code" tabIndex={0} sx={{ display: 'block', mt: 2, p: 2, bgcolor: 'sunken.main', borderRadius: '14px', overflowWrap: 'anywhere', userSelect: 'all', fontFamily: 'ui-monospace, monospace' }}>
          {text}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button startIcon={<Icon name="copy" size={20} />} onClick={() => void copy(text, t('accessKeys.copied'))}>
          {t('accessKeys.copy')}
        </Button>
        <Button variant="contained" onClick={onClose}>
          {t('accessKeys.done')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
