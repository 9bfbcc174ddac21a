import Box from '@mui/material/Box';

import { bundledPortraits } from './portraits';

/** Two quiet hues from the name, so that a companion without a picture still looks like itself everywhere. */
export function huesOf(name: string): [number, number] {
  let hash = 2166136261;
  for (const char of name.normalize('NFC').toLocaleLowerCase()) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  const first = (hash >>> 0) % 360;
  return [first, (first + 40 + ((hash >>> 9) % 50)) % 360];
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = (word: string | undefined) => (word ? (Array.from(word)[0] ?? '') : '');
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : '')).toLocaleUpperCase();
}

interface Props {
  name: string;
  url?: string | null | undefined;
  bundled: boolean;
  /** Pixels, or the width of what holds it. */
  size?: number | 'fill';
}

/** Always beside the name in text, so nothing for a screen reader. */
export function Portrait({ name, url, bundled, size = 40 }: Props) {
  const source = ownPicture(url) ?? (bundled ? bundledPortraits[name.toLocaleLowerCase()] : undefined);
  const box = size === 'fill' ? { width: '100%', aspectRatio: '4 / 3', borderRadius: 0 } : { width: size, height: size, borderRadius: '32%' };
  const sx = { ...box, flex: 'none', display: 'block', overflow: 'hidden', objectFit: 'cover' as const, objectPosition: '50% 20%' };
  if (source) return <Box component="img" src={source} alt="" loading="lazy" decoding="async" draggable={false} sx={{ ...sx, bgcolor: 'sunken.main' }} />;
  const [a, b] = huesOf(name);
  return (
    <Box
      component="span"
      aria-hidden="true"
      sx={{
        ...sx,
        display: 'grid',
        placeItems: 'center',
        color: '#fff',
        fontWeight: 650,
        fontSize: size === 'fill' ? '3.2rem' : size * 0.38,
        lineHeight: 1,
        letterSpacing: '0.02em',
        background: `linear-gradient(140deg, hsl(${String(a)} 38% 44%), hsl(${String(b)} 42% 30%))`,
      }}
    >
      {initialsOf(name)}
    </Box>
  );
}

/** Only pictures that this server keeps. */
function ownPicture(url: string | null | undefined): string | undefined {
  return url && /^\/api\/(?!.*\.\.)/.test(url) ? url : undefined;
}

/** The same, outside React: for a face that is drawn by frames. */
export function pictureElement(name: string, url: string | null | undefined): HTMLElement {
  const source = ownPicture(url);
  if (source) {
    const image = document.createElement('img');
    image.src = source;
    image.alt = '';
    image.draggable = false;
    return image;
  }
  const [a, b] = huesOf(name);
  const box = document.createElement('span');
  box.textContent = initialsOf(name);
  Object.assign(box.style, { display: 'grid', placeItems: 'center', color: '#fff', fontWeight: '650', fontSize: '3.2rem', background: `linear-gradient(140deg, hsl(${String(a)} 38% 44%), hsl(${String(b)} 42% 30%))` });
  return box;
}
