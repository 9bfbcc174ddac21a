import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { Outlet } from '@tanstack/react-router';

import { useTranslation } from '../../i18n/use';
import { Hearth } from '../../ui/Page';

/** The door: one quiet card, the same for the first account, signing in and registering. */
export default function Outside() {
  const { t } = useTranslation();
  return (
    <Box
      component="main"
      sx={{
        minHeight: '100%',
        display: 'grid',
        gridTemplateColumns: 'minmax(0, 440px)',
        placeContent: 'center',
        p: { xs: 2, sm: 4 },
        background: 'radial-gradient(60rem 40rem at 50% -10%, var(--mui-palette-bubble-main), transparent 70%)',
      }}
    >
      <Box sx={{ display: 'flex', alignItems: 'center', justifyContent: 'center', gap: 1.5, mb: 3 }}>
        <Hearth size={40} />
        <Typography component="p" variant="h2">
          {t('app.name')}
        </Typography>
      </Box>
      <Paper variant="outlined" sx={{ p: { xs: 3, sm: 4 }, borderRadius: '22px' }}>
        <Outlet />
      </Paper>
    </Box>
  );
}
