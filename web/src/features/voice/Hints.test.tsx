import { render } from '@testing-library/react';
import { expect, it } from 'vitest';

import { Caption } from './Hints';
import type { Speaking } from './store';

it('a caption has the words without their marks, wherever the voice is', () => {
  const caption = '*She smiles.* The **old** _mill_ has `two` wheels: 2 * 3 = 6, snake_case stays.';
  for (let at = 0; at <= caption.length; at += 1) {
    const { container, unmount } = render(<Caption speaking={{ caption, captionStart: 0, characters: at } as Speaking} />);
    const said = container.textContent.replaceAll('*', '').replaceAll(/\s+/g, ' ');
    expect(said.replace(/snake_?case/, 'snake_case')).toBe('She smiles. The old mill has two wheels: 2 3 = 6, snake_case stays.');
    unmount();
  }
  const { container } = render(<Caption speaking={{ caption, captionStart: 0, characters: 3 } as Speaking} />);
  expect(container.textContent).toBe('She smiles. The old mill has two wheels: 2 * 3 = 6, snake_case stays.');
});
