import { http, HttpResponse } from 'msw';
import { expect, it } from 'vitest';

import { beginEdit, useEditing } from '../features/chat/actions';
import { attach, useAttached } from '../features/chat/attachments';
import { keepDraft, keepOutbox } from '../features/chat/drafts';
import { ada, bob } from '../test/people';
import { server } from '../test/server';
import { useNotices } from '../ui/notices';
import { noSession, signedIn, signOut } from './session';

const kept = () => Object.keys(localStorage).toSorted();
const held = () => [useAttached.getState().threads, useEditing.getState().texts, useNotices.getState().list];
const write = () => {
  keepDraft('c', 'half a thought');
  keepOutbox([], [{ clientId: 'm', key: 'c', text: 'said', at: 1, state: 'waiting' }]);
  attach('c', [new File(['x'], 'a.txt')]);
  beginEdit('m', 'text');
  useNotices.getState().show('Deleted.', { label: 'Undo', run: () => undefined });
};

it('what somebody was writing is there when they come back, and gone when another one comes', () => {
  server.use(http.post('*/api/v1/attachments', () => HttpResponse.json({ id: 'x', kind: 'file', name: 'a.txt', media_type: 'text/plain', bytes: 1 }, { status: 201 })));
  signedIn(ada);
  write();
  noSession();
  signedIn(ada);
  expect(kept()).toEqual([`lares.drafts.${ada.id}`, `lares.outbox.${ada.id}`]);
  expect(useAttached.getState().threads.c).toHaveLength(1);
  noSession();
  signedIn(bob);
  expect(kept()).toEqual([]);
  expect(held()).toEqual([{}, {}, []]);
});

it('signing out leaves nothing, also of what is put away only then', async () => {
  server.use(
    http.post('*/api/v1/attachments', () => HttpResponse.json({ id: 'x', kind: 'file', name: 'a.txt', media_type: 'text/plain', bytes: 1 }, { status: 201 })),
    http.post('*/api/v1/auth/logout', () => new HttpResponse(null, { status: 204 })),
  );
  signedIn(ada);
  write();
  await signOut();
  noSession();
  keepDraft('c', 'of a page that is only now gone');
  keepOutbox([], [{ clientId: 'm', key: 'c', text: 'said', at: 1, state: 'waiting' }]);
  expect(kept()).toEqual([]);
  expect(held()).toEqual([{}, {}, []]);
});
