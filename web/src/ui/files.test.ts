import { describe, expect, it } from 'vitest';

import { fileName } from './files';

describe('the name of a file', () => {
  it('is the one that the server gave', () => {
    expect(fileName(`attachment; filename="Mira.png"; filename*=UTF-8''%D0%9C%D0%B8%D1%80%D0%B0.png`, 'x')).toBe('Мира.png');
    expect(fileName(String.raw`attachment; filename="a \"b\".png"`, 'x')).toBe('a "b".png');
    expect(fileName(`attachment; filename="a.png"; filename*=UTF-8''%E0%A4`, 'x')).toBe('a.png');
    expect(fileName(null, 'Mira.png')).toBe('Mira.png');
  });
});
