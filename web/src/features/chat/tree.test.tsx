import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { isInside } from '../../test/people';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { FakeSocket } from '../../test/sockets';
import { useNotices } from '../../ui/notices';
import { beginEdit, cancelEdit, changeEdit, mark, regenerate, remove, resumeEdit, saveEdit, swipe, useEditing } from './actions';
import { impersonate, startChat, useChat } from './client';
import { Composer } from './Composer';
import { conversationChange } from './ConversationDrawer';
import EditBox from './EditBox';
import { useImpersonation } from './impersonation';
import { pieces } from './Marked';
import { Swipeable, Swipes, swipeOf } from './Swipes';
import { applyEvent, type ChatMessage, emptyThread, type Thread } from './thread';
import { noNote, searchTimes } from './tree';
import WhyDialog, { inOrder } from './WhyDialog';

const message = (id: string, parent: string | null, role: 'user' | 'assistant', more: Partial<ChatMessage> = {}): ChatMessage => ({ id, parent, role, text: id, state: 'done', created: 1, seq: 1, ...more });
const versions = (ids: string[], of: string) => ({ siblings: { index: ids.indexOf(of), count: ids.length, ids } });
const thread = (messages: ChatMessage[]): Thread => ({ ...emptyThread('c', 'who'), seq: 5, messages });
const event = (kind: string, data: object, seq = 6) => ({ conversation_id: 'c', seq, kind, at: 2, data });
const lastNotice = () => useNotices.getState().list.at(-1);

describe('a tree of messages, as another window changes it', () => {
  const before = thread([message('g', null, 'assistant'), message('u', 'g', 'user', { pinned: true }), message('a', 'u', 'assistant')]);

  it('an edit that keeps what follows changes one message only', () => {
    const now = applyEvent(before, event('message_edited', { message: message('v', 'g', 'user', { edit_of: 'u' }), edit_of: 'u', following: true }));
    expect(now.messages.map(({ id, parent }) => [id, parent])).toEqual([['g', null], ['v', 'g'], ['a', 'v']]);
    expect(now.messages[1]).toMatchObject({ pinned: true, siblings: { index: 1, count: 2, ids: ['u', 'v'] } });
    expect(now.torn).toBe(false);
  });

  it('an edit that begins a branch ends what is shown there', () => {
    const now = applyEvent(before, event('message_edited', { message: message('v', 'g', 'user', { edit_of: 'u' }), edit_of: 'u', following: false }));
    expect(now.messages.map(({ id }) => id)).toEqual(['g', 'v']);
    expect(now.messages[1]?.siblings).toEqual({ index: 1, count: 2, ids: ['u', 'v'] });
  });

  it('another answer counts itself among those beside it', () => {
    const now = applyEvent(before, event('answer_asked', { turn_id: 't', answer_id: 'b', parent: 'u' }));
    expect(now.messages.at(-1)).toMatchObject({ id: 'b', state: 'running', siblings: { index: 1, count: 2, ids: ['a', 'b'] } });
    const done = applyEvent(now, event('answer_done', { turn_id: 't', message: message('b', 'u', 'assistant', { seq: 7 }) }, 7));
    expect(done.messages.at(-1)).toMatchObject({ state: 'done', siblings: { index: 1, count: 2 } });
  });

  it('marks are set wherever the message is loaded', () => {
    expect(applyEvent(before, event('message_hidden', { message_id: 'u', hidden: true })).messages[1]).toMatchObject({ hidden: true, pinned: true });
    expect(applyEvent(before, event('message_pinned', { message_id: 'u', pinned: false })).messages[1]).toMatchObject({ pinned: false });
  });

  it('what only the history knows is asked of it', () => {
    for (const kind of ['path_selected', 'message_removed', 'message_restored']) expect(applyEvent(before, event(kind, { message_id: 'u' })).torn, kind).toBe(true);
    expect(applyEvent(before, event('conversation_changed', { title: 'The sea' }))).toMatchObject({ title: 'The sea', torn: false });
    const gone = applyEvent(before, event('conversation_removed', {}));
    expect(gone.deleted).toBe(true);
    expect(applyEvent(gone, event('conversation_restored', {}, 7))).toMatchObject({ deleted: false, messages: before.messages });
  });
});

