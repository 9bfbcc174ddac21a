import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { RoleField } from '../../ui/RoleField';
import type { CardValues } from './card';

type Note = CardValues['depth_prompt'];
const DEPTH_MAX = 10_000;

/** What the card wants said near the end of every prompt. */
export function CharacterNote({ note, tokens, problem, onChange }: { note: Note; tokens: string; problem: string | undefined; onChange: (note: Note) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        name="depth_prompt"
        label={t('card.field.depth_prompt')}
        fullWidth
        margin="normal"
        multiline
        minRows={2}
        maxRows={14}
        value={note.prompt}
        error={problem !== undefined}
        helperText={problem ?? [t('card.noteHelp'), note.prompt !== '' && tokens].filter(Boolean).join(' · ')}
        onChange={(event) => {
          onChange({ ...note, prompt: event.target.value });
        }}
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, mt: 1 }}>
        <TextField
          type="number"
          size="small"
          label={t('lore.depth')}
          value={note.depth}
          slotProps={{ htmlInput: { min: 0, max: DEPTH_MAX } }}
          sx={{ flex: '1 1 200px' }}
          onChange={(event) => {
            onChange({ ...note, depth: Math.min(DEPTH_MAX, Math.max(0, Math.trunc(Number(event.target.value)))) });
          }}
        />
        <RoleField
          size="small"
          sx={{ flex: '1 1 160px' }}
          value={note.role}
          onChange={(role) => {
            onChange({ ...note, role });
          }}
        />
      </Box>
    </>
  );
}
