/** What only somebody who is signed in reads: it comes with the frame, not with the door. Other languages are one file each. */
import i18next from 'i18next';

import inside from './en.inside.json';

i18next.addResourceBundle('en', 'page', inside, true, true);
