import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';

import { Hearth } from '../ui/Page';

/** The last net: says that nothing is lost and offers the one thing that helps. */
export function Crash() {
  return (
    <Box component="main" role="alert" sx={{ minHeight: '100%', display: 'grid', placeContent: 'center', justifyItems: 'center', textAlign: 'center', gap: 2, p: 3 }}>
      <Hearth />
      <Typography variant="h1">{i18next.t('app.crashTitle')}</Typography>
      <Typography sx={{ color: 'text.secondary', maxWidth: 480 }}>{i18next.t('app.crashText')}</Typography>
      <Button
        variant="contained"
        onClick={() => {
          location.reload();
        }}
      >
        {i18next.t('app.crashAction')}
      </Button>
    </Box>
  );
}

export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Crash /> : this.props.children;
  }
}
