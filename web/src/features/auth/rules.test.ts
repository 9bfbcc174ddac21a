import { describe, expect, it } from 'vitest';

import { emailProblem, passwordProblem, usernameProblem } from './rules';

// The same as src/auth/rules.cpp, whose tests have the same cases.
describe('rules of accounts', () => {
  it('takes the usernames that the server takes', () => {
    for (const good of ['a', 'Ada.Lovelace', 'x_y-9', 'a'.repeat(64)]) expect(usernameProblem(good)).toBeUndefined();
    for (const bad of ['a b', 'ü', 'a@b', 'a'.repeat(65), 'a/b']) expect(usernameProblem(bad)).toBe('usernameShape');
    expect(usernameProblem('  ')).toBe('required');
  });

  it('counts a password in characters, not in bytes', () => {
    expect(passwordProblem('1234567', [])).toBe('passwordShort');
    expect(passwordProblem('12345678', [])).toBeUndefined();
    expect(passwordProblem('🔥'.repeat(8), [])).toBeUndefined();
    expect(passwordProblem('🔥'.repeat(256), [])).toBeUndefined();
    expect(passwordProblem('x'.repeat(257), [])).toBe('passwordLong');
    expect(passwordProblem('', [])).toBe('required');
  });

  it('refuses a password that is a name of the account', () => {
    expect(passwordProblem('Lovelace1', ['lovelace1', 'ada@example.org'])).toBe('passwordName');
    expect(passwordProblem('ADA@example.org', ['ada', 'ada@example.org'])).toBe('passwordName');
  });

  it('knows what is no e-mail address at all', () => {
    expect(emailProblem('ada')).toBe('emailShape');
    expect(emailProblem('ada@example.org')).toBeUndefined();
  });
});
