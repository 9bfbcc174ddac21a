import { api, sessionEnded } from '../api/client';
import { keys } from '../api/queries';
import type { User } from '../api/types';
import { forgetWriting } from '../features/chat/drafts';
import { queryClient } from './query';

export function signedIn(user: User): void {
  queryClient.clear();
  queryClient.setQueryData(keys.me, user);
}

/** Ends the session on the server first; only then does this browser forget it. */
export async function signOut(): Promise<void> {
  await api.POST('/api/v1/auth/logout');
  forgetWriting();
  sessionEnded();
}

/** What was cached belongs to whoever was signed in. */
export function forgetSession(): void {
  queryClient.setQueryData(keys.me, null);
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'me' && query.queryKey[0] !== 'setup' });
}
