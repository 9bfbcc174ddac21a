import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import DialogTitle from '@mui/material/DialogTitle';
import { type ReactNode, useId } from 'react';

interface Props {
  title: string;
  onSubmit: () => void;
  onClose: () => void;
  /** DialogContent and DialogActions. */
  children: ReactNode;
}

/** A dialog that Enter sends. */
export function FormDialog({ title, onSubmit, onClose, children }: Props) {
  const id = useId();
  return (
    <Dialog
      open
      onClose={(_, reason) => {
        // What was typed does not go by a slip of the hand.
        if (reason !== 'backdropClick') onClose();
      }}
      fullWidth
      maxWidth="sm"
      aria-labelledby={id}
    >
      <Box
        component="form"
        noValidate
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          onSubmit();
        }}
        sx={{ display: 'flex', flexDirection: 'column', minHeight: 0 }}
      >
        <DialogTitle id={id} variant="h2" component="h2">
          {title}
        </DialogTitle>
        {children}
      </Box>
    </Dialog>
  );
}
