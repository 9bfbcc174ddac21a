import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Snackbar from '@mui/material/Snackbar';
import SnackbarContent from '@mui/material/SnackbarContent';
import { useEffect, useLayoutEffect, useState } from 'react';
import { createPortal } from 'react-dom';

import { useTranslation } from '../i18n/use';
import { Icon } from './Icon';
import { bounded, type Notice } from './notices';

const SHOWN = 3;

/**
 * Within the dialog that is open, as its last part, else at the end of the page: what lies beside a dialog is out of reach of the keyboard and hidden from
 * readers of screens. The place itself is moved, so that what stands there goes on as it is.
 */
function usePlace(): HTMLElement {
  const [place] = useState(() => document.createElement('div'));
  useLayoutEffect(() => {
    const settle = () => {
      const around = [...document.querySelectorAll('.MuiModal-root:not(.MuiModal-hidden) [role="dialog"]')].at(-1) ?? document.body;
      if (place.parentElement !== around) around.append(place);
      // A dialog that opened beside it has hidden it.
      place.removeAttribute('aria-hidden');
    };
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(document.body, { childList: true });
    return () => {
      observer.disconnect();
      place.remove();
    };
  }, [place]);
  return place;
}

/**
 * The newest few, each for its own time; the others are counted and their time passes, too. The newest is the first to the keyboard and stands where nothing
 * that goes moves it: lowest on a desk, highest on a phone, whose foot is for writing.
 */
export default function Toasts({ list, onDone }: { list: Notice[]; onDone: (id: number) => void }) {
  const { t } = useTranslation();
  const place = usePlace();
  const shown = bounded(list, SHOWN);
  const newest = list.at(-1)?.id;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // One, not all of them, and only when nobody else wanted the key: the window hears of it last.
      if (event.key === 'Escape' && !event.defaultPrevented && newest !== undefined) onDone(newest);
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [newest, onDone]);
  return createPortal(
    <Box
      sx={{
        position: 'fixed',
        zIndex: 'snackbar',
        top: { xs: 'calc(64px + env(safe-area-inset-top))', sm: 'auto' },
        bottom: { xs: 'auto', sm: 24 },
        left: 8,
        right: 8,
        maxHeight: '60dvh',
        overflowY: 'auto',
        pointerEvents: 'none',
        display: 'flex',
        flexDirection: { xs: 'column', sm: 'column-reverse' },
        alignItems: { xs: 'stretch', sm: 'center' },
        gap: 1,
      }}
    >
      {list.toReversed().map((notice) => (
        <Toast
          key={notice.id}
          notice={notice}
          hidden={!shown.includes(notice)}
          onDone={() => {
            onDone(notice.id);
          }}
        />
      ))}
      {shown.length < list.length && <SnackbarContent role="status" message={t('app.moreNotices', { count: list.length - shown.length })} sx={{ pointerEvents: 'auto', flexShrink: 0, py: 0, alignSelf: 'center', '&&': { minWidth: 0 } }} />}
    </Box>,
    place,
  );
}

function Toast({ notice, hidden, onDone }: { notice: Notice; hidden: boolean; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Snackbar
      open
      message={notice.text}
      autoHideDuration={notice.ms}
      onClose={(_, reason) => {
        if (reason === 'timeout') onDone();
      }}
      sx={{ '&&': { position: 'static', pointerEvents: 'auto', flexShrink: 0, display: hidden ? 'none' : 'flex' } }}
      action={
        <>
          {notice.action && (
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
          )}
          <IconButton color="inherit" aria-label={t('app.dismiss')} onClick={onDone}>
            <Icon name="close" size={20} />
          </IconButton>
        </>
      }
    />
  );
}
