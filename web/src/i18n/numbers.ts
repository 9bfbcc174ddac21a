import i18next, { type FormatterModule } from 'i18next';

const formats = new Map<string, Intl.NumberFormat>();

/** A number as the page's language and the person's region write it; `options` for what is not a plain count. */
export function number(value: number, options?: Intl.NumberFormatOptions, language: string = i18next.language): string {
  const key = [regional(language), JSON.stringify(options ?? {})].join(' ');
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(regional(language), options)));
  return format.format(value);
}

/** Dates and numbers in the language of the page, as they are written where the person is. */
export function regional(language: string): string {
  return navigator.languages.find((wish) => wish.split('-')[0] === language) ?? language;
}

/** For i18next: whatever number a text says. */
export const numbersInTexts: FormatterModule = {
  type: 'formatter',
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown, _format, language) => (typeof value === 'number' ? number(value, {}, language) : (value as string)),
};

export const interpolation = {
  escapeValue: false, // React escapes
  alwaysFormat: true,
};
