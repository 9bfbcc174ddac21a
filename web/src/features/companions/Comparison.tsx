import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { visuallyHidden } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { ErrorNote } from '../../ui/errors';
import { cardOfQuery } from './card';
import { type Difference, differences, shortened } from './compare';

const named = { name: 'name', description: 'description', personality: 'personality', scenario: 'scenario', first_mes: 'greeting', mes_example: 'example_messages', system_prompt: 'system_prompt', post_history_instructions: 'post_history_instructions', creator_notes: 'creator_notes', creator: 'creator', character_version: 'character_version', tags: 'tags' } as const;

/** Two versions of a card, side by side in one text: what went is struck out, what came is underlined. */
export default function Comparison({ id, first, versions }: { id: string; first: number; versions: number[] }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState(first);
  const [to, setTo] = useState(versions[0] ?? first);
  const before = useQuery(cardOfQuery(id, from));
  const after = useQuery(cardOfQuery(id, to));
  const failed = before.error ?? after.error;
  const found = before.data !== undefined && after.data !== undefined ? differences(before.data, after.data) : undefined;
  const nameOf = ([head = '', ...rest]: string[]) => {
    if (head === 'alternate_greetings' && rest.length === 1) return t('card.field.alternate', { number: Number(rest[0]) + 1 });
    if (head in named && (rest.length === 0 || head === 'tags')) return t(`card.field.${named[head as keyof typeof named]}`);
    return [head, ...rest].join(' › ');
  };
  const choose = (label: string, value: number, set: (version: number) => void) => (
    <TextField
      select
      size="small"
      label={label}
      value={value}
      onChange={(event) => {
        set(Number(event.target.value));
      }}
      sx={{ minWidth: 150, flex: '1 1 150px' }}
    >
      {versions.map((version) => (
        <MenuItem key={version} value={version}>
          {t('card.version', { version })}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, my: 2 }}>
        {choose(t('card.compareFrom'), from, setFrom)}
        {choose(t('card.compareTo'), to, setTo)}
      </Box>
      {failed && <ErrorNote error={failed} />}
      {!failed && !found && <Placeholder height={160} />}
      {found && (
        <Typography variant="body2" role="status" sx={{ color: 'text.secondary' }}>
          {found.length === 0 ? t('card.compareSame') : t('card.compareCount', { count: found.length })}
        </Typography>
      )}
      {found && found.length > 0 && (
        <Box component="ul" aria-label={t('card.compareList')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {found.map((one) => (
            <Box component="li" key={one.path.join('\n')} sx={{ py: 1.25, borderBottom: 1, borderColor: 'divider', '&:last-of-type': { borderBottom: 0 } }}>
              <Typography variant="body2" component="h3" sx={{ fontWeight: 650, overflowWrap: 'anywhere', mb: 0.5 }}>
                {nameOf(one.path)}
              </Typography>
              <Words pieces={one.pieces} />
            </Box>
          ))}
        </Box>
      )}
    </Box>
  );
}

function Words({ pieces }: { pieces: Difference['pieces'] }) {
  const { t } = useTranslation();
  return (
    <Box sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: '0.9rem', maxHeight: 320, overflowY: 'auto' }} tabIndex={0} role="group" aria-label={t('card.compareWords')}>
      {pieces.map((piece, index) => {
        if (piece.kind === 'same') return <span key={index}>{shortened(piece.text, index === 0, index === pieces.length - 1)}</span>;
        const added = piece.kind === 'added';
        return (
          <Box key={index} component={added ? 'ins' : 'del'} sx={{ color: added ? 'success.main' : 'error.main', fontWeight: added ? 650 : 400, textDecoration: added ? 'underline' : 'line-through', textDecorationThickness: 1 }}>
            <Box component="span" sx={visuallyHidden}>
              {added ? t('card.compareAdded') : t('card.compareRemoved')}{' '}
            </Box>
            {piece.text}
          </Box>
        );
      })}
    </Box>
  );
}
