import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type ReactNode, useEffect, useRef } from 'react';

import { useTranslation } from '../i18n/use';

/** The first page of a visit is read from its top, as the browser begins; only a navigation within moves the focus. */
let arrived = false;

/** Names the window and moves focus to the heading, so that a screen reader hears where a navigation led. */
export function PageTitle({ children, title, hidden = false }: { children: ReactNode; title: string; hidden?: boolean }) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  const name = t('app.name');
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  useEffect(() => {
    const first = !arrived;
    arrived = true;
    if (first) return;
    const busy = document.activeElement;
    // A field that took the focus by itself keeps it.
    if (busy === null || busy === document.body || !busy.matches('input, textarea')) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Typography
      variant="h1"
      tabIndex={-1}
      ref={heading}
      sx={hidden ? visuallyHidden : {}}
    >
      {children}
    </Typography>
  );
}

export function Page({ children, width = 1080 }: { children: ReactNode; width?: number }) {
  return (
    <Box sx={{ height: '100%', overflowY: 'auto', px: { xs: 2, sm: 4 }, py: { xs: 2.5, sm: 5 } }}>
      <Box sx={{ maxWidth: width, mx: 'auto', pb: 4 }}>{children}</Box>
    </Box>
  );
}

export function EmptyState({ title, text, action }: { title: string; text: string; action?: ReactNode }) {
  return (
    <Box sx={{ textAlign: 'center', py: 8, px: 2, maxWidth: 440, mx: 'auto' }}>
      <Hearth />
      <Typography variant="h2" sx={{ mt: 2, mb: 1 }}>
        {title}
      </Typography>
      <Typography sx={{ color: 'text.secondary', mb: 3 }}>{text}</Typography>
      {action}
    </Box>
  );
}

/** The flame of the house: our only ornament. */
export function Hearth({ size = 56 }: { size?: number }) {
  return (
    <Box
      component="svg"
      viewBox="0 0 32 32"
      aria-hidden="true"
      sx={{ width: size, height: size, display: 'inline-block', flex: 'none', '& rect': { fill: 'var(--mui-palette-primary-main)' }, '& path': { fill: 'var(--mui-palette-primary-contrastText)' } }}
    >
      <rect width="32" height="32" rx="9" />
      <path d="M16 5.5c1 3.6-4.6 6-4.6 11.2a4.6 4.6 0 0 0 9.2.3c0-1.7-.7-2.7-1.3-3.6 2.9 1 4.7 3.7 4.7 6.6A8 8 0 0 1 16 27.5a8 8 0 0 1-8-7.6C8 13.2 15.2 11.2 16 5.5z" />
    </Box>
  );
}

export const visuallyHidden = {
  position: 'absolute',
  width: '1px',
  height: '1px',
  margin: '-1px',
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
} as const;
