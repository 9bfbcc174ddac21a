/** The gateway's pages: their texts come with them. Other languages are one file each. */
import i18next from 'i18next';

import gateway from './en.gateway.json';

i18next.addResourceBundle('en', 'page', gateway, true, true);
