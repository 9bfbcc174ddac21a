/** What is read on pages that come later than the frame: with them, not with the first load. */
import i18next from 'i18next';

import pages from './en.pages.json';

i18next.addResourceBundle('en', 'page', pages, true, true);
