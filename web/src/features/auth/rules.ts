import type { Setup } from '../../api/types';

/** Why this visitor can make no account; nothing where they can. */
export function closedBecause(setup: Setup | undefined): 'closed' | 'closedLocal' | undefined {
  if (!setup || setup.needs_first_account || setup.may_register) return undefined;
  return setup.registration === 'local' ? 'closedLocal' : 'closed';
}

/** The server decides; these only save a round trip and speak the person's language. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;

export function emailProblem(value: string): 'required' | 'emailShape' | undefined {
  if (value.trim() === '') return 'required';
  return /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : 'emailShape';
}

export function usernameProblem(value: string): 'required' | 'usernameShape' | undefined {
  if (value.trim() === '') return 'required';
  return /^[A-Za-z0-9._-]{1,64}$/.test(value.trim()) ? undefined : 'usernameShape';
}

export function passwordProblem(value: string, names: readonly string[]): 'required' | 'passwordShort' | 'passwordLong' | 'passwordName' | undefined {
  if (value === '') return 'required';
  const length = [...value].length;
  if (length < PASSWORD_MIN) return 'passwordShort';
  if (length > PASSWORD_MAX) return 'passwordLong';
  const same = names.some((name) => name.trim().toLowerCase() === value.toLowerCase());
  return same ? 'passwordName' : undefined;
}
