/** What may be done with a card: its fields as a form has them, its earlier versions, its file. */
import { queryOptions } from '@tanstack/react-query';

import { api } from '../../api/client';
import { ApiError } from '../../api/problem';
import { keys } from '../../api/queries';
import { request, requestFile } from '../../api/request';
import type { CharacterChange, CharacterDetail, Pronunciation } from '../../api/types';
import { queryClient } from '../../app/query';
import { saveFile } from '../../ui/files';

export const textFields = ['name', 'description', 'personality', 'scenario', 'greeting', 'example_messages', 'system_prompt', 'post_history_instructions', 'creator_notes', 'creator', 'character_version'] as const;
export type TextField = (typeof textFields)[number];
export type FieldName = TextField | 'alternate_greetings' | 'tags' | 'pronunciations' | 'depth_prompt' | 'visibility';

/** How a word is said: other words to read in its place, or between slashes the voice's own symbols. */
export interface Said {
  word: string;
  said: string;
}

/** Tags stand one in a line: a comma may be part of one. */
export type CardValues = Record<TextField | 'tags', string> & { alternate_greetings: string[]; pronunciations: Said[]; depth_prompt: CharacterDetail['depth_prompt']; visibility: 'private' | 'public' };

export function valuesOf(card: CharacterDetail, firstWords: string): CardValues {
  const texts = Object.fromEntries(textFields.map((name) => [name, card[name]])) as Record<TextField, string>;
  return { ...texts, greeting: firstWords, tags: card.tags.join('\n'), alternate_greetings: card.alternate_greetings, pronunciations: card.pronunciations.map(({ word, respelling, phonemes }) => ({ word, said: phonemes ? `/${phonemes}/` : respelling })), depth_prompt: card.depth_prompt, visibility: card.visibility === 'public' ? 'public' : 'private' };
}

export function pronunciationsOf(list: readonly Said[]): Pronunciation[] {
  return list.flatMap(({ word, said }) => {
    const [written, spoken] = [word.trim(), said.trim()];
    if (written === '' && spoken === '') return [];
    const symbols = /^\/(.*)\/$/.exec(spoken)?.[1];
    return [symbols === undefined ? { word: written, respelling: spoken, phonemes: '' } : { word: written, respelling: '', phonemes: symbols.trim() }];
  });
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((text, index) => text === b[index]);

/** Only what differs: a field that nobody touched stays byte for byte as its author wrote it. */
export function changesOf(before: CardValues, now: CardValues): CharacterChange {
  const change: CharacterChange = {};
  for (const name of textFields) if (before[name] !== now[name]) change[name] = now[name];
  if (before.tags !== now.tags && !same(linesOf(before.tags), linesOf(now.tags))) change.tags = linesOf(now.tags);
  if (!same(before.alternate_greetings, now.alternate_greetings)) change.alternate_greetings = now.alternate_greetings;
  if (JSON.stringify(pronunciationsOf(before.pronunciations)) !== JSON.stringify(pronunciationsOf(now.pronunciations))) change.pronunciations = pronunciationsOf(now.pronunciations);
  if (JSON.stringify(before.depth_prompt) !== JSON.stringify(now.depth_prompt)) change.depth_prompt = now.depth_prompt;
  if (before.visibility !== now.visibility) change.visibility = now.visibility;
  return change;
}

const inCard: Record<string, TextField> = { first_mes: 'greeting', mes_example: 'example_messages' };

/** Where a refusal belongs: the server names a field of the route (`name`) or of the card (`data.first_mes`, `data.alternate_greetings[2]`). */
export function fieldOf(error: unknown): { name: FieldName; index: number } | undefined {
  if (!(error instanceof ApiError) || error.field === undefined) return undefined;
  const [, head = '', index] = /^(?:data\.)?(\w+)(?:[[.](\d+))?/.exec(error.field) ?? [];
  const name = inCard[head] ?? head;
  const known: readonly string[] = [...textFields, 'alternate_greetings', 'tags', 'pronunciations', 'depth_prompt', 'visibility'];
  return known.includes(name) ? { name: name as FieldName, index: Number(index ?? 0) } : undefined;
}

function firstWordsOf(card: unknown): string | undefined {
  if (typeof card !== 'object' || card === null) return undefined;
  const { data, first_mes: words } = card as { data?: unknown; first_mes?: unknown };
  if (typeof data === 'object' && data !== null) return firstWordsOf({ first_mes: (data as { first_mes?: unknown }).first_mes });
  return typeof words === 'string' ? words : undefined;
}

/** For a form. The companion's `greeting` has names in place of {{user}}; what is edited is the card's own text. */
export async function loadValues(id: string): Promise<CardValues> {
  const { data } = await api.GET('/api/v1/characters/{character_id}', { params: { path: { character_id: id } } });
  if (!data) throw new ApiError({ status: 502, type: 'empty-answer', detail: '' });
  const card = await api.GET('/api/v1/characters/{character_id}/versions/{version}', { params: { path: { character_id: id, version: data.version } } });
  return valuesOf(data, firstWordsOf(card.data) ?? '');
}

/** Never shown as it was the last time: a row that comes on top moves the others away under the pointer. */
export const versionsQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.characters, id, 'versions'],
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }) => (await api.GET('/api/v1/characters/{character_id}/versions', { params: { path: { character_id: id } }, signal })).data?.items ?? [],
  });

