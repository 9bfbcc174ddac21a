import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { type PointerEvent, type ReactNode, useRef } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { MoreIcon } from '../../ui/MoreIcon';

/** Which of how many, and the way to the others. `onPast`: from the last one, a step further makes another. */
export function Swipes({ index, count, onStep, onPast, more, busy = false }: { index: number; count: number; onStep: (by: -1 | 1) => void; onPast?: (() => void) | undefined; more?: string | undefined; busy?: boolean }) {
  const { t } = useTranslation();
  const end = index >= count - 1;
  const size = { minWidth: 34, minHeight: 34, color: 'text.secondary' };
  return (
    <Box role="group" aria-label={t('tree.versions')} sx={{ display: 'flex', alignItems: 'center', flex: 'none' }}>
      <IconButton
        size="small"
        aria-label={t('tree.previous')}
        disabled={busy || index <= 0}
        onClick={() => {
          onStep(-1);
        }}
        sx={size}
      >
        <MoreIcon name="left" size={18} />
      </IconButton>
      <Typography variant="caption" component="span" aria-live="polite" sx={{ color: 'text.secondary', minWidth: '3.2em', textAlign: 'center', whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>
        {t('tree.of', { index: index + 1, count })}
      </Typography>
      <IconButton
        size="small"
        aria-label={end && onPast ? (more ?? t('tree.another')) : t('tree.next')}
        disabled={busy || (end && !onPast)}
        onClick={() => {
          if (end) onPast?.();
          else onStep(1);
        }}
        sx={size}
      >
        <MoreIcon name="right" size={18} />
      </IconButton>
    </Box>
  );
}

export const SWIPE_PX = 64;
/** A finger that goes down more than across scrolls. */
const ACROSS = 1.4;

/** What part of a pull is followed, and which way it leads when it ends. */
export function swipeOf(dx: number, dy: number): -1 | 0 | 1 {
  if (Math.abs(dx) < SWIPE_PX || Math.abs(dx) < Math.abs(dy) * ACROSS) return 0;
  return dx < 0 ? 1 : -1;
}

/** A finger drawn to the left asks for the next, to the right for the one before. Code and tables that scroll keep their own way. */
export function Swipeable({ onSwipe, children }: { onSwipe: ((by: -1 | 1) => void) | undefined; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const from = useRef<{ id: number; x: number; y: number } | null>(null);
  const shift = (px: number) => {
    if (box.current) box.current.style.transform = px === 0 ? '' : `translateX(${String(Math.max(-90, Math.min(90, px * 0.6)))}px)`;
  };
  const begin = (event: PointerEvent) => {
    if (!onSwipe || event.pointerType !== 'touch' || !event.isPrimary) return;
    const wide = event.target instanceof Element ? event.target.closest('pre, table, textarea, input') : null;
    if (wide && (wide.scrollWidth > wide.clientWidth || wide.matches('textarea, input'))) return;
    from.current = { id: event.pointerId, x: event.clientX, y: event.clientY };
  };
  const move = (event: PointerEvent) => {
    const start = from.current;
    if (start?.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    shift(Math.abs(dx) > 12 && Math.abs(dx) > Math.abs(dy) * ACROSS ? dx : 0);
  };
  const end = (event: PointerEvent) => {
    const start = from.current;
    if (start?.id !== event.pointerId) return;
    from.current = null;
    shift(0);
    if (event.type === 'pointercancel') return;
    const way = swipeOf(event.clientX - start.x, event.clientY - start.y);
    if (way !== 0) onSwipe?.(way);
  };
  return (
    <Box ref={box} onPointerDown={begin} onPointerMove={move} onPointerUp={end} onPointerCancel={end} sx={{ minWidth: 0, ...(onSwipe ? { touchAction: 'pan-y', transition: 'transform 90ms' } : {}) }}>
      {children}
    </Box>
  );
}