describe('what a person does with a message', () => {
  let stop: () => void;
  let asked: [string, unknown][];
  const answer = message('b', 'u', 'assistant', versions(['a', 'b', 'd'], 'b'));
  const route = (method: 'post' | 'patch' | 'delete', path: string, status = 200) =>
    http[method](`*/api/v1/conversations/c/${path}`, async ({ request }) => {
      asked.push([`${method} ${path}`, await request.json().catch(() => new URL(request.url).search)]);
      return status === 200 ? HttpResponse.json({}) : HttpResponse.json({ type: 'x', status, detail: 'Not now.' }, { status });
    });

  beforeEach(() => {
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    asked = [];
    isInside();
    stop = startChat();
    FakeSocket.last.open();
    useChat.setState({ threads: { c: thread([message('g', null, 'assistant'), message('u', 'g', 'user'), answer]) } });
    useEditing.setState({ texts: {} });
    server.use(http.get('*/api/v1/chat/history', () => HttpResponse.json({ conversation_id: 'c', character_id: 'who', title: '', seq: 9, items: [message('g', null, 'assistant')] })));
  });
  afterEach(() => {
    stop();
    vi.unstubAllGlobals();
  });

  it('leafs through versions, and past the last one asks for another', async () => {
    server.use(route('post', 'select'));
    swipe('c', answer, 1, true);
    await waitFor(() => {
      expect(asked).toEqual([['post select', { message_id: 'd' }]]);
    });
    swipe('c', { ...answer, ...versions(['a', 'b'], 'b') }, 1, true);
    expect(FakeSocket.last.named('message').map(({ data }) => data.retry_message_id)).toEqual(['b']);
    // The first has none before it, a message of the person no other answer, and a greeting no other but the card's.
    swipe('c', { ...answer, ...versions(['b', 'd'], 'b') }, -1, true);
    swipe('c', message('u', 'g', 'user'), 1, true);
    swipe('c', message('g', null, 'assistant'), 1, true);
    expect(FakeSocket.last.named('message')).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it('asks for nothing while an answer is made', () => {
    useChat.setState({ threads: { c: applyEvent(thread([message('g', null, 'assistant'), message('u', 'g', 'user')]), event('answer_asked', { turn_id: 't', answer_id: 'b', parent: 'u' })) } });
    swipe('c', answer, 1, true);
    regenerate('c', 'b');
    expect(asked).toEqual([]);
    expect(FakeSocket.last.named('message')).toEqual([]);
  });

  it('deletes, and takes it back', async () => {
    server.use(route('delete', 'messages/u'), route('post', 'messages/u/restore'));
    await remove('c', 'u', true);
    expect(asked).toEqual([['delete messages/u', '?all_versions=true']]);
    lastNotice()?.action?.run();
    await waitFor(() => {
      expect(asked.at(-1)?.[0]).toBe('post messages/u/restore');
    });
  });

  it('shows a mark at once, and takes it off when it is refused', async () => {
    server.use(route('patch', 'messages/u', 409));
    mark('c', message('u', 'g', 'user'), { hidden: true });
    const shown = () => useChat.getState().threads.c?.messages[1]?.hidden;
    expect(shown()).toBe(true);
    await waitFor(() => {
      expect(shown()).toBe(false);
    });
    expect(lastNotice()?.text).toBe('Not now.');
  });

  it('loses nothing that was written in place', async () => {
    beginEdit('u', 'u');
    changeEdit('u', 'much better');
    // As after a reload.
    useEditing.setState({ texts: {} });
    resumeEdit('u');
    expect(useEditing.getState().texts.u).toBe('much better');
    cancelEdit('u', 'u');
    expect(useEditing.getState().texts.u).toBeUndefined();
    lastNotice()?.action?.run();
    expect(useEditing.getState().texts.u).toBe('much better');
    server.use(route('post', 'messages/u/edit', 409));
    await saveEdit('c', message('u', 'g', 'user'), false);
    expect(useEditing.getState().texts.u, 'a refusal keeps it').toBe('much better');
    server.use(route('post', 'messages/u/edit'));
    await saveEdit('c', message('u', 'g', 'user'), true);
    expect(asked.at(-1)?.[1]).toEqual({ text: 'much better', following: false, regenerate: true, voice: false });
    expect(useEditing.getState().texts.u).toBeUndefined();
  });

  it('saves once, however long the key is held down, and takes no letters meanwhile', async () => {
    let saved: (() => void) | undefined;
    server.use(
      http.post('*/api/v1/conversations/c/messages/u/edit', async ({ request }) => {
        asked.push(['edit', await request.json()]);
        await new Promise<void>((resolve) => {
          saved = resolve;
        });
        return HttpResponse.json({});
      }),
    );
    beginEdit('u', 'u');
    changeEdit('u', 'much better');
    show(<EditBox conversationId="c" message={message('u', 'g', 'user')} />);
    const field = screen.getByRole('textbox');
    for (let repeat = 0; repeat < 3; repeat += 1) fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true });
    expect(field).toHaveAttribute('readonly');
    await waitFor(() => {
      expect(asked).toHaveLength(1);
    });
    fireEvent.keyDown(field, { key: 'Enter', ctrlKey: true });
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(useEditing.getState().texts.u).toBe('much better');
    saved?.();
    await waitFor(() => {
      expect(useEditing.getState()).toEqual({ texts: {}, saving: [] });
    });
    expect(asked).toHaveLength(1);
  });

  it('an edit that changes nothing asks for nothing and leaves no notice', async () => {
    beginEdit('u', 'u');
    await saveEdit('c', message('u', 'g', 'user'), false);
    beginEdit('u', 'u');
    cancelEdit('u', 'u');
    expect(asked).toEqual([]);
    expect(lastNotice()).toBeUndefined();
  });

  it('a refused question is said, because it has no bubble of its own', async () => {
    regenerate('c', 'b');
    const id = FakeSocket.last.named('message')[0]?.id;
    FakeSocket.last.say('error', { status: 409, type: 'turn-running', detail: 'An answer is being made.', id }, id);
    await waitFor(() => {
      expect(lastNotice()?.text).toBe('An answer is being made.');
    });
  });

  it('a draft comes into the field word by word, and is the person’s then', async () => {
    show(<Composer threadKey="c" conversationId="c" name="Juniper" running={false} onSend={() => undefined} onStop={() => Promise.resolve()} />);
    const person = userEvent.setup();
    await person.click(screen.getByRole('button', { name: 'Write my next line for me' }));
    const sent = FakeSocket.last.named('message')[0];
    expect(sent?.data).toMatchObject({ action: 'impersonate', conversation_id: 'c' });
    const field = screen.getByRole('textbox', { name: 'Write to Juniper' });
    act(() => {
      FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'x', turn_id: 't9', client_id: sent?.id });
      FakeSocket.last.say('token', { text: 'I will' }, 't9/3');
      FakeSocket.last.say('token', { text: ' I will' }, 't9/3');
    });
    expect(field).toHaveValue('I will');
    expect(screen.getByRole('button', { name: /Stop/ })).toBeInTheDocument();
    act(() => {
      FakeSocket.last.say('turn_done', { message_id: 'x', text: 'I will go.', state: 'done', role: 'user', usage: {}, trace: {} }, 't9/4');
    });
    expect(field).toHaveValue('I will go.');
    expect(useImpersonation.getState().draft).toBeNull();
    expect(screen.getByRole('button', { name: 'Send' })).toBeInTheDocument();
  });

  it('a draft whose line breaks leaves what there is of it, and a field to write in', async () => {
    show(<Composer threadKey="c" conversationId="c" name="Juniper" running={false} onSend={() => undefined} onStop={() => Promise.resolve()} />);
    const person = userEvent.setup();
    await person.click(screen.getByRole('button', { name: 'Write my next line for me' }));
    act(() => {
      FakeSocket.last.say('accepted', { conversation_id: 'c', message_id: 'x', turn_id: 't9', client_id: FakeSocket.last.named('message')[0]?.id });
      FakeSocket.last.say('token', { text: 'I will' }, 't9/3');
    });
    server.use(http.post('*/api/v1/chat/cancel', () => new HttpResponse(null, { status: 204 })));
    act(() => {
      FakeSocket.last.drop();
    });
    expect(screen.getByRole('textbox', { name: 'Write to Juniper' })).toHaveValue('I will');
    expect(screen.getByRole('button', { name: 'Send' })).toHaveAttribute('aria-disabled', 'false');
    expect(lastNotice()?.text).toMatch(/^No connection to the server/);
  });

  it('a draft that fails is no draft', () => {
    expect(impersonate('c')).toBe(true);
    const sent = FakeSocket.last.named('message')[0];
    FakeSocket.last.say('error', { status: 409, type: 'x', detail: 'No.', id: sent?.id }, sent?.id);
    expect(useImpersonation.getState().draft).toMatchObject({ state: 'failed', problem: { type: 'x', detail: 'No.' } });
  });
});

