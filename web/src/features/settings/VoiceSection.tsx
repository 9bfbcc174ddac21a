import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';

import { statusQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
import { HearButton } from '../voice/HearButton';
import { useVoicePreferences } from '../voice/preferences';
import { isVoice } from '../voice/ready';
import { Slide, times, VoicePicker } from '../voice/VoicePicker';
import { Volume } from '../voice/Volume';
import { Choice, Section } from './parts';

/** How this person hears their companions: on every device, but for the face. */
export function VoiceSection() {
  const { t } = useTranslation();
  const { on, step, captions, face, voice, speed, set } = useVoicePreferences();
  const status = useQuery(statusQuery);
  const engine = status.data?.engines.find(isVoice);
  const yesNo: ['yes' | 'no', string][] = [
    ['yes', t('settings.on')],
    ['no', t('settings.off')],
  ];
  const flag = (value: boolean) => (value ? 'yes' : 'no');
  return (
    <Section title={t('settings.voice')}>
      {status.data && engine?.state !== 'ready' && (
        <Note severity="info" mb={2}>
          {engine?.state === 'loading' ? t('voice.loading') : t('voice.none', { detail: engine ? [engine.reason, engine.remedy].filter(Boolean).join(' ') : t('voice.noneHere') })}
        </Note>
      )}
      <Choice
        label={t('settings.voiceOn')}
        value={flag(on)}
        options={yesNo}
        onChange={(next) => {
          set({ on: next === 'yes' });
        }}
      />
      <Choice
        label={t('settings.voiceText')}
        value={step ? 'step' : 'once'}
        options={[
          ['step', t('settings.voiceStep')],
          ['once', t('settings.voiceOnce')],
        ]}
        onChange={(next) => {
          set({ step: next === 'step' });
        }}
      />
      <Choice
        label={t('voice.captions')}
        value={flag(captions)}
        options={yesNo}
        onChange={(next) => {
          set({ captions: next === 'yes' });
        }}
      />
      <Choice
        label={t('settings.face')}
        value={flag(face)}
        options={yesNo}
        onChange={(next) => {
          set({ face: next === 'yes' });
        }}
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5, justifyContent: 'space-between' }}>
        <Typography aria-hidden="true">{t('voice.volume')}</Typography>
        <Volume width={180} />
      </Box>
      <Slide
        label={t('voice.speed')}
        value={speed}
        min={0.5}
        max={2}
        step={0.05}
        shown={times(speed)}
        onChange={(next) => {
          set({ speed: next });
        }}
      />
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5, mt: 2 }}>
        <VoicePicker
          value={voice}
          usual={t('voice.usual')}
          onChange={(next) => {
            set({ voice: next });
          }}
        />
        <HearButton label={t('voice.hearThis')} disabled={engine?.state !== 'ready'} wanted={() => ({ text: t('voice.sample'), voice, speed })} />
      </Box>
    </Section>
  );
}
