import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';

import { api } from '../../api/client';
import { companionVoiceQuery, keys, statusQuery } from '../../api/queries';
import type { CompanionVoice as Wanted } from '../../api/types';
import { queryClient } from '../../app/query';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { HearButton } from './HearButton';
import { useVoicePreferences } from './preferences';
import { serverHasVoice } from './ready';
import { percent, Slide, times, VoicePicker } from './VoicePicker';

/** How one companion speaks to this person, beside all others. */
export function CompanionVoice({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const usual = useVoicePreferences((state) => state.speed);
  const status = useQuery(statusQuery);
  const chosen = useQuery({ ...companionVoiceQuery(id), enabled: serverHasVoice(status.data) === true });
  const key = [...keys.voice, id];
  const save = useMutation({
    mutationFn: (wanted: Wanted) => api.PUT('/api/v1/voice/settings/{character_id}', { params: { path: { character_id: id } }, body: wanted }),
    onMutate: (wanted) => {
      queryClient.setQueryData(key, wanted);
    },
    onError: (error) => {
      show(explain(error, t));
      void queryClient.invalidateQueries({ queryKey: key });
    },
    // One after the other, so that the last is what stays.
    scope: { id: `voice-${id}` },
  });
  if (!chosen.data) return null;
  const { voice, speed, volume } = chosen.data;
  const set = (part: Partial<Wanted>) => {
    save.mutate({ voice, speed, volume, ...part });
  };
  const apart = voice != null || speed != null || volume != null;
  return (
    <Box component="section" aria-label={t('voice.of', { name })} sx={{ mt: 3 }}>
      <Typography variant="h3" component="h3" sx={{ mb: 1.5 }}>
        {t('voice.title')}
      </Typography>
      <Box sx={{ display: 'grid', gap: 1.5 }}>
        <VoicePicker
          value={voice ?? ''}
          usual={t('voice.asAll')}
          onChange={(next) => {
            set({ voice: next === '' ? null : next });
          }}
        />
        <Slide
          label={t('voice.speed')}
          value={speed ?? usual}
          min={0.5}
          max={2}
          step={0.05}
          shown={times(speed ?? usual)}
          onChange={(next) => {
            set({ speed: next });
          }}
        />
        <Slide
          label={t('voice.loud')}
          value={volume ?? 1}
          min={0}
          max={1}
          step={0.05}
          shown={percent(volume ?? 1)}
          onChange={(next) => {
            set({ volume: next });
          }}
        />
        <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
          <HearButton label={t('voice.hearName', { name })} wanted={() => ({ text: t('voice.sample'), character_id: id, voice, speed: speed ?? usual, volume })} />
          {apart && (
            <Button
              size="small"
              onClick={() => {
                save.mutate({});
              }}
            >
              {t('voice.asAll')}
            </Button>
          )}
        </Box>
      </Box>
    </Box>
  );
}
