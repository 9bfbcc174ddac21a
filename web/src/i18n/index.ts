import i18next from 'i18next';

import { remembered } from '../app/preferences';
import type gateway from './en.gateway.json';
import en from './en.json';
import { interpolation, numbersInTexts, regional } from './numbers';
import type pages from './en.pages.json';

export const languages = { en: 'English', ja: '日本語', es: 'Español' } as const;
export type Language = keyof typeof languages;

const KEY = 'lares.language';
const loaders: Record<Exclude<Language, 'en'>, () => Promise<{ default: object }>> = {
  ja: () => import('./ja.json'),
  es: () => import('./es.json'),
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'page';
    resources: { page: typeof en & typeof gateway & typeof pages };
  }
}

function isLanguage(value: string | null | undefined): value is Language {
  return value != null && Object.hasOwn(languages, value);
}

export function preferredLanguage(): Language {
  const chosen = remembered.read(KEY);
  if (isLanguage(chosen)) return chosen;
  for (const wish of navigator.languages) {
    const short = wish.split('-')[0];
    if (isLanguage(short)) return short;
  }
  return 'en';
}

export { regional };

export async function setLanguage(language: Language): Promise<void> {
  if (language !== 'en' && !i18next.hasResourceBundle(language, 'page')) {
    i18next.addResourceBundle(language, 'page', (await loaders[language]()).default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  await setLanguage(language);
  remembered.write(KEY, language);
}

export async function startLanguage(): Promise<void> {
  await i18next.use(numbersInTexts).init({
    lng: 'en',
    fallbackLng: 'en',
    defaultNS: 'page',
    ns: ['page'],
    resources: { en: { page: en } },
    interpolation,
  });
  const wanted = preferredLanguage();
  // A language file that cannot be had (offline, half-updated server) must not keep the page away.
  if (wanted !== 'en') await setLanguage(wanted).catch(() => undefined);
  document.documentElement.lang = i18next.language;
}
