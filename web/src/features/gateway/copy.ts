
import { useTranslation } from '../../i18n/use';
import { useNotices } from '../../ui/notices';

/** Copies, and tells whether the browser let it: without a secure origin it may not. */
export function useCopy() {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  return async (text: string, done: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      show(done);
    } catch {
      show(t('playground.copyFailed'));
    }
  };
}
