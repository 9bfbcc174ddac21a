import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { show } from '../../test/render';
import { server } from '../../test/server';
import { FakeSocket } from '../../test/sockets';
import { Announcer } from './Announcer';
import { startChat, useChat } from './client';
import { MessageView, PendingView } from './MessageView';
import { rowsOf } from './rows';
import { quiet, useVoice } from '../voice/store';
import { useVoicePreferences } from '../voice/preferences';
import { type ChatMessage, emptyThread, type Thread } from './thread';

const answer = (more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: 'a', parent: 'q', role: 'assistant', text: 'Good **evening**.', state: 'done', created: Date.UTC(2026, 10, 21, 8), seq: 4,
  usage: { prompt: 412, reused: 380, completion: 21 },
  trace: { model: 'SmolLM2', accepted_ms: 4, first_token_ms: 100, done_ms: 1100 },
  ...more,
});
const view = (message: ChatMessage, last = true) => <MessageView message={message} last={last} place={null} name="Juniper" character={undefined} conversationId="c" />;

let stop: () => void;
beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  stop = startChat();
  FakeSocket.last.open();
});
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

describe('an answer', () => {
  it('tells how it came about when asked', async () => {
    const person = userEvent.setup();
    show(view(answer()));
    const button = screen.getByRole('button', { name: 'How this answer came about' });
    expect(button).toHaveAttribute('aria-expanded', 'false');
    await person.click(button);
    expect(button).toHaveAttribute('aria-expanded', 'true');
    expect(screen.getByRole('rowheader', { name: 'First word' })).toBeInTheDocument();
    expect(screen.getByText('20 tokens per second')).toBeInTheDocument();
    expect(screen.getByText('380 tokens')).toBeInTheDocument();
  });

  it.each([
    ['interrupted', 'This answer was interrupted before it was finished.'],
    ['cut', 'You stopped this answer here.'],
  ] as const)('that was %s says so, can go on and can be tried again', async (state, words) => {
    const person = userEvent.setup();
    show(view(answer({ state })));
    expect(screen.getByText(words)).toBeInTheDocument();
    await person.click(screen.getByRole('button', { name: 'Continue' }));
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(FakeSocket.last.named('message').map(({ data }) => [data.continue_message_id, data.retry_message_id])).toEqual([['a', undefined], [undefined, 'a']]);
  });

  it('that failed before its first word says why and offers only another try', () => {
    show(view(answer({ state: 'interrupted', text: '', trace: null, problem: { type: 'model-missing', detail: 'No model is here. Add one.' } })));
    expect(screen.getByRole('alert')).toHaveTextContent('No answer came. No model is here. Add one.');
    expect(screen.queryByRole('button', { name: 'Continue' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });

  it('that has no word yet lets the message before it be changed or taken back', async () => {
    const person = userEvent.setup();
    const removed: string[] = [];
    server.use(
      http.delete('*/api/v1/conversations/c/messages/:id', ({ params, request }) => {
        removed.push(`${String(params.id)}${new URL(request.url).search}`);
        return new HttpResponse(null, { status: 204 });
      }),
      http.get('*/api/v1/chat/history', () => HttpResponse.json({ conversation_id: 'c', character_id: 'x', title: '', seq: 9, items: [], next: null })),
    );
    const question: ChatMessage = { id: 'q', parent: null, role: 'user', text: 'Is it late?', state: 'done', created: 0, seq: 1 };
    const stopped = answer({ state: 'cut', text: '' });
    useChat.setState({ threads: { c: { ...emptyThread('c'), seq: 4, messages: [question, stopped] } } });
    const { unmount } = show(
      <>
        {view(question, false)}
        {view(stopped)}
      </>,
    );
    await person.click(screen.getByRole('button', { name: 'Change your message' }));
    expect(await screen.findByRole('textbox', { name: 'Change your message' })).toHaveValue('Is it late?');
    await person.click(screen.getByRole('button', { name: 'Cancel' }));
    await person.click(screen.getByRole('button', { name: 'Take it back' }));
    expect(await screen.findByText('The message and what followed it were deleted.')).toBeInTheDocument();
    expect(removed).toEqual(['q']);
    unmount();
    show(view(answer({ state: 'cut' })));
    expect(screen.queryByRole('button', { name: 'Take it back' })).toBeNull();
  });

  it('says why it failed also after a reload, as the store has it', () => {
    show(view(answer({ state: 'interrupted', text: '', trace: { model: 'm', failure: { type: 'context-overflow', detail: 'The description is 20 tokens too long.' } } })));
    expect(screen.getByRole('alert')).toHaveTextContent('No answer came. The description is 20 tokens too long.');
  });

  it('says what is too long in the words of the page, from the store as from the socket', () => {
    const problem = { type: 'context-overflow', detail: 'Too long.', overflow: { part: 'description', tokens: 20, remedy: 'shorten-character' } };
    const text = 'No answer came. This does not fit into the model: the companion’s description is 20 tokens too long. Shorten it where you edit the companion';
    const { unmount } = show(view(answer({ state: 'interrupted', text: '', trace: { model: 'm', failure: problem } })));
    expect(screen.getByRole('alert')).toHaveTextContent(text);
    unmount();
    show(view(answer({ state: 'interrupted', text: '', trace: null, problem })));
    expect(screen.getByRole('alert')).toHaveTextContent(text);
  });

  it('keeps what was said when going on is not possible without a connection', async () => {
    const person = userEvent.setup();
    FakeSocket.last.drop();
    show(view(answer({ state: 'cut' })));
    await person.click(screen.getByRole('button', { name: 'Continue' }));
    expect(await screen.findByText(/No connection to the server/)).toBeInTheDocument();
    expect(screen.getByText('evening')).toBeInTheDocument();
  });

  it('is copied as it was written', async () => {
    const person = userEvent.setup();
    show(view(answer()));
    await person.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await screen.findByRole('button', { name: 'Copied' })).toBeInTheDocument();
    expect(await navigator.clipboard.readText()).toBe('Good **evening**.');
  });

  it('waits visibly', () => {
    const { rerender } = show(view(answer({ state: 'running', text: '' })));
    expect(screen.getByText('Juniper is thinking')).toBeInTheDocument();
    rerender(<MessageView message={answer({ state: 'running', text: '' })} last place={3} name="Juniper" character={undefined} conversationId="c" />);
    expect(screen.getByText('Waiting for a place: 3 in line')).toBeInTheDocument();
  });
});

describe('a message on its way', () => {
  it('says where it is, and what to do when it was refused', async () => {
    const person = userEvent.setup();
    const item = { clientId: 'k', key: 'c', text: 'Hello', at: 0 };
    useChat.setState({ connection: 'waiting' });
    const { unmount } = show(<PendingView item={{ ...item, state: 'waiting' }} />);
    expect(screen.getByText('Waiting for the connection')).toBeInTheDocument();
    act(() => {
      useChat.setState({ connection: 'open' });
    });
    expect(screen.getByText('Waiting for the answer above')).toBeInTheDocument();
    unmount();
    show(<PendingView item={{ ...item, state: 'refused', problem: { type: 'x', detail: 'Too long.' } }} />);
    expect(screen.getByRole('alert')).toHaveTextContent('Not sent: Too long.');
    await person.click(screen.getByRole('button', { name: 'Send again' }));
    expect(screen.getByText('Hello')).toBeInTheDocument();
  });
});

describe('rows', () => {
  const message = (id: string, created: number, more: Partial<ChatMessage> = {}): ChatMessage => ({ ...answer({ id, created, trace: null }), ...more });
  const day = (date: number) => new Date(2026, 10, date, 12).getTime();

  it('begin each day once', () => {
    const thread: Thread = { ...emptyThread('c'), messages: [message('1', day(1)), message('2', day(1)), message('3', day(2))] };
    expect(rowsOf(thread, [], undefined).map((row) => [row.key, row.day !== null])).toEqual([['beginning', false], ['1', true], ['2', false], ['3', true]]);
    expect(rowsOf({ ...thread, older: '1' }, [], undefined)[0]?.key).toBe('1');
  });

  it('show a sent message once, whether from here or from the server', () => {
    const thread: Thread = { ...emptyThread('c'), messages: [message('1', day(1), { role: 'user', client_id: 'k1' })] };
    const pending = (clientId: string) => ({ clientId, key: 'c', text: clientId, at: day(1), state: 'sending' as const });
    expect(rowsOf(thread, [pending('k1'), pending('k2')], undefined).map(({ key }) => key)).toEqual(['beginning', '1', 'pending-k2']);
  });
});

describe('a screen reader', () => {
  const turn = { id: 't', answerId: 'a', frame: 3, text: '', stored: '', place: null, voicePlace: null, lost: false, over: false, told: false };
  it('hears that an answer is written, then all of it, and nothing on loading', () => {
    const loaded: Thread = { ...emptyThread('c'), messages: [answer()] };
    const { container, rerender } = show(<Announcer thread={loaded} name="Juniper" />);
    const region = container.querySelector('[aria-live="polite"]');
    expect(region).toBeEmptyDOMElement();
    rerender(<Announcer thread={{ ...loaded, turns: { t: turn } }} name="Juniper" />);
    expect(region).toHaveTextContent('Juniper is writing');
    rerender(<Announcer thread={{ ...loaded, turns: { t: { ...turn, over: true } } }} name="Juniper" />);
    expect(region).toHaveTextContent('Juniper: Good **evening**.');
  });

  const speaks = (turnId: string | null) => {
    act(() => {
      useVoice.setState({ coming: null, speaking: { turnId, conversationId: 'c', messageId: null, caption: '', captionStart: 0, characters: 0 } });
    });
  };
  const falls = () => {
    act(() => {
      useVoice.setState(quiet);
    });
  };

  it('is not spoken over, and does not hear again what the voice has said', () => {
    const loaded: Thread = { ...emptyThread('c'), messages: [answer()] };
    const { container, rerender } = show(<Announcer thread={{ ...loaded, turns: { t: turn } }} name="Juniper" />);
    const region = container.querySelector('[aria-live="polite"]');
    expect(region).toHaveTextContent('Juniper is writing');
    speaks('t');
    expect(region).toBeEmptyDOMElement();
    rerender(<Announcer thread={{ ...loaded, turns: { t: { ...turn, over: true } } }} name="Juniper" />);
    expect(region).toBeEmptyDOMElement();
    falls();
    expect(region).toBeEmptyDOMElement();
  });

  it('hears the text of an answer that was made silent in the middle of it', () => {
    const loaded: Thread = { ...emptyThread('c'), messages: [answer()] };
    const { container, rerender } = show(<Announcer thread={{ ...loaded, turns: { t: turn } }} name="Juniper" />);
    speaks('t');
    act(() => {
      useVoicePreferences.setState({ muted: true });
    });
    rerender(<Announcer thread={{ ...loaded, turns: { t: { ...turn, over: true } } }} name="Juniper" />);
    falls();
    expect(container.querySelector('[aria-live="polite"]')).toHaveTextContent('Juniper: Good **evening**.');
    act(() => {
      useVoicePreferences.setState({ muted: false });
    });
  });

  it('hears the text of an answer whose voice is muted or failed, once', () => {
    const loaded: Thread = { ...emptyThread('c'), messages: [answer()], turns: { t: { ...turn, over: true } } };
    useVoicePreferences.setState({ muted: true });
    speaks('t');
    const muted = show(<Announcer thread={loaded} name="Juniper" />);
    expect(muted.container).toHaveTextContent('Juniper: Good **evening**.');
    muted.unmount();
    useVoicePreferences.setState({ muted: false });
    const failing = show(<Announcer thread={loaded} name="Juniper" />);
    expect(failing.container).toHaveTextContent('');
    act(() => {
      useVoice.setState({ ...quiet, note: { turnId: 't', text: 'The voice failed.' } });
    });
    expect(failing.container).toHaveTextContent('Juniper: Good **evening**.');
    // Another answer is read again: what was told stays as it is, and is not told anew.
    speaks(null);
    expect(failing.container).toHaveTextContent('Juniper: Good **evening**.');
    falls();
  });
});
