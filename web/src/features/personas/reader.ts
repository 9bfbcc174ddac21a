import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../../api/queries';
import { personasQuery } from './persona';

/** What companions call the person in a new conversation: their persona, if one is the default, else their user name. */
export function useReader(): string {
  const user = useQuery(meQuery).data?.username ?? '';
  return useQuery(personasQuery).data?.find((persona) => persona.default)?.name ?? user;
}
