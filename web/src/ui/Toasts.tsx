import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Snackbar from '@mui/material/Snackbar';

import type { Notice } from './notices';

/** All of them at once, each for its own time. The newest is the first to the keyboard and stands lowest, where nothing that goes moves it. */
export default function Toasts({ list, onDone }: { list: Notice[]; onDone: (id: number) => void }) {
  return (
    <Box sx={{ position: 'fixed', zIndex: 'snackbar', bottom: { xs: 8, sm: 24 }, left: 8, right: 8, maxHeight: '60dvh', overflowY: 'auto', pointerEvents: 'none', display: 'flex', flexDirection: 'column-reverse', alignItems: { xs: 'stretch', sm: 'center' }, gap: 1 }}>
      {list.toReversed().map((notice, index) => (
        <Toast
          key={notice.id}
          notice={notice}
          newest={index === 0}
          onDone={() => {
            onDone(notice.id);
          }}
        />
      ))}
    </Box>
  );
}

function Toast({ notice, newest, onDone }: { notice: Notice; newest: boolean; onDone: () => void }) {
  return (
    <Snackbar
      open
      message={notice.text}
      autoHideDuration={notice.ms}
      onClose={(_, reason) => {
        // Esc takes one away, not all of them.
        if (reason === 'timeout' || (reason === 'escapeKeyDown' && newest)) onDone();
      }}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      sx={{ '&&': { position: 'static', transform: 'none', pointerEvents: 'auto', flexShrink: 0 } }}
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
