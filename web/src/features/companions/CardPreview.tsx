import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { lazy, Suspense, useDeferredValue, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Swipes } from '../chat/Swipes';
import { useReader } from '../personas/reader';
import type { CardValues } from './card';
import { filledIn } from './names';
import { sum, type Tokens, type TokensOf } from './tokens';

const Markdown = lazy(() => import('../../ui/Markdown').then((module) => ({ default: module.Markdown })));

/** What stands in every prompt of a conversation with this card. */
export const alwaysThere = (values: Pick<CardValues, 'description' | 'personality' | 'scenario' | 'system_prompt' | 'post_history_instructions'>, tokensOf: TokensOf): Tokens =>
  sum([values.description, values.personality, values.scenario, values.system_prompt, values.post_history_instructions].map(tokensOf));

/** How a card will read, as it is written: its words, and what it costs. */
export default function CardPreview({ values: latest, tokensOf }: { values: CardValues; tokensOf: TokensOf }) {
  const { t } = useTranslation();
  const values = useDeferredValue(latest);
  const user = useReader();
  const [at, setAt] = useState(0);
  const always = alwaysThere(values, tokensOf);
  const greetings = [values.greeting, ...values.alternate_greetings];
  const index = Math.min(at, greetings.length - 1);
  const words = (text: string) => {
    const shown = filledIn(text, values.name, user);
    return (
      <Suspense fallback={<Typography sx={{ whiteSpace: 'pre-wrap' }}>{shown}</Typography>}>
        <Markdown text={shown} />
      </Suspense>
    );
  };
  return (
    <Box component="section" aria-label={t('library.preview')} sx={{ bgcolor: 'sunken.main', borderRadius: '18px', p: 2.5, minWidth: 0, overflowWrap: 'anywhere' }}>
      <Typography variant="h2" component="p">
        {values.name}
      </Typography>
      <Typography variant="caption" component="p" sx={{ color: 'text.secondary', mb: 2 }}>
        {t(always.exact ? 'library.alwaysCounted' : 'library.always', { count: always.count })}
      </Typography>
      <Box sx={{ bgcolor: 'background.paper', borderRadius: '14px', p: 2, mb: 2 }}>
        {words(greetings[index] ?? '')}
        {greetings.length > 1 && (
          <Swipes
            index={index}
            count={greetings.length}
            onStep={(by) => {
              setAt(index + by);
            }}
          />
        )}
      </Box>
      {words(values.description)}
      {values.scenario !== '' && words(values.scenario)}
    </Box>
  );
}
