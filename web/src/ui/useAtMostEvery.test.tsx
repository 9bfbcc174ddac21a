import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { useAtMostEvery } from './useAtMostEvery';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('changes that never cease are shown all the same, the last one too', () => {
  const seen = renderHook(({ value }) => useAtMostEvery(value, 50), { initialProps: { value: 0 } });
  expect(seen.result.current).toBe(0);
  const shown = new Set<number>();
  for (let value = 1; value <= 20; value += 1) {
    seen.rerender({ value });
    act(() => {
      vi.advanceTimersByTime(10);
    });
    shown.add(seen.result.current);
  }
  expect(shown.size).toBeGreaterThanOrEqual(3);
  expect(shown.size).toBeLessThanOrEqual(6);
  act(() => {
    vi.advanceTimersByTime(50);
  });
  expect(seen.result.current).toBe(20);
  seen.unmount();
  expect(vi.getTimerCount()).toBe(0);
});

test('what stands still takes no timer', () => {
  renderHook(() => useAtMostEvery('said', 50));
  expect(vi.getTimerCount()).toBe(0);
});
