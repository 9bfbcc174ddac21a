import Button from '@mui/material/Button';
import Snackbar from '@mui/material/Snackbar';
import { create } from 'zustand';

interface Notice {
  id: number;
  text: string;
  /** Stays until its time is over; a notice that can be undone stays longer. */
  ms: number;
  action?: { label: string; run: () => void };
}

interface Notices {
  list: Notice[];
  show: (text: string, action?: Notice['action'], ms?: number) => number;
  drop: (id: number) => void;
}

const MOST_AT_ONCE = 5;
let last = 0;

export const useNotices = create<Notices>((set) => ({
  list: [],
  show: (text, action, ms = action ? 7_000 : 4_000) => {
    last += 1;
    const id = last;
    set((state) => ({ list: [...state.list, { id, text, ms, ...(action ? { action } : {}) }].slice(-MOST_AT_ONCE) }));
    return id;
  },
  drop: (id) => {
    set((state) => ({ list: state.list.filter((notice) => notice.id !== id) }));
  },
}));

export function Notices() {
  const notice = useNotices((state) => state.list[0]);
  const drop = useNotices((state) => state.drop);
  if (!notice) return null;
  const done = () => {
    drop(notice.id);
  };
  return (
    <Snackbar
      key={notice.id}
      open
      message={notice.text}
      autoHideDuration={notice.ms}
      onClose={(_, reason) => {
        if (reason !== 'clickaway') done();
      }}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      action={
        notice.action && (
          <Button
            color="inherit"
            size="small"
            onClick={() => {
              notice.action?.run();
              done();
            }}
          >
            {notice.action.label}
          </Button>
        )
      }
    />
  );
}
