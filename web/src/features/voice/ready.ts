/** Whether the server has a voice, and why not. */
import { keys } from '../../api/queries';
import type { Engine, Status } from '../../api/types';
import { queryClient } from '../../app/query';

export const isVoice = (engine: Engine): boolean => engine.kind === 'voice';

/** Undefined: the status has not been seen yet. */
export function serverHasVoice(status: Status | undefined = queryClient.getQueryData<Status>(keys.status)): boolean | undefined {
  return status?.engines.some((engine) => isVoice(engine) && engine.state === 'ready');
}
