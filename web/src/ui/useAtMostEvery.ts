import { useEffect, useRef, useState } from 'react';

/**
 * A value that changes often, shown anew at most once in so many milliseconds. Unlike `useDeferredValue`, whose render begins again with each
 * change, it goes on while the changes come faster than a slow machine draws them.
 */
export function useAtMostEvery<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = value;
    if (Object.is(value, shown)) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setShown(latest.current);
    }, ms);
  }, [value, shown, ms]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return shown;
}
