/** Who a person is towards their companions. */
import { queryOptions } from '@tanstack/react-query';

import { keys } from '../../api/queries';
import { request } from '../../api/request';
import type { Role } from '../../api/types';
import { queryClient } from '../../app/query';
import { remove } from '../../ui/removal';

export const places = ['in_prompt', 'top_an', 'bottom_an', 'at_depth', 'none'] as const;
export type Place = (typeof places)[number];

export interface PersonaFields {
  name: string;
  description: string;
  position: Place;
  depth: number;
  role: Role;
  lorebook_id: string | null;
  default: boolean;
}
export interface Persona extends PersonaFields {
  id: string;
  avatar_url?: string | null;
}
export const newPersona: PersonaFields = { name: '', description: '', position: 'in_prompt', depth: 2, role: 'system', lorebook_id: null, default: false };
export const AVATAR_MAX_BYTES = 5 * 1024 * 1024;

const KEY = keys.personas;
const at = (id: string) => `/api/v1/personas/${encodeURIComponent(id)}`;

export const personasQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => (await request<{ items: Persona[] }>('GET', '/api/v1/personas', { signal })).items,
});

const changed = () => queryClient.invalidateQueries({ queryKey: KEY });

export const fieldsOf = ({ name, description, position, depth, role, lorebook_id, default: isDefault }: Persona): PersonaFields => ({ name, description, position, depth, role, lorebook_id: lorebook_id ?? null, default: isDefault });

/** All fields, so that a lorebook can be taken off again. */
export async function savePersona(id: string | null, fields: PersonaFields): Promise<Persona> {
  const { lorebook_id: book, ...rest } = fields;
  const body = { ...rest, name: fields.name.trim(), ...(book ? { lorebook_id: book } : {}) };
  const persona = id === null ? await request<Persona>('POST', '/api/v1/personas', { body }) : await request<Persona>('PUT', at(id), { body });
  await changed();
  return persona;
}

/** `told`: what the notice says that takes it back. */
export const removePersona = (id: string, told: string) => remove(at(id), told);

export async function setAvatar(id: string, file: Blob | null): Promise<void> {
  if (file) await request('PUT', `${at(id)}/avatar`, { body: file, type: 'image/png' });
  else await request('DELETE', `${at(id)}/avatar`);
  await changed();
}

export async function importPersonas(file: File): Promise<{ items: Persona[]; skipped: string[] }> {
  const done = await request<{ items: Persona[]; skipped: string[] }>('POST', '/api/v1/personas/import', { body: file, type: 'application/json' });
  await changed();
  return done;
}

const SIDE = 512;

/** Any picture that the browser can show, as a square PNG. Throws when it can show none. */
export async function asSquare(file: File): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  const out = Math.min(SIDE, side);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = out;
  // Faces stand in the upper part of a tall picture.
  canvas.getContext('2d')?.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 4, side, side, 0, 0, out, out);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('no picture'));
    }, 'image/png');
  });
}
