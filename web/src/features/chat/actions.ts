/** What the buttons, the menu and the keys of a message do, with what is said when it could not be done. */
import i18next from 'i18next';
import { create } from 'zustand';

import '../../i18n/pages';
import { onForget } from '../../app/preferences';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { askAnswer, useChat } from './client';
import { draftOf, keepDraft } from './drafts';
import { type ChatMessage, liveTurn } from './thread';
import { editMessage, markMessage, removeMessage, restoreMessage, selectMessage } from './tree';

const t = i18next.t.bind(i18next);
const say = (text: string, action?: { label: string; run: () => void }) => useNotices.getState().show(text, action);

/** Says why not, and whether it worked. */
async function attempt(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    say(explain(error, t));
    return false;
  }
}

export const isBusy = (conversationId: string): boolean => liveTurn(useChat.getState().threads[conversationId]) !== undefined;

export function placeOf(message: Pick<ChatMessage, 'id' | 'siblings'>): { index: number; count: number } {
  return { index: message.siblings?.index ?? 0, count: message.siblings?.count ?? 1 };
}

/** The one beside it; past the end of an answer's versions another one is asked for. */
export function swipe(conversationId: string, message: ChatMessage, by: -1 | 1, last: boolean): void {
  if (message.state === 'running' || isBusy(conversationId)) return;
  const { index, count } = placeOf(message);
  if (index + by < 0) return;
  if (index + by >= count) {
    if (last && message.role === 'assistant' && message.parent) regenerate(conversationId, message.id);
    return;
  }
  const ids = message.siblings?.ids ?? [];
  const target = ids[ids.indexOf(message.id) + by];
  if (target) void attempt(selectMessage(conversationId, target));
}

export function regenerate(conversationId: string, messageId: string): void {
  if (isBusy(conversationId)) return;
  if (!askAnswer(conversationId, 'retry', messageId)) say(t('app.offline'));
}

export function goOn(conversationId: string, message: Pick<ChatMessage, 'id' | 'state'>): void {
  if (isBusy(conversationId)) return;
  if (!askAnswer(conversationId, message.state === 'done' ? 'longer' : 'continue', message.id)) say(t('app.offline'));
}

export function mark(conversationId: string, message: ChatMessage, marks: { hidden?: boolean; pinned?: boolean }): void {
  void attempt(markMessage(conversationId, message.id, marks)).then((done) => {
    if (done && marks.hidden !== undefined) say(marks.hidden ? t('tree.hiddenNow') : t('tree.shownNow'));
  });
}

export async function remove(conversationId: string, messageId: string, all: boolean): Promise<void> {
  if (!(await attempt(removeMessage(conversationId, messageId, all)))) return;
  say(t('tree.removed'), {
    label: t('app.undo'),
    run: () => void attempt(restoreMessage(conversationId, messageId)),
  });
}

/** Texts that are being changed, by message. They outlive scrolling away, another page and a reload. */
export const useEditing = create<{ texts: Record<string, string>; saving: string[] }>(() => ({ texts: {}, saving: [] }));
onForget(() => {
  useEditing.setState({ texts: {}, saving: [] });
});
const draftKey = (messageId: string) => `edit:${messageId}`;

const forget = (messageId: string) => {
  keepDraft(draftKey(messageId), '');
  useEditing.setState(({ texts }) => ({ texts: Object.fromEntries(Object.entries(texts).filter(([id]) => id !== messageId)) }));
};

export function beginEdit(messageId: string, text: string): void {
  useEditing.setState(({ texts }) => ({ texts: { ...texts, [messageId]: texts[messageId] ?? (draftOf(draftKey(messageId)) || text) } }));
}

/** One that a reload interrupted. */
export function resumeEdit(messageId: string): void {
  const text = draftOf(draftKey(messageId));
  if (text !== '') beginEdit(messageId, text);
}

export function changeEdit(messageId: string, text: string): void {
  useEditing.setState(({ texts }) => ({ texts: { ...texts, [messageId]: text } }));
  keepDraft(draftKey(messageId), text);
}

/** Nothing that was written is lost by a key: what was changed can be taken up again. */
export function cancelEdit(messageId: string, before: string): void {
  const text = useEditing.getState().texts[messageId];
  forget(messageId);
  if (text === undefined || text === before) return;
  say(t('tree.editPutAside'), {
    label: t('tree.editResume'),
    run: () => {
      beginEdit(messageId, text);
      changeEdit(messageId, text);
    },
  });
}

export async function saveEdit(conversationId: string, message: ChatMessage, answer: boolean): Promise<void> {
  const { texts, saving } = useEditing.getState();
  const text = texts[message.id]?.trim();
  // A key that is held down saves once: each save is a version of its own.
  if (text === undefined || text === '' || saving.includes(message.id)) return;
  if (text === message.text && !answer) {
    forget(message.id);
    return;
  }
  useEditing.setState({ saving: [...saving, message.id] });
  const saved = await attempt(editMessage(conversationId, message.id, text, answer));
  useEditing.setState((now) => ({ saving: now.saving.filter((id) => id !== message.id) }));
  if (saved) forget(message.id);
}
