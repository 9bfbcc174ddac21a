import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';

import { meQuery } from '../../api/queries';
import type { Character } from '../../api/types';
import { useTranslation } from '../../i18n/use';
import { FavouriteButton } from './FavouriteButton';
import { filledIn } from './names';
import { Portrait } from './Portrait';

const LinkButton = createLink(Button);
const TAGS_SHOWN = 3;

const lines = (count: number) => ({ display: '-webkit-box', WebkitLineClamp: count, WebkitBoxOrient: 'vertical', overflow: 'hidden' }) as const;

export function CompanionCard({ character, row = false, onAbout }: { character: Character; row?: boolean; onAbout: () => void }) {
  const { t } = useTranslation();
  const { id, name } = character;
  const tagline = filledIn(character.tagline, name, useQuery(meQuery).data?.username ?? '');
  if (row) {
    return (
      <Paper component="li" variant="outlined" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5, p: 1, pr: 1.5, contentVisibility: 'auto', containIntrinsicSize: 'auto 66px' }}>
        <Portrait name={name} url={character.avatar_url} bundled={character.bundled} size={48} />
        <Box sx={{ flex: '1 1 180px', minWidth: 0 }}>
          <Typography component="h2" noWrap sx={{ fontWeight: 650 }}>
            {name}
          </Typography>
          <Typography variant="caption" component="p" noWrap sx={{ color: 'text.secondary' }}>
            {[tagline, ...character.tags.slice(0, TAGS_SHOWN)].filter(Boolean).join(' · ')}
          </Typography>
        </Box>
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5, ml: 'auto' }}>
          <FavouriteButton id={id} name={name} on={character.favourite} />
          <Button size="small" onClick={onAbout} aria-label={t('companions.about', { name })}>
            {t('companions.more')}
          </Button>
          <LinkButton size="small" to="/with/$characterId" params={{ characterId: id }} variant="contained" aria-label={t('companions.talkTo', { name })}>
            {t('companions.talk')}
          </LinkButton>
        </Box>
      </Paper>
    );
  }
  return (
    <Paper
      component="li"
      variant="outlined"
      sx={{ contentVisibility: 'auto', containIntrinsicSize: { xs: 'auto 580px', sm: 'auto 390px' }, borderRadius: '22px', overflow: 'hidden', display: 'flex', flexDirection: 'column', transition: 'box-shadow 160ms, transform 160ms', '&:hover': { boxShadow: '0 10px 30px rgb(60 30 10 / 12%)', transform: 'translateY(-2px)' } }}
    >
      <Portrait name={name} url={character.avatar_url} bundled={character.bundled} size="fill" />
      <Box sx={{ p: 2.25, pt: 1.75, flex: 1, display: 'flex', flexDirection: 'column', gap: 1 }}>
        <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1, mr: -1, mt: -0.75 }}>
          <Typography component="h2" variant="h2" sx={{ ...lines(2), flex: 1, minWidth: 0, pt: 0.75 }}>
            {name}
          </Typography>
          <FavouriteButton id={id} name={name} on={character.favourite} />
        </Box>
        <Box sx={{ flex: 1 }}>
          <Typography variant="body2" sx={{ color: 'text.secondary', ...lines(3) }}>
            {tagline}
          </Typography>
        </Box>
        {character.tags.length > 0 && (
          <Typography variant="caption" sx={{ color: 'secondary.main', fontWeight: 600, ...lines(1) }}>
            {character.tags.slice(0, TAGS_SHOWN).join(' · ')}
          </Typography>
        )}
        <Box sx={{ display: 'flex', gap: 1, mt: 0.5 }}>
          <LinkButton to="/with/$characterId" params={{ characterId: id }} variant="contained" sx={{ flex: 1 }} aria-label={t('companions.talkTo', { name })}>
            {t('companions.talk')}
          </LinkButton>
          <Button onClick={onAbout} aria-label={t('companions.about', { name })}>
            {t('companions.more')}
          </Button>
        </Box>
      </Box>
    </Paper>
  );
}
