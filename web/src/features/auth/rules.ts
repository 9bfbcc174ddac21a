/** The server decides; these only save a round trip and speak the person's language. */
export const PASSWORD_MIN = 8;

export function emailProblem(value: string): 'required' | 'emailShape' | undefined {
  if (value.trim() === '') return 'required';
  return /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? undefined : 'emailShape';
}

export function usernameProblem(value: string): 'required' | 'usernameShape' | undefined {
  if (value.trim() === '') return 'required';
  return /^[A-Za-z0-9._-]{1,64}$/.test(value.trim()) ? undefined : 'usernameShape';
}

export function passwordProblem(value: string): 'required' | 'passwordShort' | undefined {
  if (value === '') return 'required';
  return [...value].length >= PASSWORD_MIN ? undefined : 'passwordShort';
}
