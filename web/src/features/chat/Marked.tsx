import Box from '@mui/material/Box';

/** A text with ranges marked, counted in code points as the server counts. */
export function Marked({ text, ranges }: { text: string; ranges: { start: number; end: number }[] }) {
  return (
    <>
      {pieces(text, ranges).map((piece, index) =>
        piece.marked ? (
          <Box component="mark" key={index} sx={{ bgcolor: 'bubble.main', color: 'bubble.text', borderRadius: '4px', fontWeight: 650 }}>
            {piece.text}
          </Box>
        ) : (
          <span key={index}>{piece.text}</span>
        ),
      )}
    </>
  );
}

/** Ranges that overlap, lie outside or run backwards are clipped: what was found still reads as it was written. */
export function pieces(text: string, ranges: { start: number; end: number }[]): { text: string; marked: boolean }[] {
  const letters = Array.from(text);
  const found: { text: string; marked: boolean }[] = [];
  let at = 0;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(at, Math.min(start, letters.length));
    const to = Math.min(end, letters.length);
    if (to <= from) continue;
    if (from > at) found.push({ text: letters.slice(at, from).join(''), marked: false });
    found.push({ text: letters.slice(from, to).join(''), marked: true });
    at = to;
  }
  if (at < letters.length) found.push({ text: letters.slice(at).join(''), marked: false });
  return found;
}
