/** A draft of what the person might say: its turn belongs to nobody's conversation, so its frames are followed here. */
import i18next from 'i18next';
import { create } from 'zustand';

import type { Problem } from './problems';
import type { TurnFrame } from './socket';

export interface Draft {
  clientId: string;
  conversationId: string;
  turnId: string | null;
  text: string;
  frame: number;
  state: 'asked' | 'writing' | 'done' | 'failed';
  problem?: Problem;
}
export const useImpersonation = create<{ draft: Draft | null }>(() => ({ draft: null }));

export function beginDraft(clientId: string, conversationId: string): void {
  useImpersonation.setState({ draft: { clientId, conversationId, turnId: null, text: '', frame: 0, state: 'asked' } });
}

export function changeDraft(change: Partial<Draft>): void {
  useImpersonation.setState(({ draft }) => ({ draft: draft && { ...draft, ...change } }));
}

export function forgetDraft(): void {
  useImpersonation.setState({ draft: null });
}

export const isOfDraft = (clientId: string | undefined): boolean => clientId !== undefined && clientId === useImpersonation.getState().draft?.clientId;

/** A draft does not go on over another line: what there is of it stays in the field. -> The turn that nobody waits for any more. */
export function loseDraft(): string | null {
  const { draft } = useImpersonation.getState();
  if (draft?.state !== 'asked' && draft?.state !== 'writing') return null;
  changeDraft({ state: 'failed', problem: { type: 'offline', detail: i18next.t('app.offline') } });
  return draft.turnId;
}

/** True: the frame was one of the draft's. */
export function onDraftFrame(frame: TurnFrame): boolean {
  const { draft } = useImpersonation.getState();
  if (!draft || draft.turnId !== frame.turnId) return false;
  if (frame.number <= draft.frame) return true;
  changeDraft({ frame: frame.number });
  if (frame.name === 'token') changeDraft({ text: draft.text + frame.data.text, state: 'writing' });
  else if (frame.name === 'turn_done') changeDraft({ text: frame.data.text, state: 'done' });
  else if (frame.name === 'error') changeDraft({ state: 'failed', problem: frame.data });
  return true;
}
