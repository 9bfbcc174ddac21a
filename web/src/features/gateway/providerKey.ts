import type { components } from '../../api/schema';
import type { ProviderKey } from './queries';

/** Names that a person wrote with commas between. */
export const listOf = (text: string) => text.split(',').map((part) => part.trim()).filter(Boolean);

export interface Form {
  name: string;
  endpoint: string;
  roles: string;
  tiers: string;
  weight: string;
}

export const formOf = (key: ProviderKey): Form => ({
  name: key.name,
  endpoint: key.endpoint,
  roles: key.audience?.roles?.join(', ') ?? '',
  tiers: key.audience?.tiers?.join(', ') ?? '',
  weight: String(key.weight),
});

const server = (url: string) => /^[^:]+:\/\/[^/]*/.exec(url)?.[0] ?? url;
/** What was given for one server goes to no other. */
export const sameServer = (one: string, other: string) => server(one) === server(other);

/** What a form changed, and nothing else. An audience goes as a whole: whom the form does not show stays in it. */
export function changesOf(key: ProviderKey, form: Form, pool: boolean): Omit<components['schemas']['PoolKeyChangeRequest'], 'pool_key_id'> {
  const before = formOf(key);
  const name = form.name.trim();
  const endpoint = form.endpoint.trim().replace(/\/+$/, '');
  return {
    ...(name !== before.name && { name }),
    ...(endpoint !== before.endpoint && { endpoint }),
    ...(pool && (form.roles !== before.roles || form.tiers !== before.tiers) && { audience: { ...key.audience, roles: listOf(form.roles), tiers: listOf(form.tiers) } }),
    ...(pool && form.weight !== before.weight && { weight: Number(form.weight) }),
  };
}
