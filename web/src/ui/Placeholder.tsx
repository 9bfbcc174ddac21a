import Box from '@mui/material/Box';
import { keyframes } from '@mui/material/styles';

const breathe = keyframes`50% { opacity: 0.45; }`;

/** Where something will stand as soon as it is here. Nothing for a screen reader: what waits says so itself. */
export function Placeholder({ height, radius = 14, width = '100%', right = false }: { height: number; radius?: number; width?: string; right?: boolean }) {
  return <Box aria-hidden="true" sx={{ height, width, ...(right ? { justifySelf: 'end' } : {}), borderRadius: `${String(radius)}px`, bgcolor: 'action.hover', animation: `${breathe} 1.8s ease-in-out infinite` }} />;
}

/** Of a list of rows. */
export function PlaceholderRows() {
  return (
    <Box sx={{ display: 'grid', gap: 1, p: 1 }}>
      {[0, 1, 2].map((row) => (
        <Placeholder key={row} height={44} />
      ))}
    </Box>
  );
}
