import i18next from 'i18next';
import { afterEach, describe, expect, it, vi } from 'vitest';

import es from './es.json';
import { number } from './numbers';

afterEach(async () => {
  vi.restoreAllMocks();
  await i18next.changeLanguage('en');
});

describe('numbers', () => {
  it('are written in texts as everywhere else on the page', () => {
    expect(i18next.t('trace.count', { count: 11_776 })).toBe('11,776 tokens');
    expect(i18next.t('trace.count', { count: 8_192 })).toBe('8,192 tokens');
    expect(i18next.t('bin.isBack', { name: '8192' })).toBe('8192 is back.');
  });

  it('are those of the language, as the region of the person has them', async () => {
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['es-MX', 'es', 'en']);
    i18next.addResourceBundle('es', 'page', es, true, true);
    await i18next.changeLanguage('es');
    expect(i18next.t('trace.count', { count: 11_776 })).toContain('11,776');
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['es-ES']);
    expect(i18next.t('trace.count', { count: 11_776 })).toContain('11.776');
    expect(number(0.85)).toBe('0,85');
    expect(number(0.5, { style: 'percent' })).toMatch(/^50\s%$/);
  });
});