/** The card of a version, as its file has it; versions never change. */
export const cardOfQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: [...keys.characters, id, 'versions', version, 'card'],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<unknown> => (await api.GET('/api/v1/characters/{character_id}/versions/{version}', { params: { path: { character_id: id, version } }, signal })).data ?? null,
  });

export const characterPath = (id: string) => `/api/v1/characters/${encodeURIComponent(id)}`;

/** After any change: names and portraits stand in the lists of companions and of conversations. */
export async function cardChanged(detail?: CharacterDetail): Promise<void> {
  if (detail) queryClient.setQueryData([...keys.characters, detail.id], detail);
  await Promise.all([queryClient.invalidateQueries({ queryKey: keys.characters }), queryClient.invalidateQueries({ queryKey: keys.conversations })]);
}

export async function restore(id: string, version: number): Promise<void> {
  const { data } = await api.POST('/api/v1/characters/{character_id}/versions/{version}/restore', { params: { path: { character_id: id, version } } });
  await cardChanged(data);
}

/** The pictures that it had before, newest first. */
export const portraitsQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.characters, id, 'portraits'],
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }) => (await api.GET('/api/v1/characters/{character_id}/avatars', { params: { path: { character_id: id } }, signal })).data?.items ?? [],
  });

export async function setPortrait(id: string, file: File): Promise<void> {
  await cardChanged(await request<CharacterDetail>('PUT', `${characterPath(id)}/avatar`, { body: file, type: file.type || 'application/octet-stream' }));
}

export async function removePortrait(id: string): Promise<void> {
  const { data } = await api.DELETE('/api/v1/characters/{character_id}/avatar', { params: { path: { character_id: id } } });
  await cardChanged(data);
}

export async function restorePortrait(id: string, number: number): Promise<void> {
  const { data } = await api.POST('/api/v1/characters/{character_id}/avatars/{number}/restore', { params: { path: { character_id: id, number } } });
  await cardChanged(data);
}

/** An empty card under a name, for whoever writes one of their own. */
export async function createCard(name: string): Promise<CharacterDetail> {
  const text = { description: '', personality: '', scenario: '', first_mes: '', mes_example: '', creator_notes: '', system_prompt: '', post_history_instructions: '', creator: '', character_version: '' };
  const card = { spec: 'chara_card_v3', spec_version: '3.0', data: { name, ...text, alternate_greetings: [], group_only_greetings: [], tags: [], extensions: {} } };
  const made = await request<CharacterDetail>('POST', '/api/v1/characters', { body: new Blob([JSON.stringify(card)]), type: 'application/json' });
  await cardChanged(made);
  return made;
}

export async function duplicate(id: string): Promise<void> {
  await api.POST('/api/v1/characters/{character_id}/duplicate', { params: { path: { character_id: id } } });
  await cardChanged();
}

export const formats = ['png', 'charx', 'json'] as const;
export type Format = (typeof formats)[number];
/** For programs that read only one of the three forms of a card; absent: the form it came in. */
export const specs = ['v1', 'v2', 'v3'] as const;
export type Spec = (typeof specs)[number];

/** Asked for by script and not by a link, so that a session that ran out is renewed and a refusal is said in words. */
export async function exportCard(id: string, name: string, format: Format, spec?: Spec): Promise<void> {
  saveFile(await requestFile(`/api/v1/characters/${id}/export`, { format, spec }), `${name}.${format}`);
}
