import i18next from 'i18next';

import '../../i18n/pages';
import { useNotices } from '../../ui/notices';

/** The model does not see the picture of a message. */
export function tellDescribed(): void {
  useNotices.getState().show(i18next.t('attach.described'));
}
