import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLink, useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';

import { api, sessionStarted } from '../../api/client';
import { ApiError } from '../../api/problem';
import { setupQuery } from '../../api/queries';
import { ownPath } from '../../app/paths';
import { signedIn } from '../../app/session';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
import { ErrorNote } from '../../ui/errors';
import { PageTitle } from '../../ui/Page';
import { Field, PasswordField } from './Field';
import { closedBecause } from './rules';

export const RouterLink = createLink(Link);

export default function SignIn() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/outside/sign-in' });
  // The router passes on what the address bar holds beside what the route declares.
  const next = ownPath(search.next);
  const ended = search.ended === true;
  const closed = closedBecause(useQuery(setupQuery).data);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const loginInput = useRef<HTMLInputElement>(null);
  const passwordInput = useRef<HTMLInputElement>(null);

  const send = useMutation({
    mutationFn: async () => (await api.POST('/api/v1/auth/login', { body: { login: login.trim(), password, session: 'cookie' } })).data,
    onSuccess: (data) => {
      if (!data) return;
      sessionStarted(data.expires_in);
      signedIn(data.user);
      void navigate({ to: next ?? '/', replace: true });
    },
    onError: () => {
      passwordInput.current?.focus();
    },
  });
  const wrong = send.error instanceof ApiError && (send.error.status === 401 || send.error.status === 404);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (login.trim() === '') loginInput.current?.focus();
    else if (password === '') passwordInput.current?.focus();
    else if (!send.isPending) send.mutate();
  };

  return (
    <form onSubmit={submit} noValidate>
      <PageTitle title={t('auth.signIn')}>{t('auth.signInTitle')}</PageTitle>
      <Typography sx={{ color: 'text.secondary', mt: 1, mb: 1 }}>{t('auth.signInText')}</Typography>
      {ended && !send.isError && (
        <Note severity="info" mt={2} mb={2}>
          {t('auth.ended')}
        </Note>
      )}
      <Field
        label={t('auth.login')}
        name="username"
        autoComplete="username"
        value={login}
        onChange={(event) => {
          setLogin(event.target.value);
        }}
        inputRef={loginInput}
        problem={tried && login.trim() === '' ? t('auth.required') : undefined}
        inputProps={{ autoCapitalize: 'none', spellCheck: false }}
        autoFocus
        required
      />
      <PasswordField
        label={t('auth.password')}
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
        inputRef={passwordInput}
        problem={tried && password === '' ? t('auth.required') : undefined}
        required
      />
      {send.isError &&
        (wrong ? (
          <Note severity="error" mt={2} mb={2}>
            {t('auth.wrong')}
          </Note>
        ) : (
          <ErrorNote error={send.error} />
        ))}
      <Button type="submit" variant="contained" size="large" fullWidth loading={send.isPending} sx={{ mt: 2 }}>
        {t('auth.signIn')}
      </Button>
      <Typography sx={{ mt: 3, textAlign: 'center', ...(closed ? { color: 'text.secondary' } : {}) }}>
        {closed ? (
          t(`auth.${closed}`)
        ) : (
          <RouterLink to="/register" search={next ? { next } : {}}>
            {t('auth.toRegister')}
          </RouterLink>
        )}
      </Typography>
    </form>
  );
}
