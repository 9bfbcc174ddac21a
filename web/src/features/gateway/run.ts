import { useEffect, useRef, useState } from 'react';

import { type Ask, generate, type Metadata } from './generate';

export interface RunState {
  model: string;
  running: boolean;
  text: string;
  metadata: Metadata | null;
  /** It ended without an end of the server's. */
  broken: boolean;
  stopped: boolean;
  error: unknown;
}

const nothing: RunState = { model: '', running: false, text: '', metadata: null, broken: false, stopped: false, error: null };

/** One answer at a time; leaving the page stops it. */
export function useRun() {
  const [state, setState] = useState(nothing);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const start = async (ask: Ask) => {
    const control = new AbortController();
    abort.current = control;
    setState({ ...nothing, model: ask.model, running: true });
    const change = (part: Partial<RunState>) => {
      if (abort.current === control) setState((before) => ({ ...before, ...part }));
    };
    try {
      let text = '';
      const metadata = await generate(
        ask,
        (piece) => {
          text += piece;
          change({ text });
        },
        control.signal,
      );
      change({ running: false, metadata, broken: metadata === null });
    } catch (error) {
      change({ running: false, ...(control.signal.aborted ? { stopped: true } : { error }) });
    }
  };
  return { state, start, stop: () => abort.current?.abort() };
}
