import Dialog from '@mui/material/Dialog';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
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
    const kept = useNotices.getState().list.map(({ text }) => text);
    expect(kept).toHaveLength(MOST_AT_ONCE);
    expect(kept[0]).toBe('Mira was deleted.');
    expect(kept.at(-1)).toBe(`Saved ${String(MOST_AT_ONCE + 4)}.`);
  });

  it('three are shown and the others counted; their time passes, too', () => {
    tell('Mira was deleted.', () => undefined);
    for (const name of ['one', 'two', 'three', 'four']) tell(name);
    // What can be undone is not pushed aside by what only tells.
    expect(told()).toEqual(['four', 'three', 'Mira was deleted.Undo']);
    expect(screen.getByRole('status')).toHaveTextContent('and 2 more');
    pass(1_000);
    tell('five');
    expect(screen.getByRole('status')).toHaveTextContent('and 3 more');
    pass(3_000);
    expect(told()).toEqual(['five', 'Mira was deleted.Undo']);
    expect(screen.queryByRole('status')).toBeNull();
  });

  it('each is closed by its button', () => {
    tell('Mira was deleted.', () => undefined);
    tell('Saved.');
    fireEvent.click(screen.getAllByRole('button', { name: 'Dismiss' })[1]!);
    expect(told()).toEqual(['Saved.']);
  });

  it('Esc takes none away when it was meant for something else', () => {
    tell('Saved.');
    const wants = (event: Event) => {
      event.preventDefault();
    };
    // It began to listen later than the notice.
    document.addEventListener('keydown', wants);
    fireEvent.keyDown(document, { key: 'Escape' });
    expect(told()).toEqual(['Saved.']);
    document.removeEventListener('keydown', wants);
    fireEvent.keyDown(document, { key: 'Escape' });
    expect(told()).toEqual([]);
  });
});

describe('notices beside a dialog', () => {
  const page = (open: boolean) => (
    <Dialog open={open} aria-label="Above">
      <button type="button">Inside</button>
    </Dialog>
  );
  const undo = () => screen.findByRole('button', { name: 'Undo' });

  it('that come while it is open are told and reached by the keyboard', async () => {
    const person = userEvent.setup();
    const run = vi.fn();
    show(page(true));
    screen.getByRole('button', { name: 'Inside' }).focus();
    tell('Mira was deleted.', run);
    const button = await undo();
    await person.tab();
    expect(button).toHaveFocus();
    await person.keyboard('{Enter}');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('that were there before stay what they are while it comes and goes', async () => {
    const person = userEvent.setup();
    const { rerender } = show(page(false));
    tell('Mira was deleted.', () => undefined);
    const button = await undo();
    rerender(page(true));
    screen.getByRole('button', { name: 'Inside' }).focus();
    expect(await undo()).toBe(button);
    await person.tab();
    expect(button).toHaveFocus();
    rerender(page(false));
    await waitFor(() => {
      expect(screen.queryByRole('dialog')).toBeNull();
    });
    expect(await undo()).toBe(button);
  });
});
