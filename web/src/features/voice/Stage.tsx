import Box from '@mui/material/Box';
import { useEffect, useRef, useState } from 'react';

import type { Speaker } from '../../api/types';
import { lessMotion } from '../../app/preferences';
import type { Activity, AvatarDriver } from '../../avatar/driver';
import { loadAvatar } from '../../avatar/load';
import { ResourceGuard } from '../../guard';
import { number } from '../../i18n/numbers';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { pictureElement } from '../companions/Portrait';
import { Caption, Control, MuteAndCaptions, Pill, useHints } from './Hints';
import { useVoicePreferences } from './preferences';
import { speaker } from './speaker';
import { useVoice } from './store';
import { Volume } from './Volume';

/** A face that only breathes needs no more; one that speaks gets every frame, where the machine is quick enough for that. */
const IDLE_FRAME_MS = 30;
const SLOW_FRAME_MS = 33;
/** Frames that come slower than this on average are too dear: sound and text go first. */
const DEAR_MS = 24;

interface Props {
  name: string;
  character: Speaker | undefined;
  conversationId: string | undefined;
  /** The turn that runs, and whether the person is writing. */
  turnId: string | undefined;
  thinking: boolean;
  /** In the queue for a voice. */
  place: number | null;
  full: boolean;
  onFull: (full: boolean) => void;
}

/** The companion's face, what it says, and everything to do with its voice. */
export default function Stage({ name, character, conversationId, turnId, thinking, place, full, onFull }: Props) {
  const { t } = useTranslation();
  const { captions, on, set } = useVoicePreferences();
  const speaking = useVoice((state) => (state.speaking?.conversationId === conversationId ? state.speaking : null));
  const held = useVoice((state) => state.held);
  const hints = useHints(name, turnId, place);
  const heardAt = useVoice((state) => (turnId === undefined ? undefined : state.firstSound[turnId]));
  const activity: Activity = speaking ? (held ? 'listening' : 'speaking') : thinking ? 'thinking' : 'idle';
  const state = activity === 'speaking' ? t('voice.speaking', { name }) : activity === 'thinking' ? t('voice.thinking', { name }) : name;
  return (
    <Box
      component="section"
      aria-label={t('voice.stage', { name })}
      data-activity={activity}
      sx={{
        position: 'relative',
        flex: full ? 1 : 'none',
        minHeight: 0,
        height: full ? 'auto' : { xs: 'clamp(150px, 34dvh, 300px)', lg: 'auto' },
        width: full ? '100%' : { xs: '100%', lg: 'clamp(280px, 30vw, 420px)' },
        overflow: 'hidden',
        bgcolor: 'sunken.main',
        borderStyle: 'solid',
        borderColor: 'divider',
        borderWidth: full ? 0 : { xs: '0 0 1px', lg: '0 1px 0 0' },
      }}
    >
      <Face name={name} character={character} activity={activity} label={state} />
      <Box sx={{ position: 'absolute', top: 10, left: 10, right: 10, display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', pointerEvents: 'none', '& > *': { pointerEvents: 'auto' } }}>
        {hints}
        {heardAt !== undefined && <Pill told={false}>{t('voice.firstSound', { value: number(heardAt / 1000, { style: 'unit', unit: 'second', unitDisplay: 'long', minimumFractionDigits: 1, maximumFractionDigits: 1 }) })}</Pill>}
      </Box>
      {captions && speaking && speaking.caption !== '' && (
        <Box sx={{ position: 'absolute', insetInline: 12, bottom: 62, display: 'flex', justifyContent: 'center', pointerEvents: 'none' }}>
          <Caption speaking={speaking} />
        </Box>
      )}
      <Box role="toolbar" aria-label={t('voice.controls')} sx={{ position: 'absolute', bottom: 8, right: 8, left: 8, display: 'flex', gap: 0.5, justifyContent: 'flex-end', alignItems: 'center' }}>
        {on && (
          <>
            <Volume width={92} onPaper />
            <MuteAndCaptions />
          </>
        )}
        <Control icon={full ? 'shrink' : 'grow'} label={full ? t('voice.shrink') : t('voice.grow')} pressed={full} onClick={() => { onFull(!full); }} />
        {!full && <Control icon="eyeOff" label={t('voice.hideFace', { name })} onClick={() => { set({ face: false }); }} />}
      </Box>
    </Box>
  );
}

function Face({ name, character, activity, label }: { name: string; character: Speaker | undefined; activity: Activity; label: string }) {
  const host = useRef<HTMLDivElement>(null);
  const [driver, setDriver] = useState<AvatarDriver | null>(null);
  const doing = useRef(activity);
  useEffect(() => {
    doing.current = activity;
  }, [activity]);
  const url = character?.avatar_url;
  const bundled = character?.bundled ?? false;

  useEffect(() => {
    const guard = new ResourceGuard();
    void loadAvatar(name, bundled, () => pictureElement(name, url)).then(
      (face) => {
        const box = host.current;
        if (guard.disposed || !box) {
          face.dispose();
          return;
        }
        guard.add(() => {
          face.dispose();
        });
        face.mount(box);
        let last = 0;
        let frame = 0;
        let usual = 16;
        const pointer = { x: 0, y: 0, at: -Infinity };
        guard.listen(window, 'pointermove', (event) => {
          if (!(event instanceof PointerEvent) || event.pointerType === 'touch') return;
          const { left, top, width, height } = box.getBoundingClientRect();
          pointer.x = ((event.clientX - left - width / 2) / window.innerWidth) * 1.4;
          pointer.y = ((event.clientY - top - height / 2) / window.innerHeight) * 1.2;
          pointer.at = performance.now();
        });
        guard.frames((now) => {
          const idle = doing.current === 'idle' || doing.current === 'thinking';
          usual += (Math.min(200, now - frame) - usual) / 20;
          frame = now;
          if (now - last < (usual > DEAR_MS ? SLOW_FRAME_MS : idle ? IDLE_FRAME_MS : 0)) return;
          last = now;
          const calm = lessMotion();
          // A hand that moves is looked at for a moment, then the person again.
          const seen = !calm && now - pointer.at < 1_600 && doing.current !== 'speaking';
          const { name: feeling, intensity } = useVoice.getState().emotion;
          face.still(calm);
          face.look(seen ? pointer.x : 0, seen ? pointer.y : 0);
          face.emotion(feeling, intensity);
          face.activity(doing.current);
          face.mouth(speaker.mouth());
          face.draw(now);
        });
        setDriver(face);
      },
      () => undefined,
    );
    return () => {
      guard.dispose();
      setDriver(null);
    };
  }, [name, bundled, url]);

  return (
    <Box
      ref={host}
      role="img"
      aria-label={label}
      data-avatar-kind={driver?.kind}
      sx={{
        position: 'absolute',
        // Its layers stay below the controls.
        isolation: 'isolate',
        inset: 0,
        '& [data-avatar="portrait"]': { position: 'absolute', inset: '0 0 56px', containerType: 'size', display: 'grid', placeItems: 'center', '& > *': { gridArea: '1 / 1' } },
        '& [data-avatar="portrait"] > :last-child': { width: 'min(58cqw, 84cqh, 300px)', aspectRatio: '1', objectFit: 'cover', objectPosition: '50% 20%', borderRadius: '32%', zIndex: 1 },
        '& [data-avatar="ring"]': { width: 'min(62cqw, 90cqh, 320px)', aspectRatio: '1', borderRadius: '34%', opacity: 0, boxShadow: '0 0 0 5px var(--mui-palette-primary-main), 0 0 44px var(--mui-palette-primary-main)' },
      }}
    />
  );
}
