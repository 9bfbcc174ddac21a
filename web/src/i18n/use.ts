/** The texts of the page inside React; a component is drawn again when the language changes. */
import i18next, { type TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';

const fixed = new Map<string, TFunction>();

function subscribe(changed: () => void): () => void {
  i18next.on('languageChanged', changed);
  return () => {
    i18next.off('languageChanged', changed);
  };
}

export function useTranslation(): { t: TFunction; i18n: typeof i18next } {
  const language = useSyncExternalStore(subscribe, () => i18next.language);
  let t = fixed.get(language);
  if (!t) fixed.set(language, (t = i18next.getFixedT(language)));
  return { t, i18n: i18next };
}
