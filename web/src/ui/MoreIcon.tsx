import { LineIcon } from './Icon';

/** Icons of pages that come later than the first load. */
const paths = {
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.500 6l6 6-6 6',
  edit: 'M4.500 19.500l1-4.500L16 4.500l3.500 3.500L9 18.500zM13.500 7l3.500 3.500',
  branch: 'M7 5v14M7 14c6 0 9-2 9-6M16 8.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  pin: 'M9 4h6l-1 6 3.500 3.500h-11L10 10zM12 13.500V20',
  hide: 'M3 3l18 18M10 5.800A9 9 0 0 1 12 5.500c6 0 9.500 6.500 9.500 6.500a16 16 0 0 1-3 3.700M6.300 7.700A15 15 0 0 0 2.500 12S6 18.500 12 18.500a9 9 0 0 0 4-.9',
  why: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.400-1 .9-1 1.700M12 16.500h.01',
  wand: 'M5 19L15 9M17 4v4M15 6h4M19 12v3M17.500 13.500h3M9 4.500v2M8 5.500h2',
  archive: 'M4 5h16v4H4zM5.500 9v10h13V9M10 13h4',
  download: 'M12 4.500v11M7 11l5 5 5-5M5 19.500h14',
  star: 'M12 4l2.500 5.200 5.700.7-4.200 3.900 1.100 5.700-5.100-2.800-5.100 2.800L8 13.800 3.800 9.900l5.700-.7z',
  grid: 'M4.500 4.500h6v6h-6zM13.500 4.500h6v6h-6zM4.500 13.500h6v6h-6zM13.500 13.500h6v6h-6z',
  rows: 'M4.500 6h15M4.500 12h15M4.500 18h15',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  person: 'M12 11.500a3.800 3.800 0 1 0 0-7.600 3.800 3.800 0 0 0 0 7.600zM4.500 20c.5-4 3.500-6 7.500-6s7 2 7.500 6',
  more: 'M12 6h.01M12 12h.01M12 18h.01',
  clip: 'M19 11.500l-7.500 7.500a4.600 4.600 0 0 1-6.500-6.500l8-8a3 3 0 0 1 4.300 4.300l-8 8a1.500 1.500 0 0 1-2.100-2.100l7-7',
  file: 'M6.500 3.500h7l4 4v13h-11zM13.500 3.500v4h4',
  test: 'M9 4h6M10.500 4v5L5 19.500h14L13.500 9V4M8 14.500h8',
} as const;

export type MoreIconName = keyof typeof paths;

export function MoreIcon({ name, size = 22, filled = false }: { name: MoreIconName; size?: number; filled?: boolean }) {
  return <LineIcon path={paths[name]} size={size} filled={filled} />;
}
