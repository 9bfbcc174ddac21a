import { keys } from '../api/queries';
import type { User } from '../api/types';
import { queryClient } from '../app/query';

const person = (username: string): User => ({ id: username.padEnd(26, '0'), username, email: `${username}@example.org`, role: 'user', created: 1 }) as User;
export const ada = person('ada');
export const bob = person('bob');

/** As after signing in; null: nobody is. */
export function isInside(who: User | null = ada): void {
  queryClient.setQueryData(keys.me, who);
}
