/** Pictures and files beside what somebody writes: uploaded at once, sent with the message, taken back when they are removed. */
import { create } from 'zustand';

import { ApiError } from '../../api/problem';
import { request } from '../../api/request';
import type { HistoryItem } from '../../api/types';
import { onForget } from '../../app/preferences';

export type Attachment = NonNullable<HistoryItem['attachments']>[number];

/** As the server has it (AttachmentLimits). */
export const ATTACHMENTS_MAX = 8;
export const ATTACHED_MB = 20;

export interface Attaching {
  key: string;
  file: File;
  /** Of this browser's own copy of a picture, while it is shown here. */
  preview: string | null;
  state: 'sending' | 'ready' | 'failed';
  done?: Attachment;
  problem?: unknown;
}

interface Attached {
  threads: Record<string, Attaching[]>;
}

const NONE: Attaching[] = [];
export const useAttached = create<Attached>(() => ({ threads: {} }));
export const attachedTo = (thread: string) => (state: Attached) => state.threads[thread] ?? NONE;

const set = (thread: string, change: (items: Attaching[]) => Attaching[]) => {
  useAttached.setState(({ threads }) => ({ threads: { ...threads, [thread]: change(threads[thread] ?? NONE) } }));
};
const put = (thread: string, key: string, change: Partial<Attaching>) => {
  set(thread, (items) => items.map((item) => (item.key === key ? { ...item, ...change } : item)));
};

let count = 0;

/** False: more than one message carries, or larger than is taken; those are left out. */
export function attach(thread: string, files: readonly File[]): boolean {
  const room = ATTACHMENTS_MAX - attachedTo(thread)(useAttached.getState()).length;
  const fitting = files.filter((file) => file.size <= ATTACHED_MB * 1024 * 1024).slice(0, Math.max(room, 0));
  for (const file of fitting) {
    count += 1;
    const key = String(count);
    const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
    set(thread, (items) => [...items, { key, file, preview, state: 'sending' }]);
    upload(thread, key, file);
  }
  return fitting.length === files.length;
}

function upload(thread: string, key: string, file: File): void {
  request<Attachment>('POST', '/api/v1/attachments', { query: { name: file.name || 'image' }, body: file, type: file.type || 'application/octet-stream' }).then(
    (done) => {
      // Removed meanwhile: nobody will send it.
      if (attachedTo(thread)(useAttached.getState()).some((item) => item.key === key)) put(thread, key, { state: 'ready', done });
      else takeBack(done.id);
    },
    (problem: unknown) => {
      put(thread, key, { state: 'failed', problem });
    },
  );
}

/** Nobody was there, or had time; what the file is was not the reason. */
export const mayAttachAgain = ({ state, problem }: Attaching): boolean => state === 'failed' && (!(problem instanceof ApiError) || problem.mayCome);

export function attachAgain(thread: string, { key, file }: Attaching): void {
  put(thread, key, { state: 'sending', problem: undefined });
  upload(thread, key, file);
}

/** What is not taken back here is gone after a day. */
function takeBack(id: string): void {
  request('DELETE', `/api/v1/attachments/${id}`).catch(() => undefined);
}

function letGo(items: readonly Attaching[]): void {
  for (const item of items) if (item.preview) URL.revokeObjectURL(item.preview);
}

export function removeAttached(thread: string, key: string): void {
  const item = attachedTo(thread)(useAttached.getState()).find((other) => other.key === key);
  if (!item) return;
  if (item.done) takeBack(item.done.id);
  letGo([item]);
  set(thread, (items) => items.filter((other) => other !== item));
}

onForget(() => {
  for (const items of Object.values(useAttached.getState().threads)) letGo(items);
  useAttached.setState({ threads: {} });
});

/** They belong to a message now. */
export function takeAttached(thread: string): Attachment[] {
  const items = attachedTo(thread)(useAttached.getState());
  letGo(items);
  set(thread, () => NONE);
  return items.flatMap((item) => item.done ?? []);
}

/** What a model gets of it: a key of `attach`, and its numbers. Null: nothing is known, or a picture that nobody has asked a model about. */
export function readOf(file: Attachment, language: string): { key: 'readWhole' | 'readPart' | 'named'; number: string; whole: string } | null {
  if (file.kind === 'file') return { key: 'named', number: '', whole: '' };
  if (file.kind !== 'text' || file.characters == null || file.characters_read == null) return null;
  const number = (value: number) => value.toLocaleString(language);
  return { key: file.characters_read < file.characters ? 'readPart' : 'readWhole', number: number(file.characters_read), whole: number(file.characters) };
}

export const attachmentUrl = (id: string) => `/api/v1/attachments/${id}`;
