/** Who answers: chosen for one conversation, for all of a person's, or by the server. */
import { queryOptions } from '@tanstack/react-query';

import { queryClient } from '../../app/query';
import { request } from '../../api/request';

export interface ModelState {
  id: string;
  name: string;
  provider: string;
  /** "available", "loading", "ready", "failed", "resting" */
  state: string;
  is_default: boolean;
  progress?: number | null;
  problem?: string | null;
  sees_images?: boolean;
  /** PDFs as they are. */
  reads_documents?: boolean;
}
export interface Answers {
  conversation?: string | null;
  mine?: string | null;
  answers: ModelState;
}

const KEY = ['answers'] as const;

export const modelStatesQuery = queryOptions({
  queryKey: [...KEY, 'models'] as const,
  queryFn: async ({ signal }) => (await request<{ items: ModelState[] }>('GET', '/api/v1/models/status', { signal })).items,
});

export const answersQuery = (conversationId?: string) =>
  queryOptions({
    queryKey: [...KEY, 'of', conversationId ?? ''] as const,
    queryFn: ({ signal }) => request<Answers>('GET', '/api/v1/chat/switch', { query: { conversation_id: conversationId }, signal }),
  });

const changed = () => queryClient.invalidateQueries({ queryKey: KEY });

/** Empty: as everywhere else again. */
export async function chooseModel(model: string, conversationId?: string): Promise<void> {
  await request<Answers>('POST', '/api/v1/chat/switch', { body: { model, ...(conversationId ? { conversation_id: conversationId } : {}) } });
  void changed();
}

/** What everybody's chats get that chose nothing: for admins. */
export async function chooseDefault(model: string): Promise<void> {
  await request<ModelState>('POST', '/api/v1/models/switch', { body: { model } });
  void changed();
}

/** By provider, each in the order of the server, its own models first. */
export function byProvider(models: ModelState[]): [string, ModelState[]][] {
  const groups = new Map<string, ModelState[]>();
  for (const model of models) groups.set(model.provider, [...(groups.get(model.provider) ?? []), model]);
  return [...groups];
}
