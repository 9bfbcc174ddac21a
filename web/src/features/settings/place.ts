/** Where the dates in prompts are written: a time zone and a language, one for all of somebody's devices. */
import { queryOptions } from '@tanstack/react-query';

import { api } from '../../api/client';
import { keys, must } from '../../api/queries';
import type { components } from '../../api/schema';
import { queryClient } from '../../app/query';

type PromptSettings = components['schemas']['ChatSettingsBody'];
export type Place = Required<Pick<PromptSettings, 'time_zone' | 'locale'>>;

export const promptSettingsQuery = queryOptions({
  queryKey: keys.prompts,
  queryFn: async ({ signal }): Promise<PromptSettings> => must((await api.GET('/api/v1/prompts/settings', { signal })).data),
});

/** Of this device. */
export const here = (): Place => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', locale: navigator.language || 'en' });

/** All else in the settings stays as it is. `first`: only where no place is known yet. */
export async function setPlace(place: Place, first = false): Promise<void> {
  const now = await queryClient.fetchQuery({ ...promptSettingsQuery, staleTime: 0 });
  if (first && now.time_zone) return;
  const { data } = await api.PUT('/api/v1/prompts/settings', { body: { ...now, ...place } });
  queryClient.setQueryData(keys.prompts, data);
}

/** The first device says where it is; what was chosen stays. Without an answer the next start tries again. */
export async function tellPlace(): Promise<void> {
  try {
    await setPlace(here(), true);
  } catch {
    // dates are in UTC until then
  }
}