describe('swiping', () => {
  it('is across, far enough, and not a scroll', () => {
    expect(swipeOf(-80, 10)).toBe(1);
    expect(swipeOf(80, -10)).toBe(-1);
    expect(swipeOf(-40, 0)).toBe(0);
    expect(swipeOf(-80, 70)).toBe(0);
  });

  it('is a finger’s, not a mouse’s, and leaves what scrolls by itself alone', () => {
    const swiped = vi.fn();
    show(
      <Swipeable onSwipe={swiped}>
        <p>words</p>
        <textarea aria-label="field" />
      </Swipeable>,
    );
    const pull = (target: Element, type: string) => {
      fireEvent.pointerDown(target, { pointerId: 1, pointerType: type, isPrimary: true, clientX: 200, clientY: 10 });
      fireEvent.pointerMove(target, { pointerId: 1, pointerType: type, clientX: 100, clientY: 12 });
      fireEvent.pointerUp(target, { pointerId: 1, pointerType: type, clientX: 100, clientY: 12 });
    };
    pull(screen.getByText('words'), 'mouse');
    pull(screen.getByLabelText('field'), 'touch');
    expect(swiped).not.toHaveBeenCalled();
    pull(screen.getByText('words'), 'touch');
    expect(swiped.mock.calls).toEqual([[1]]);
  });

  it('says which of how many, and what the last arrow does', async () => {
    const [step, past] = [vi.fn(), vi.fn()];
    const person = userEvent.setup();
    const { rerender } = show(<Swipes index={1} count={5} onStep={step} />);
    expect(screen.getByText('2 of 5')).toBeInTheDocument();
    await person.click(screen.getByRole('button', { name: 'Next version' }));
    await person.click(screen.getByRole('button', { name: 'Previous version' }));
    expect(step.mock.calls).toEqual([[1], [-1]]);
    rerender(<Swipes index={4} count={5} onStep={step} onPast={past} />);
    await person.click(screen.getByRole('button', { name: 'Another answer' }));
    expect(past).toHaveBeenCalledTimes(1);
    rerender(<Swipes index={4} count={5} onStep={step} />);
    expect(screen.getByRole('button', { name: 'Next version' })).toBeDisabled();
  });
});

