import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { HearButton } from '../voice/HearButton';
import { serverHasVoice } from '../voice/ready';
import { pronunciationsOf, type Said } from './card';

/** Names and rare words, and how this companion says them. */
export function Pronunciations({ id, list, problemOf, onChange }: { id: string; list: Said[]; problemOf: (index: number) => string | undefined; onChange: (list: Said[]) => void }) {
  const { t } = useTranslation();
  const set = (index: number, part: Partial<Said>) => {
    onChange(list.map((each, at) => (at === index ? { ...each, ...part } : each)));
  };
  return (
    <Box component="section" aria-labelledby="pronunciations-title" sx={{ mt: 3 }}>
      <Typography id="pronunciations-title" variant="h3" component="h3">
        {t('card.said.title')}
      </Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary', mt: 0.5 }}>
        {t('card.said.text')}
      </Typography>
      {list.map(({ word, said }, index) => {
        const problem = problemOf(index);
        const label = t('card.said.row', { number: index + 1 });
        return (
          <Box key={index} role="group" aria-label={label} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1 }}>
            <TextField
              name={`pronunciations.${String(index)}`}
              label={t('card.said.word')}
              margin="dense"
              size="small"
              value={word}
              error={problem !== undefined}
              helperText={problem}
              sx={{ flex: '1 1 140px' }}
              onChange={(event) => {
                set(index, { word: event.target.value });
              }}
            />
            <TextField
              label={t('card.said.as')}
              margin="dense"
              size="small"
              value={said}
              sx={{ flex: '2 1 180px' }}
              onChange={(event) => {
                set(index, { said: event.target.value });
              }}
            />
            <HearButton
              label={t('card.said.hear', { word })}
              disabled={word.trim() === '' || said.trim() === '' || serverHasVoice() === false}
              wanted={() => ({ text: word, character_id: id, pronunciations: pronunciationsOf([{ word, said }]) })}
            />
            <Button
              size="small"
              aria-label={t('card.removeGreeting', { label })}
              onClick={() => {
                onChange(list.toSpliced(index, 1));
              }}
            >
              {t('card.remove')}
            </Button>
          </Box>
        );
      })}
      <Button
        size="small"
        startIcon={<Icon name="plus" size={18} />}
        sx={{ mt: 1 }}
        onClick={() => {
          onChange([...list, { word: '', said: '' }]);
        }}
      >
        {t('card.said.add')}
      </Button>
    </Box>
  );
}
