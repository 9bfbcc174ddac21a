import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { onSessionLost } from '../api/client';
import { meQuery } from '../api/queries';
import { preferencesOf } from '../features/voice/preferences';
import { useTranslation } from '../i18n/use';
import { visuallyHidden } from '../ui/Page';
import { useDrawer } from './drawer';
import { MenuButton } from './MenuButton';
import { personIs } from './preferences';
import { ownPath } from './paths';
import { forgetSession, noSession } from './session';
import { Sidebar } from './Sidebar';

const Drawer = lazy(() => import('@mui/material/Drawer'));
// Nobody speaks in the first moment: the page stands before its line to the server does.
const Connected = lazy(() => import('../features/chat/Connected'));
const Palette = lazy(() => import('../features/chat/Palette'));
const SIDEBAR_PX = 304;

/** Two panes on a desk, one with a drawer on a phone. */
export default function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const wide = useMediaQuery('(min-width: 900px)', { noSsr: true });
  const { open: drawer, covered, setOpen: setDrawer } = useDrawer();
  // A conversation has a bar of its own, and a phone has room for one.
  const ownBar = /^\/(chat|with)\/./.test(path);

  const person = useQuery(meQuery).data?.id;
  const whose = useRef(person);
  useEffect(() => {
    if (!person) return;
    // Somebody else signed in in another window: what stands in this one is not theirs.
    if (whose.current && whose.current !== person) {
      location.reload();
      return;
    }
    whose.current = person;
    personIs(person);
    preferencesOf(person);
    void import('../features/settings/place').then(({ tellPlace }) => tellPlace());
  }, [person]);
  useEffect(
    () =>
      onSessionLost((asked) => {
        const here = ownPath(location.pathname);
        noSession();
        void navigate({ to: '/sign-in', search: asked ? {} : { ended: true, ...(here && here !== '/' ? { next: here } : {}) } }).finally(forgetSession);
      }),
    [navigate],
  );
  useEffect(() => {
    setDrawer(false);
  }, [path, setDrawer]);
  const [searching, setSearching] = useState(false);
  const search = () => {
    setDrawer(false);
    setSearching(true);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      // What is being edited in a dialog is not left by a key.
      if (!document.querySelector('[role="dialog"]')) setSearching(true);
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, []);

  return (
    <Box sx={{ height: '100dvh', display: 'flex', flexDirection: { xs: 'column', md: 'row' } }}>
      <Box
        component="a"
        href="#content"
        onClick={(event: React.MouseEvent) => {
          event.preventDefault();
          document.getElementById('content')?.focus();
        }}
        sx={{ ...visuallyHidden, '&:focus': { position: 'fixed', top: 8, left: 8, zIndex: 2000, width: 'auto', height: 'auto', m: 0, p: 1.5, clipPath: 'none', bgcolor: 'background.paper', color: 'primary.main', borderRadius: '10px' } }}
      >
        {t('app.skip')}
      </Box>
      {wide ? (
        <Box component="header" inert={covered} sx={{ width: SIDEBAR_PX, flex: 'none', borderRight: 1, borderColor: 'divider', bgcolor: 'sunken.main' }}>
          <Sidebar onSearch={search} />
        </Box>
      ) : (
        <>
          {!ownBar && (
          <Box
              component="header"
              sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2, minHeight: 52, borderBottom: 1, borderColor: 'divider', bgcolor: 'background.paper', flex: 'none' }}
            >
              <MenuButton />
              <Typography component="p" variant="h3">
                {t('app.name')}
              </Typography>
            </Box>
          )}
          <Suspense>
            {drawer && (
          <Drawer
            open
            onClose={() => {
              setDrawer(false);
            }}
            slotProps={{
              paper: {
                'aria-label': t('app.navigation'),
                // Any link closes it, also that of the page one is on.
                onClick: (event: React.MouseEvent) => {
                  if ((event.target as Element).closest('a')) setDrawer(false);
                },
                sx: { width: 'min(86vw, 340px)', bgcolor: 'background.default' },
              },
            }}
          >
            <Sidebar
              onSearch={search}
              onClose={() => {
                setDrawer(false);
              }}
            />
          </Drawer>
            )}
          </Suspense>
        </>
      )}
      <Suspense>
        {searching && (
          <Palette
            onClose={() => {
              setSearching(false);
            }}
          />
        )}
      </Suspense>
      <Box sx={{ flex: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
        <Suspense>
          <Connected />
        </Suspense>
        <Box component="main" id="content" tabIndex={-1} sx={{ flex: 1, minHeight: 0 }}>
          <Outlet />
        </Box>
      </Box>
    </Box>
  );
}