describe('what was found', () => {
  it('is marked by code points, whatever the ranges say', () => {
    expect(pieces('🦊 the fox', [{ start: 6, end: 9 }])).toEqual([{ text: '🦊 the ', marked: false }, { text: 'fox', marked: true }]);
    expect(pieces('abc', [{ start: 1, end: 2 }, { start: 0, end: 2 }, { start: 2, end: 99 }]).map(({ text }) => text).join('')).toBe('abc');
    expect(pieces('abc', [])).toEqual([{ text: 'abc', marked: false }]);
    expect(pieces('abc', [{ start: 3, end: 1 }])).toEqual([{ text: 'abc', marked: false }]);
  });

  it('days are whole, in the person’s own time zone', () => {
    expect(searchTimes('2026-03-01', '2026-03-02')).toEqual({ from: new Date(2026, 2, 1).getTime(), to: new Date(2026, 2, 3).getTime() });
    expect(searchTimes('yesterday', undefined)).toEqual({});
  });
});

describe('a conversation’s settings', () => {
  const before = { title: 'Sea', persona_id: '', layout: '' as const, note: noNote };
  it('send only what was changed, and clear what was emptied', () => {
    expect(conversationChange(before, before)).toEqual({});
    expect(conversationChange(before, { ...before, title: ' Land ', persona_id: 'p' })).toEqual({ title: 'Land', persona_id: 'p' });
    expect(conversationChange({ ...before, persona_id: 'p', layout: 'stable' }, before)).toEqual({ clear: ['persona_id', 'layout'] });
    const note = { ...noNote, text: 'It rains.' };
    expect(conversationChange(before, { ...before, note })).toEqual({ author_note: note });
    expect(conversationChange({ ...before, note }, before)).toEqual({ clear: ['author_note'] });
    expect(conversationChange(before, { ...before, title: '  ' })).toEqual({});
  });
});

describe('why an answer was given', () => {
  it('what went in stands above what stayed out, each in its order', () => {
    const part = (title: string, into: boolean) => ({ source: '', title, position: '', tokens: 1, in: into, reason: '', text: '' });
    expect(inOrder([part('a', true), part('b', false), part('c', true), part('d', false)]).map(({ title }) => title)).toEqual(['a', 'c', 'b', 'd']);
  });

  it('who said each part is said in the language of the page, and how much was read anew', async () => {
    const sent = (role: string, name = '') => ({ role, name, content: `by ${role}` });
    server.use(
      http.get('*/api/v1/conversations/c/messages/a/prompt', () =>
        HttpResponse.json({ model: 'small', layout: 'stable', kind: 'normal', context_tokens: 2048, reply_tokens: 512, tokens: 40, reused: 28, new_tokens: 12, messages: [sent('system'), sent('user', 'ada'), sent('assistant'), sent('tool')], parts: [], warnings: [] }),
      ),
    );
    show(<WhyDialog conversationId="c" message={message('a', 'u', 'assistant')} onClose={() => undefined} />);
    await userEvent.click(await screen.findByRole('button', { name: 'As it was sent' }));
    const list = await screen.findByRole('list', { name: 'As it was sent' });
    expect([...list.querySelectorAll('p')].map(({ textContent }) => textContent)).toEqual(['1. System', '2. You (ada)', '3. Companion', '4. tool']);
    expect(screen.getByText('Read anew').nextSibling).toHaveTextContent('12');
  });
});
