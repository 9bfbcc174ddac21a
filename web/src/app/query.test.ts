import { QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, it } from 'vitest';

import { queryClient } from './query';

afterEach(() => {
  queryClient.clear();
});

it('a first answer that was on its way when something changed is asked for once more', async () => {
  const answers: ((text: string) => void)[] = [];
  const observer = new QueryObserver(queryClient, { queryKey: ['list', 1], queryFn: () => new Promise<string>((resolve) => answers.push(resolve)) });
  const stop = observer.subscribe(() => undefined);
  const told = queryClient.invalidateQueries({ queryKey: ['list'] });
  expect(answers).toHaveLength(1);
  answers[0]?.('before');
  await expect.poll(() => answers.length).toBe(2);
  answers[1]?.('after');
  await told;
  expect(observer.getCurrentResult().data).toBe('after');
  void queryClient.invalidateQueries({ queryKey: ['list'] });
  await expect.poll(() => answers.length).toBe(3);
  stop();
});
