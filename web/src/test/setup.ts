import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import i18next from 'i18next';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { queryClient } from '../app/query';
import en from '../i18n/en.json';
import pages from '../i18n/en.pages.json';
import { interpolation, numbersInTexts } from '../i18n/numbers';
import { useNotices } from '../ui/notices';
import { server } from './server';

// What is waited for comes when the machine has time for it: pages are chunks of their own.
configure({ asyncUtilTimeout: 60_000 });

await i18next.use(numbersInTexts).init({
  lng: 'en',
  fallbackLng: 'en',
  defaultNS: 'page',
  ns: ['page'],
  resources: { en: { page: { ...en, ...pages } } },
  interpolation,
});

// jsdom has no layout, so it knows neither of these.
window.matchMedia = (query: string) =>
  ({ matches: query.includes('pointer: fine'), media: query, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined }) as unknown as MediaQueryList;
globalThis.ResizeObserver = class {
  observe() {
    return undefined;
  }
  unobserve() {
    return undefined;
  }
  disconnect() {
    return undefined;
  }
};

beforeAll(() => {
  server.listen({ onUnhandledFrame: 'error' });
});
beforeEach(() => {
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  useNotices.setState({ list: [] });
  server.resetHandlers();
  queryClient.clear();
});
afterAll(() => {
  server.close();
});
