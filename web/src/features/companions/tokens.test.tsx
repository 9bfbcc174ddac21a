import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { show } from '../../test/render';
import { server } from '../../test/server';
import { about, useTokens } from './tokens';

function Editor({ first }: { first: string[] }) {
  const tokens = useTokens(first);
  return first.map((text) => (
    <p key={text}>
      {text.slice(0, 8)}: {tokens(text).exact ? '' : 'about '}
      {tokens(text).count}
    </p>
  ));
}

describe('tokens of an editor', () => {
  let asked: string[][];
  let state: string;
  let exact: boolean;
  beforeEach(() => {
    asked = [];
    state = 'ready';
    exact = true;
    server.use(
      http.get('*/api/v1/status', () => HttpResponse.json({ version: '', uptime_s: 1, engines: [{ kind: 'llm', state, progress: 1 }] })),
      http.post('*/api/v1/prompts/count', async ({ request }) => {
        const { texts } = (await request.json()) as { texts: string[] };
        asked.push(texts);
        return HttpResponse.json({ tokens: texts.map((text) => text.split(' ').length), model: 'm', exact });
      }),
    );
  });

  it('are about right at first, and then the model’s own; each text is asked for once', async () => {
    const { rerender } = show(<Editor first={['one two three', '', 'Mira']} />);
    expect(screen.getByText(`one two : about ${String(about('one two three'))}`)).toBeInTheDocument();
    expect(await screen.findByText('one two : 3')).toBeInTheDocument();
    expect(screen.getByText('Mira: 1')).toBeInTheDocument();
    expect(screen.getByText(': 0')).toBeInTheDocument();
    rerender(<Editor first={['one two three', 'four five']} />);
    expect(screen.getByText('four fiv: about 3')).toBeInTheDocument();
    expect(screen.getByText('one two : 3')).toBeInTheDocument();
    expect(await screen.findByText('four fiv: 2')).toBeInTheDocument();
    expect(asked).toEqual([['one two three', 'Mira'], ['four five']]);
  });

  it('are asked for when whoever writes has paused', async () => {
    const { rerender } = show(<Editor first={['a']} />);
    for (const text of ['a b', 'a b c', 'a b c d']) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      rerender(<Editor first={[text]} />);
    }
    expect(await screen.findByText('a b c d: 4')).toBeInTheDocument();
    expect(asked).toEqual([['a b c d']]);
  });

  it('stay about right where no model can count', async () => {
    state = 'failed';
    show(<Editor first={['one two three']} />);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(screen.getByText('one two : about 4')).toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  it('stay about right where the model runs elsewhere', async () => {
    exact = false;
    show(<Editor first={['one two three']} />);
    await waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(screen.getByText('one two : about 4')).toBeInTheDocument();
  });

  it('of what is too much to send stay about right, and the rest is counted', async () => {
    show(<Editor first={['x'.repeat(250_001), 'one two']} />);
    expect(await screen.findByText('one two: 2')).toBeInTheDocument();
    expect(screen.getByText('xxxxxxxx: about 62501')).toBeInTheDocument();
    expect(asked).toEqual([['one two']]);
  });
});
