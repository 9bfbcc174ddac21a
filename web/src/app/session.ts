import { endSession } from '../api/client';
import { keys } from '../api/queries';
import type { User } from '../api/types';
import { useNotices } from '../ui/notices';
import { forgetPerson, onForget, personIs } from './preferences';
import { queryClient } from './query';

onForget(() => {
  useNotices.setState({ list: [] });
});

export function signedIn(user: User): void {
  queryClient.clear();
  queryClient.setQueryData(keys.me, user);
  personIs(user.id);
}

export async function signOut(): Promise<void> {
  await endSession();
  forgetPerson();
}

/** Nobody is signed in any more; pages may still ask for what they show. */
export function noSession(): void {
  queryClient.setQueryData(keys.me, null);
}

/** What was cached belongs to whoever was signed in. After their last page is gone: it would ask for it again. */
export function forgetSession(): void {
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' && query.queryKey[0] !== 'setup' });
}
