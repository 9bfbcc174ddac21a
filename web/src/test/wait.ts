import { vi } from 'vitest';

/** Until it holds: what is waited for comes when the machine has time for it. */
export const patiently = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 60_000 });
