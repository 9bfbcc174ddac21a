import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';

import { api, sessionStarted } from '../../api/client';
import { ApiError } from '../../api/problem';
import { keys, setupQuery } from '../../api/queries';
import { queryClient } from '../../app/query';
import { signedIn } from '../../app/session';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Note } from '../../ui/Note';
import { PageTitle } from '../../ui/Page';
import { Field, PasswordField } from './Field';
import { closedBecause, emailProblem, passwordProblem, usernameProblem } from './rules';
import { RouterLink } from './SignIn';

const fields = ['email', 'username', 'password', 'setup_code'] as const;
type FieldName = (typeof fields)[number];

function AccountForm({ first }: { first: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const setup = useQuery(setupQuery);
  const needsCode = first && setup.data?.needs_code === true;
  const [values, setValues] = useState<Record<FieldName, string>>({ email: '', username: '', password: '', setup_code: '' });
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const send = useMutation({
    mutationFn: async () => {
      const { email, username, password, setup_code } = values;
      await api.POST('/api/v1/auth/register', {
        body: { email: email.trim(), username: username.trim(), password, ...(needsCode ? { setup_code: setup_code.trim() } : {}) },
      });
      return (await api.POST('/api/v1/auth/login', { body: { login: email.trim(), password, session: 'cookie' } })).data;
    },
    onSuccess: (data) => {
      if (!data) return;
      sessionStarted(data.expires_in);
      signedIn(data.user);
      void queryClient.invalidateQueries({ queryKey: keys.setup });
      void navigate({ to: '/', replace: true });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.field) focus(error.field);
      // Closed since this page was opened: it says why.
      if (error instanceof ApiError && error.type === 'registration-closed') void queryClient.invalidateQueries({ queryKey: keys.setup });
    },
  });

  const focus = (name: string) => {
    form.current?.querySelector<HTMLInputElement>(`input[name="${CSS.escape(name)}"]`)?.focus();
  };

  const local: Partial<Record<FieldName, string>> = {};
  const email = emailProblem(values.email);
  const username = usernameProblem(values.username);
  const password = passwordProblem(values.password, [values.username, values.email]);
  if (email) local.email = t(`auth.${email}`);
  if (username) local.username = t(`auth.${username}`);
  if (password) local.password = t(`auth.${password}`);
  if (needsCode && values.setup_code.trim() === '') local.setup_code = t('auth.required');

  const refused = send.error instanceof ApiError ? send.error : undefined;
  const atField = refused?.field !== undefined && (fields as readonly string[]).includes(refused.field);
  const problem = (name: FieldName): string | undefined => {
    if (tried && local[name]) return local[name];
    if (atField && refused.field === name) return refused.status === 409 ? t('auth.taken') : refused.detail;
    return undefined;
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    const bad = fields.find((name) => local[name]);
    if (bad) focus(bad);
    else if (!send.isPending) send.mutate();
  };
  const bind = (name: FieldName) => ({
    name,
    value: values[name],
    problem: problem(name),
    required: true,
    onChange: (event: { target: { value: string } }) => {
      setValues({ ...values, [name]: event.target.value });
      if (send.isError) send.reset();
    },
  });

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <PageTitle title={first ? t('auth.welcomeTitle') : t('auth.registerTitle')}>{first ? t('auth.welcomeTitle') : t('auth.registerTitle')}</PageTitle>
      <Typography sx={{ color: 'text.secondary', mt: 1, mb: 1 }}>{first ? t('auth.welcomeText') : t('auth.registerText')}</Typography>
      {needsCode && <Field label={t('auth.setupCode')} hint={t('auth.setupCodeHelp')} autoComplete="one-time-code" {...bind('setup_code')} />}
      <Field label={t('auth.email')} type="email" autoComplete="email" autoFocus={!needsCode} {...bind('email')} />
      <Field
        label={t('auth.username')}
        hint={t('auth.usernameHelp')}
        autoComplete="username"
        inputProps={{ autoCapitalize: 'none', spellCheck: false }}
        {...bind('username')}
      />
      <PasswordField label={t('auth.password')} hint={t('auth.passwordHelp')} autoComplete="new-password" {...bind('password')} />
      {send.isError && !atField && <ErrorNote error={send.error} />}
      <Button type="submit" variant="contained" size="large" fullWidth loading={send.isPending} sx={{ mt: 2 }}>
        {first ? t('auth.welcomeAction') : t('auth.register')}
      </Button>
      {!first && (
        <Typography sx={{ mt: 3, textAlign: 'center' }}>
          <RouterLink to="/sign-in">{t('auth.toSignIn')}</RouterLink>
        </Typography>
      )}
    </form>
  );
}

export function Welcome() {
  return <AccountForm first />;
}

export function Register() {
  const { t } = useTranslation();
  const closed = closedBecause(useQuery(setupQuery).data);
  if (!closed) return <AccountForm first={false} />;
  return (
    <>
      <PageTitle title={t('auth.registerTitle')}>{t('auth.registerTitle')}</PageTitle>
      <Note severity="info" mt={2}>
        {t(`auth.${closed}`)}
      </Note>
      <Typography sx={{ mt: 3, textAlign: 'center' }}>
        <RouterLink to="/sign-in">{t('auth.toSignIn')}</RouterLink>
      </Typography>
    </>
  );
}
