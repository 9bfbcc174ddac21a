import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useColorScheme } from '@mui/material/styles';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { api } from '../../api/client';
import { keys, meQuery, sessionsQuery } from '../../api/queries';
import { applyMotion, type Motion, motion } from '../../app/preferences';
import { queryClient } from '../../app/query';
import { signOut } from '../../app/session';
import { chooseLanguage, type Language, languages, regional } from '../../i18n';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { Page, PageTitle } from '../../ui/Page';
import { RemovedLink } from '../../ui/RemovedLink';
import ModelPicker from '../chat/ModelPicker';
import { deviceName } from './device';
import { Choice, Section } from './parts';
import { Registration } from './Registration';
import { TimeZone } from './TimeZone';
import { VoiceSection } from './VoiceSection';

export default function Settings() {
  const { t, i18n } = useTranslation();
  const { mode, setMode } = useColorScheme();
  const [move, setMove] = useState<Motion>(motion);
  const me = useQuery(meQuery);
  const leave = useMutation({ mutationFn: signOut });
  return (
    <Page width={720}>
      <PageTitle title={t('settings.title')}>{t('settings.title')}</PageTitle>
      <Section title={t('settings.look')}>
        <Choice
          label={t('settings.theme')}
          value={mode ?? 'system'}
          options={[
            ['system', t('settings.system')],
            ['light', t('settings.light')],
            ['dark', t('settings.dark')],
          ]}
          onChange={setMode}
        />
        <Choice
          label={t('settings.motion')}
          value={move}
          options={[
            ['system', t('settings.system')],
            ['less', t('settings.motionLess')],
          ]}
          onChange={(next) => {
            applyMotion(next);
            setMove(next);
          }}
        />
        <TextField
          select
          fullWidth
          size="small"
          label={t('settings.language')}
          value={i18n.language}
          onChange={(event) => void chooseLanguage(event.target.value as Language)}
          sx={{ mt: 1 }}
        >
          {Object.entries(languages).map(([code, name]) => (
            <MenuItem key={code} value={code} lang={code}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        <TimeZone />
      </Section>
      <Section title={t('answers.title')}>
        <ModelPicker choosing="mine" />
        {me.data?.role === 'admin' && <ModelPicker choosing="server" />}
      </Section>
      <VoiceSection />
      {me.data?.role === 'admin' && <Registration />}
      <Section title={t('settings.account')}>
        {me.data && (
          <Box component="dl" sx={{ m: 0, mb: 2, display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', columnGap: 3, rowGap: 0.5, '& dt': { color: 'text.secondary' }, '& dd': { m: 0, overflowWrap: 'anywhere' } }}>
            <dt>{t('auth.username')}</dt>
            <dd>{me.data.username}</dd>
            <dt>{t('auth.email')}</dt>
            <dd>{me.data.email}</dd>
            <dt>{t('settings.role')}</dt>
            <dd>{t(`settings.roles.${me.data.role as 'user'}`)}</dd>
          </Box>
        )}
        {leave.isError && <ErrorNote error={leave.error} />}
        <Button
          variant="outlined"
          startIcon={<Icon name="logout" size={20} />}
          loading={leave.isPending}
          loadingPosition="start"
          onClick={() => {
            leave.mutate();
          }}
        >
          {t('settings.signOut')}
        </Button>
      </Section>
      <Section title={t('nav.deleted')}>
        <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1 }}>
          {t('bin.lead')}
        </Typography>
        <RemovedLink />
      </Section>
      <Section title={t('settings.sessions')}>
        <Sessions />
      </Section>
    </Page>
  );
}

function Sessions() {
  const { t, i18n } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  const show = useNotices((state) => state.show);
  const end = useMutation({
    mutationFn: (id: string) => api.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: id } } }),
    onSuccess: () => {
      show(t('settings.ended'));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.sessions }),
  });
  const when = new Intl.DateTimeFormat(regional(i18n.language), { dateStyle: 'medium', timeStyle: 'short' });
  if (sessions.isError) return <ErrorNote error={sessions.error} onRetry={() => void sessions.refetch()} />;
  return (
    <>
      <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1 }}>
        {t('settings.sessionsText')}
      </Typography>
      {end.isError && <ErrorNote error={end.error} />}
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {sessions.data?.map((session, index) => {
          const device = deviceName(session.user_agent) || t('settings.unknownDevice');
          return (
            <li key={session.id}>
              {index > 0 && <Divider />}
              <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, py: 1.25 }}>
                <Box sx={{ flex: 1, minWidth: 0 }}>
                  <Typography sx={{ fontWeight: 600 }}>{session.current ? `${device} · ${t('settings.thisOne')}` : device}</Typography>
                  <Typography variant="body2" sx={{ color: 'text.secondary' }}>
                    {[session.address, t('settings.lastUsed', { when: when.format(session.last_used) })].filter(Boolean).join(' · ')}
                  </Typography>
                </Box>
                {!session.current && (
                  <Button
                    size="small"
                    color="error"
                    disabled={end.isPending}
                    aria-label={t('settings.endName', { device })}
                    onClick={() => {
                      end.mutate(session.id);
                    }}
                  >
                    {t('settings.end')}
                  </Button>
                )}
              </Box>
            </li>
          );
        })}
      </Box>
    </>
  );
}
