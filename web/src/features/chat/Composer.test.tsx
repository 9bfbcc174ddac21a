import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { ada, bob, isInside } from '../../test/people';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { patiently } from '../../test/wait';
import type { Attachment } from './attachments';
import { Composer, MESSAGE_MAX } from './Composer';
import { draftOf, DRAFTS_KEPT, keepDraft } from './drafts';

const onSend = vi.fn<(text: string, attachments?: Attachment[]) => void>();
const onStop = vi.fn(() => Promise.resolve());
const composer = (running = false, queues = false) => <Composer threadKey="c" name="Juniper" running={running} queues={queues} onSend={onSend} onStop={onStop} />;
const field = () => screen.getByRole('textbox', { name: 'Write to Juniper' });

beforeEach(() => {
  isInside();
});

describe('the composer', () => {
  it('sends with Enter, breaks the line with Shift+Enter', async () => {
    const person = userEvent.setup();
    onSend.mockReset();
    show(composer());
    await person.type(field(), 'one{Shift>}{Enter}{/Shift}two{Enter}');
    expect(onSend.mock.calls).toEqual([['one\ntwo']]);
    expect(field()).toHaveValue('');
    expect(field()).toHaveFocus();
  });

  it('does not send while a word is being composed', () => {
    onSend.mockReset();
    show(composer());
    fireEvent.change(field(), { target: { value: 'にほん' } });
    fireEvent.keyDown(field(), { key: 'Enter', isComposing: true });
    fireEvent.keyDown(field(), { key: 'Enter', keyCode: 229 });
    expect(onSend).not.toHaveBeenCalled();
  });

  it('does not send nothing', async () => {
    const person = userEvent.setup();
    onSend.mockReset();
    show(composer());
    await person.type(field(), '   {Enter}');
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.getByRole('button', { name: 'Send' })).toHaveAttribute('aria-disabled', 'true');
  });

  it('lets write but not send while an answer is made, and stops it', async () => {
    const person = userEvent.setup();
    onSend.mockReset();
    show(composer(true));
    await person.type(field(), 'next{Enter}');
    expect(onSend).not.toHaveBeenCalled();
    expect(field()).toHaveValue('next');
    await person.click(screen.getByRole('button', { name: 'Stop the answer (Esc)' }));
    expect(onStop).toHaveBeenCalledTimes(1);
  });

  it('sends while an answer is made when what is sent waits by itself', async () => {
    const person = userEvent.setup();
    onSend.mockReset();
    show(composer(true, true));
    expect(screen.getByRole('button', { name: 'Stop the answer (Esc)' })).toBeInTheDocument();
    await person.type(field(), 'next{Enter}');
    expect(onSend.mock.calls).toEqual([['next']]);
    await person.type(field(), 'and this');
    await person.click(screen.getByRole('button', { name: 'Send' }));
    expect(onSend.mock.calls.at(-1)).toEqual(['and this']);
  });

  it('takes no press on Send that was meant for Stop, which had just given way to it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onSend.mockReset();
    const { rerender } = show(composer(true));
    const stop = screen.getByRole('button', { name: 'Stop the answer (Esc)' });
    fireEvent.change(field(), { target: { value: 'half a' } });
    rerender(composer(false));
    const send = screen.getByRole('button', { name: 'Send' });
    expect(send).not.toBe(stop);
    vi.advanceTimersByTime(300);
    fireEvent.click(send);
    expect(onSend).not.toHaveBeenCalled();
    expect(field()).toHaveValue('half a');
    vi.advanceTimersByTime(300);
    fireEvent.click(send);
    expect(onSend.mock.calls).toEqual([['half a']]);
    // Who writes after the end knows what stands there.
    rerender(composer(true));
    rerender(composer(false));
    fireEvent.change(field(), { target: { value: 'mine' } });
    fireEvent.click(screen.getByRole('button', { name: 'Send' }));
    expect(onSend.mock.calls.at(-1)).toEqual(['mine']);
    vi.useRealTimers();
  });

  it('sends what is attached, once it is uploaded, and takes back what is removed', async () => {
    const person = userEvent.setup();
    onSend.mockReset();
    const asked: string[] = [];
    server.use(
      http.post('/api/v1/attachments', ({ request }) => {
        const name = new URL(request.url).searchParams.get('name') ?? '';
        asked.push(`POST ${name}`);
        return name.endsWith('.exe')
          ? HttpResponse.json({ type: 'unsupported-attachment', title: '', status: 415, detail: `${name} is neither` }, { status: 415 })
          : HttpResponse.json({ id: name, kind: 'text', name, media_type: 'text/plain', bytes: 1 }, { status: 201 });
      }),
      http.get('/api/v1/chat/switch', () => HttpResponse.json({ answers: { id: 'm', name: 'm', provider: 'local', state: 'ready', is_default: true, sees_images: true } })),
      http.delete('/api/v1/attachments/:id', ({ params }) => {
        asked.push(`DELETE ${String(params['id'])}`);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    show(composer());
    const input = screen.getByTestId('attach-file');
    fireEvent.change(input, { target: { files: ['a.txt', 'b.txt', 'c.exe'].map((name) => new File(['x'], name)) } });
    expect(await screen.findByRole('alert')).toHaveTextContent('c.exe is neither');
    // Words do not go without what belongs to them.
    await person.type(field(), 'look{Enter}');
    expect(onSend).not.toHaveBeenCalled();
    await person.click(screen.getByRole('button', { name: 'Remove c.exe' }));
    await person.click(screen.getByRole('button', { name: 'Remove a.txt' }));
    await person.type(field(), '{Enter}');
    expect(onSend.mock.calls).toEqual([['look', [{ id: 'b.txt', kind: 'text', name: 'b.txt', media_type: 'text/plain', bytes: 1 }]]]);
    expect(screen.queryByRole('list', { name: 'Goes with your message' })).toBeNull();
    await patiently(() => {
      expect(asked).toEqual(['POST a.txt', 'POST b.txt', 'POST c.exe', 'DELETE a.txt']);
    });
  });

  it('uploads again what found no server, and not what was no file to send', async () => {
    const person = userEvent.setup();
    let there = false;
    server.use(
      http.post('/api/v1/attachments', ({ request }) => {
        const name = new URL(request.url).searchParams.get('name') ?? '';
        if (name.endsWith('.exe')) return HttpResponse.json({ type: 'unsupported-attachment', title: '', status: 415, detail: 'No.' }, { status: 415 });
        return there ? HttpResponse.json({ id: name, kind: 'text', name, media_type: 'text/plain', bytes: 1 }, { status: 201 }) : HttpResponse.error();
      }),
      http.delete('/api/v1/attachments/:id', () => new HttpResponse(null, { status: 204 })),
      http.get('/api/v1/chat/switch', () => HttpResponse.json({})),
    );
    show(composer());
    fireEvent.change(screen.getByTestId('attach-file'), { target: { files: ['a.txt', 'c.exe'].map((name) => new File(['x'], name)) } });
    await patiently(() => {
      expect(screen.getAllByRole('alert')).toHaveLength(2);
    });
    there = true;
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    await patiently(() => {
      expect(screen.getAllByRole('alert')).toHaveLength(1);
    });
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
    for (const name of ['a.txt', 'c.exe']) fireEvent.click(screen.getByRole('button', { name: `Remove ${name}` }));
  });

  it('says what the model gets of each file', async () => {
    server.use(
      http.post('/api/v1/attachments', ({ request }) => {
        const name = new URL(request.url).searchParams.get('name') ?? '';
        const kinds: Record<string, object> = {
          'whole.md': { kind: 'text', characters: 1200, characters_read: 1200 },
          'long.csv': { kind: 'text', characters: 250_000, characters_read: 100_000 },
          'paper.pdf': { kind: 'file' },
          'mill.png': { kind: 'image', width: 8, height: 8 },
        };
        return HttpResponse.json({ id: name, name, media_type: 'text/plain', bytes: 1, ...kinds[name] }, { status: 201 });
      }),
      http.get('/api/v1/chat/switch', () => HttpResponse.json({ answers: { id: 'm', name: 'm', provider: 'local', state: 'ready', is_default: true, sees_images: false } })),
    );
    show(composer());
    fireEvent.change(screen.getByTestId('attach-file'), { target: { files: ['whole.md', 'long.csv', 'paper.pdf', 'mill.png'].map((name) => new File(['x'], name)) } });
    await screen.findByText('All of its 1,200 characters are read');
    await screen.findByText('The first 100,000 of its 250,000 characters are read');
    await screen.findByText('This model cannot read PDFs: it is told the name and the size, not what is written in it');
    await screen.findByText('This model cannot see pictures: it is told the name and the size');
    for (const name of ['whole.md', 'long.csv', 'paper.pdf', 'mill.png']) fireEvent.click(screen.getByRole('button', { name: `Remove ${name}` }));
  });

  it('says that a model which reads PDFs gets it whole', async () => {
    server.use(
      http.post('/api/v1/attachments', () => HttpResponse.json({ id: 'paper', name: 'paper.pdf', kind: 'file', media_type: 'application/pdf', bytes: 1 }, { status: 201 })),
      http.delete('/api/v1/attachments/paper', () => new HttpResponse(null, { status: 204 })),
      http.get('/api/v1/chat/switch', () => HttpResponse.json({ answers: { id: 'm', name: 'm', provider: 'far', state: 'ready', is_default: true, reads_documents: true } })),
    );
    show(composer());
    fireEvent.change(screen.getByTestId('attach-file'), { target: { files: [new File(['x'], 'paper.pdf')] } });
    await screen.findByText('The model gets the whole PDF and reads it');
    fireEvent.click(screen.getByRole('button', { name: 'Remove paper.pdf' }));
  });

  it('keeps a draft for each conversation, through leaving and a reload', async () => {
    const person = userEvent.setup();
    const { unmount } = show(composer());
    await person.type(field(), 'half a thou');
    unmount();
    expect(draftOf('c')).toBe('half a thou');
    show(composer());
    expect(field()).toHaveValue('half a thou');
  });

  it('keeps it for whoever wrote it, and nothing once nobody is inside', async () => {
    const person = userEvent.setup();
    const { unmount } = show(composer());
    await person.type(field(), 'of Ada');
    isInside(bob);
    expect(draftOf('c')).toBe('');
    // Ada has signed out in another window, which left nothing of hers here.
    localStorage.clear();
    isInside(null);
    unmount();
    expect({ ...localStorage }).toEqual({});
  });

  it('says how much too long a message is, and keeps it', () => {
    onSend.mockReset();
    show(composer());
    fireEvent.change(field(), { target: { value: 'x'.repeat(MESSAGE_MAX + 1) } });
    expect(screen.getByRole('alert')).toHaveTextContent('100,001 characters; at most 100,000 fit');
    fireEvent.keyDown(field(), { key: 'Enter' });
    expect(onSend).not.toHaveBeenCalled();
  });

  it('keeps a bounded number of drafts, the latest ones', () => {
    for (let index = 0; index < DRAFTS_KEPT + 5; index += 1) keepDraft(`k${String(index)}`, 'x');
    expect(draftOf('k0')).toBe('');
    expect(draftOf(`k${String(DRAFTS_KEPT + 4)}`)).toBe('x');
    localStorage.setItem(`lares.drafts.${ada.id}`, '{"not":"a list"}');
    expect(draftOf('k1')).toBe('');
  });
});
