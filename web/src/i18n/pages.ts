/**
 * What is read on pages that come later than the first load comes with them: whatever says something of it imports this
 * (a test sees to it). Other languages are one file each.
 */
import i18next from 'i18next';

import pages from './en.pages.json';

i18next.addResourceBundle('en', 'page', pages, true, true);
