/** What there is to say and to do about a voice: it stands on the face, or over the composer where the face is hidden. */
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import type { ReactNode } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Icon, type IconName } from '../../ui/Icon';
import { useVoicePreferences } from './preferences';
import { speaker } from './speaker';
import { type Speaking, useVoice } from './store';

/** `turnId`: the last turn; `place`: in the queue for a voice. */
export function useHints(name: string, turnId: string | undefined, place: number | null): ReactNode[] {
  const { t } = useTranslation();
  const on = useVoicePreferences((state) => state.on);
  const blocked = useVoice((state) => state.blocked);
  const unable = useVoice((state) => state.unable);
  const note = useVoice((state) => (state.note?.turnId === turnId ? state.note : null));
  const hints: ReactNode[] = [];
  if (blocked && on) {
    hints.push(
      <Button key="touch" size="small" variant="contained" startIcon={<Icon name="sound" size={18} />} onClick={() => void speaker.prepare()} sx={{ minHeight: 40 }}>
        {t('voice.touch', { name })}
      </Button>,
    );
  }
  if (unable && on) hints.push(<Pill key="unable">{t(window.isSecureContext ? 'voice.unable' : 'voice.insecure')}</Pill>);
  if (place !== null && place > 0) hints.push(<Pill key="place">{t('voice.place', { count: place })}</Pill>);
  if (note) hints.push(<Pill key="note">{t('voice.none', { detail: note.text })}</Pill>);
  return hints;
}

/** `told`: also to who does not see it, when it appears. */
export function Pill({ children, told = true }: { children: ReactNode; told?: boolean }) {
  return <Box sx={{ bgcolor: 'background.paper', color: 'text.primary', borderRadius: '16px', px: 1.5, py: 0.5, fontSize: '0.78rem', fontVariantNumeric: 'tabular-nums', boxShadow: 1 }} {...(told ? { role: 'status' } : {})}>{children}</Box>;
}

export function Control({ icon, label, pressed, onClick }: { icon: IconName; label: string; pressed?: boolean; onClick: () => void }) {
  return (
    <Tooltip title={label}>
      <IconButton
        aria-label={label}
        {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
        onClick={onClick}
        sx={{ bgcolor: 'background.paper', color: pressed ? 'primary.main' : 'text.primary', boxShadow: 1, minWidth: 40, minHeight: 40, p: 0.75, '&:hover': { bgcolor: 'bubble.main' } }}
      >
        <Icon name={icon} size={20} />
      </IconButton>
    </Tooltip>
  );
}

export function MuteAndCaptions() {
  const { t } = useTranslation();
  const { captions, muted, set } = useVoicePreferences();
  return (
    <>
      <Control icon={muted ? 'mute' : 'sound'} label={muted ? t('voice.unmute') : t('voice.mute')} pressed={muted} onClick={() => { set({ muted: !muted }); }} />
      <Control icon="captions" label={t('voice.captions')} pressed={captions} onClick={() => { set({ captions: !captions }); }} />
    </>
  );
}

/** What nobody says: marks of emphasis and of code. A lone star between spaces is a sign like others. */
const spoken = (letters: string[]): string =>
  letters
    .join('')
    .replaceAll(/(?<!\s)\*+|\*+(?!\s)|`+|~~/g, '')
    .replaceAll(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])/gu, '');

/** What is said now; what was not said yet is paler. */
export function Caption({ speaking: { caption, captionStart, characters } }: { speaking: Speaking }) {
  const text = Array.from(caption);
  const at = Math.max(0, Math.min(text.length, characters - captionStart));
  return (
    <Box component="p" sx={{ m: 0, maxWidth: 640, px: 2, py: 1, borderRadius: '14px', bgcolor: 'rgb(20 16 14 / 88%)', color: '#fff', fontSize: { xs: '0.95rem', sm: '1.05rem' }, lineHeight: 1.4, textAlign: 'center', overflowWrap: 'anywhere' }}>
      {spoken(text.slice(0, at))}
      <Box component="span" sx={{ color: '#c9bfb6' }}>
        {spoken(text.slice(at))}
      </Box>
    </Box>
  );
}
