import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { show } from '../test/render';
import { MOST_AT_ONCE, useNotices } from './notices';

const tell = (text: string, run?: () => void) => {
  act(() => {
    useNotices.getState().show(text, run && { label: 'Undo', run });
  });
};
const pass = (ms: number) => {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
};
const told = () => screen.queryAllByRole('alert').map((alert) => alert.textContent);

describe('notices', () => {
  beforeEach(async () => {
    useNotices.setState({ list: [] });
    show(<main />);
    // What shows them is loaded with the first one.
    tell('Ready');
    const first = await screen.findByText('Ready');
    vi.useFakeTimers();
    act(() => {
      useNotices.setState({ list: [] });
    });
    expect(first).not.toBeInTheDocument();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('the newest comes first, at once, and its undo works while others are there', () => {
    const [older, newer] = [vi.fn(), vi.fn()];
    tell('Saved.');
    tell('Mira was deleted.', older);
    pass(1_000);
    tell('Theo was deleted.', newer);
    expect(told()).toEqual(['Theo was deleted.Undo', 'Mira was deleted.Undo', 'Saved.']);
    fireEvent.click(screen.getAllByRole('button', { name: 'Undo' })[0]!);
    expect([older.mock.calls.length, newer.mock.calls.length]).toEqual([0, 1]);
    expect(told()).toEqual(['Mira was deleted.Undo', 'Saved.']);
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    expect(older).toHaveBeenCalledTimes(1);
  });

  it('each stays its own time, whatever comes after it', () => {
    tell('Mira was deleted.', () => undefined);
    pass(6_000);
    tell('Saved.');
    pass(999);
    expect(told()).toEqual(['Saved.', 'Mira was deleted.Undo']);
    pass(1);
    expect(told()).toEqual(['Saved.']);
    pass(2_999);
    expect(told()).toEqual(['Saved.']);
    pass(1);
    expect(told()).toEqual([]);
  });

  it('Esc takes away the newest only', () => {
    tell('Mira was deleted.', () => undefined);
    tell('Saved.');
    fireEvent.keyDown(document, { key: 'Escape' });
    expect(told()).toEqual(['Mira was deleted.Undo']);
    fireEvent.keyDown(document, { key: 'Escape' });
    expect(told()).toEqual([]);
  });

  it('where there are too many, what can be undone is kept', () => {
    tell('Mira was deleted.', () => undefined);
    for (let index = 0; index < MOST_AT_ONCE + 5; index += 1) tell(`Saved ${String(index)}.`);
    expect(told()).toHaveLength(MOST_AT_ONCE);
    expect(told().at(-1)).toBe('Mira was deleted.Undo');
    expect(told()[0]).toBe(`Saved ${String(MOST_AT_ONCE + 4)}.`);
  });
});
