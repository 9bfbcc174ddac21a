import Button from '@mui/material/Button';
import Snackbar from '@mui/material/Snackbar';

import type { Notice } from './notices';

export default function Toast({ notice, onDone }: { notice: Notice; onDone: () => void }) {
  return (
    <Snackbar
      open
      message={notice.text}
      autoHideDuration={notice.ms}
      onClose={(_, reason) => {
        if (reason !== 'clickaway') onDone();
      }}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      action={
        notice.action && (
          <Button
            color="inherit"
            size="small"
            onClick={() => {
              notice.action?.run();
              onDone();
            }}
          >
            {notice.action.label}
          </Button>
        )
      }
    />
  );
}
