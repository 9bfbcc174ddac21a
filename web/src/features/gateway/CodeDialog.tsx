import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { codeFor, type CodeLanguage, dialects } from './code';
import { useCopy } from './copy';
import type { Ask } from './generate';

export function CodeDialog({ ask, onClose }: { ask: Ask; onClose: () => void }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const [language, setLanguage] = useState<CodeLanguage>('curl');
  const code = codeFor(language, ask, location.origin);
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="md" aria-labelledby="code-title">
      <DialogTitle id="code-title" variant="h2" component="h2">
        {t('playground.code')}
      </DialogTitle>
      <DialogContent>
        <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t('playground.codeText')}</Typography>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={language}
          aria-label={t('playground.codeLanguage')}
          onChange={(_, next: CodeLanguage | null) => {
            if (next) setLanguage(next);
          }}
        >
          {Object.entries(dialects).map(([value, name]) => (
            <ToggleButton key={value} value={value} sx={{ textTransform: 'none' }}>
              {name}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <Box component="pre" tabIndex={0} sx={{ mt: 2, mb: 0, p: 2, bgcolor: 'sunken.main', borderRadius: '14px', overflowX: 'auto', fontSize: '0.85rem' }}>
          <code>{code}</code>
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button startIcon={<Icon name="copy" size={20} />} onClick={() => void copy(code, t('playground.codeCopied'))}>
          {t('playground.codeCopy')}
        </Button>
        <Button variant="contained" onClick={onClose}>
          {t('app.close')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
