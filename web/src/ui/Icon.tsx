import Box from '@mui/material/Box';

const paths = {
  menu: 'M4 7h16M4 12h16M4 17h10',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M5 12h13M12.5 5.5L19 12l-6.5 6.5',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  retry: 'M20 12a8 8 0 1 1-2.3-5.700M20 4v4.5h-4.5',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.2 16.2L21 21',
  upload: 'M12 16V5M7 9.5L12 4.5l5 5M5 19.5h14',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  plug: 'M9 3.5V8M15 3.500V8M6.500 8h11v3a5.500 5.500 0 0 1-11 0zM12 16.500v4',
  pulse: 'M3 12h4l2.5-6.5 4.5 13L16.5 12H21',
  chat: 'M5 5h14v11H11l-4.5 4v-4H5z',
  people: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M16 4.800a3.5 3.5 0 0 1 0 6.400M18 14.5c2 .8 3.2 2.5 3.5 5',
  dots: 'M4.9 12h1.2M11.4 12h1.2M17.9 12h1.2',
  down: 'M12 5v13M6 12.5l6 6 6-6',
  book: 'M12 6.500C10 5 7 4.500 4 5v13c3-.5 6 0 8 1.500 2-1.500 5-2 8-1.500V5c-3-.5-6 0-8 1.500zM12 6.500v13',
  mask: 'M5 5c4 1.500 10 1.500 14 0v6c0 5-3 8.500-7 8.500S5 16 5 11zM8.500 10.500h2M13.500 10.500h2M9.500 15c1.500 1 3.500 1 5 0',
  chevron: 'M7 10l5 5 5-5',
  back: 'M19 12H6M11.5 5.5L5 12l6.5 6.5',
  offline: 'M3 3l18 18M8.5 15.5a5 5 0 0 1 6.5-.5M5 12a10 10 0 0 1 4-2.400M19 12a10 10 0 0 0-5.5-2.900M12 19.5h.01',
  logout: 'M14 4.5H5v15h9M10 12h11M17 8l4 4-4 4',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z',
  eyeOff: 'M3 3l18 18M10 5.800A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-3 3.700M6.3 7.700A15 15 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4-.9M10 10a2.800 2.800 0 0 0 4 4',
  warn: 'M12 4L2.500 20h19zM12 10v4.500M12 17.300h.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5h.01',
  play: 'M8 5.5l10 6.5-10 6.5z',
  sound: 'M4 9.5v5h3.5L12 18.5V5.5L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  mute: 'M4 9.5v5h3.5L12 18.5V5.5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  captions: 'M3.5 6h17v12h-17zM10.5 10.8a2 2 0 1 0 0 2.4M16.8 10.8a2 2 0 1 0 0 2.4',
  face: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 10h.01M15.5 10h.01M8 14.5a5 5 0 0 0 8 0',
  grow: 'M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5',
  shrink: 'M4 9h5V4M20 9h-5V4M4 15h5v5M20 15h-5v5',
} as const;

export type IconName = keyof typeof paths;

/** Our own line icons; always beside text or inside a named control, so hidden from screen readers. */
export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return <LineIcon path={paths[name]} size={size} filled={name === 'stop' || name === 'play'} />;
}

export function LineIcon({ path, size, filled }: { path: string; size: number; filled: boolean }) {
  return (
    <Box
      component="svg"
      aria-hidden="true"
      focusable="false"
      viewBox="0 0 24 24"
      sx={{ width: size, height: size, flex: 'none', fill: 'none', stroke: 'currentColor', strokeWidth: 1.8, strokeLinecap: 'round', strokeLinejoin: 'round' }}
    >
      <path d={path} fill={filled ? 'currentColor' : undefined} />
    </Box>
  );
}
