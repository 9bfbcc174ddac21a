import i18next, { type TFunction } from 'i18next';

import '../../i18n/pages';

/** Why a part is in a prompt or not, in the page's language; what the page has no words for is said as the server says it. */
export function because(t: TFunction, { code = '', about = '', reason }: { code?: string; about?: string; reason: string }): string {
  const known = code !== '' && i18next.exists(`because.${code}`);
  return known ? t(`because.${code}` as 'because.key', { about }) : reason;
}
