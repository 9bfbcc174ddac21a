/** Names for what the routes carry; everything else imports these, so only this file knows the schema's layout. */
import type { paths } from './schema';

/** Who may say a part of a prompt. */
export const roles = ['system', 'user', 'assistant'] as const;
export type Role = (typeof roles)[number];

type Ok<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

export type Setup = Ok<'/api/v1/setup'>;
export type Registration = Ok<'/api/v1/admin/registration'>;
export type User = Ok<'/api/v1/users/me'>;
export type Session = Ok<'/api/v1/auth/sessions'>['items'][number];
export type Character = Ok<'/api/v1/characters'>['items'][number];
export type CharacterDetail = Ok<'/api/v1/characters/{character_id}'>;
export type CharacterChange = NonNullable<paths['/api/v1/characters/{character_id}']['patch']['requestBody']>['content']['application/json'];
export type CharacterVersion = Ok<'/api/v1/characters/{character_id}/versions'>['items'][number];
export type Pronunciation = CharacterDetail['pronunciations'][number];
export type SpeechRequest = NonNullable<paths['/api/v1/tts/generate']['post']['requestBody']>['content']['application/json'];
export type VoiceEntry = Ok<'/api/v1/tts/voices'>['items'][number];
export type VoiceSettings = Ok<'/api/v1/voice/settings'>;
export type CompanionVoice = Ok<'/api/v1/voice/settings/{character_id}'>;
/** What is needed to show who speaks. */
export type Speaker = Pick<Character, 'name' | 'avatar_url' | 'bundled'>;
export type Conversation = Ok<'/api/v1/conversations'>['items'][number];
export type History = Ok<'/api/v1/chat/history'>;
export type HistoryItem = History['items'][number];
/** What a model was sent for an answer. */
export type SentPrompt = Ok<'/api/v1/conversations/{conversation_id}/messages/{message_id}/prompt'>;
export type SentPart = SentPrompt['parts'][number];
export type Status = Ok<'/api/v1/status'>;
export type Engine = Status['engines'][number];
export type Model = Ok<'/api/v1/models'>['items'][number];
