import i18next, { type TFunction } from 'i18next';

import '../../i18n/pages';

/** What does not fit into the model's context; the names are the server's. */
export interface Overflow {
  part: string;
  tokens: number;
  remedy: string;
}

/** Why an answer did not come or a message was refused. */
export interface Problem {
  type: string;
  /** In English. */
  detail: string;
  overflow?: Overflow | null;
}

/** A problem in the page's language; what the page has no words for is said as the server says it. */
export function tell(t: TFunction, { detail, overflow }: Problem): string {
  if (!overflow) return detail;
  const { part, tokens, remedy } = overflow;
  if (!i18next.exists(`tooLong.part.${part}`) || !i18next.exists(`tooLong.remedy.${remedy}`)) return detail;
  return t('tooLong.said', { part: t(`tooLong.part.${part}` as 'tooLong.part.message'), count: tokens, remedy: t(`tooLong.remedy.${remedy}` as 'tooLong.remedy.larger-model') });
}
