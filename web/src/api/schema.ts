type Json<T> = { headers: Record<string, unknown>; content: { 'application/json': T } };
type Empty = { headers: Record<string, unknown>; content?: never };
type Path<P> = [P] extends [never] ? { path?: never } : { path: P };
type Get<T, Q = never, P = never> = {
  parameters: { query?: Q; header?: never; cookie?: never } & Path<P>;
  requestBody?: never;
  responses: { 200: Json<T> };
};
type Post<B, S extends number, T, P = never> = {
  parameters: { query?: never; header?: never; cookie?: never } & Path<P>;
  requestBody: { content: { 'application/json': B } };
  responses: Record<S, Json<T>>;
};
type Do<T, P = never> = {
  parameters: { query?: never; header?: never; cookie?: never } & Path<P>;
  requestBody?: never;
  responses: { 200: Json<T>; 204: Empty };
};
type None = Record<string, never>;

export interface User {
  id: string;
  email: string;
  username: string;
  role: 'user' | 'creator' | 'moderator' | 'admin';
}

export interface Session {
  id: string;
  created: number;
  last_used: number;
  user_agent: string;
  address: string;
  current: boolean;
}

export interface Character {
  id: string;
  name: string;
  tagline?: string | null;
  description: string;
  tags: string[];
  greeting: string;
  avatar_url?: string | null;
  bundled: boolean;
  active: boolean;
}

export interface Conversation {
  id: string;
  character_id: string;
  title: string;
  seq: number;
  created: number;
  updated: number;
}

export interface Usage {
  prompt: number;
  reused: number;
  completion: number;
}

export interface Trace {
  accepted_ms?: number | null;
  prompt_built_ms?: number | null;
  prefill_done_ms?: number | null;
  first_token_ms?: number | null;
  done_ms?: number | null;
  queued_ms?: number | null;
  reused?: number | null;
  prefill?: number | null;
  model: string;
}

export interface Message {
  id: string;
  parent?: string | null;
  role: 'user' | 'assistant';
  text: string;
  state: 'done' | 'interrupted' | 'cut';
  created: number;
  seq: number;
  turn_id?: string | null;
  client_id?: string | null;
  usage?: Usage | null;
  trace?: Trace | null;
}

export interface History {
  conversation_id: string;
  character_id: string;
  title: string;
  seq: number;
  items: Message[];
  next?: string | null;
  running?: { turn_id: string; message_id: string; parent?: string | null; text: string } | null;
}

export interface Engine {
  kind: string;
  name: string;
  state: string;
  progress: number;
  model: string;
  reason?: string | null;
  remedy?: string | null;
  threads: number;
  batch_threads: number;
  batch_tokens: number;
  context_tokens: number;
  live: number;
  waiting: number;
  cells: number;
  cells_used: number;
  saved_bytes: number;
  spilled_bytes: number;
}

export interface Status {
  engines: Engine[];
  version: string;
  uptime_s: number;
}

export interface Model {
  id: string;
  name: string;
  provider: string;
  state: string;
  is_default: boolean;
  size_bytes: number;
  context_tokens: number;
  architecture?: string | null;
  quantization?: string | null;
  licence?: string | null;
  problem?: string | null;
}

interface Page<T> {
  items: T[];
  next?: string | null;
}

export interface paths {
  '/api/v1/setup': { get: Get<{ needs_first_account: boolean; needs_code: boolean }> };
  '/api/v1/auth/register': {
    post: Post<{ email: string; username: string; password: string; setup_code?: string }, 201, { user: User }>;
  };
  '/api/v1/auth/login': {
    post: Post<{ login: string; password: string; session?: 'cookie' }, 200, { user: User; expires_in: number }>;
  };
  '/api/v1/auth/logout': { post: Post<None, 200, None> };
  '/api/v1/auth/sessions': { get: Get<{ items: Session[] }> };
  '/api/v1/auth/sessions/{session_id}': { delete: Do<None, { session_id: string }> };
  '/api/v1/users/me': { get: Get<User> };
  '/api/v1/characters': { get: Get<Page<Character>, { limit?: number; after?: string }> };
  '/api/v1/characters/{character_id}': { get: Get<Character, never, { character_id: string }>; delete: Do<None, { character_id: string }> };
  '/api/v1/characters/{character_id}/activate': { post: Do<Character, { character_id: string }> };
  '/api/v1/conversations': { get: Get<Page<Conversation>, { limit?: number; after?: string }> };
  '/api/v1/chat/history': {
    get: Get<History, { conversation_id?: string; character_id?: string; before?: string; limit?: number }>;
  };
  '/api/v1/chat/cancel': { post: Post<{ turn_id: string }, 200, None> };
  '/api/v1/status': { get: Get<Status> };
  '/api/v1/models': { get: Get<{ items: Model[] }> };
}
