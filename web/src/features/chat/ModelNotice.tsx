import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';

import { statusQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
import { answersQuery } from './answers';

const LinkButton = createLink(Button);

/** Why answers do not come yet, while that is so. */
export function ModelNotice({ conversationId }: { conversationId: string | undefined }) {
  const { t } = useTranslation();
  const status = useQuery(statusQuery);
  const engine = status.data?.engines.find((other) => other.kind === 'llm' && other.state !== 'ready');
  const answers = useQuery({ ...answersQuery(conversationId), enabled: engine !== undefined });
  // Whoever is answered from elsewhere waits for nobody here.
  if (!engine || (answers.data && answers.data.answers.provider !== 'local' && answers.data.answers.state !== 'failed')) return null;
  const failed = engine.state === 'failed';
  const percent = Math.round(engine.progress * 100);
  return (
    <Note
      severity={failed ? 'warning' : 'info'}
      role="status"
      mb={1}
      action={
        <LinkButton to="/status" color="inherit" size="small">
          {t('chat.seeStatus')}
        </LinkButton>
      }
    >
      {failed ? t('chat.failedModel', { detail: [engine.reason, engine.remedy].filter(Boolean).join(' ') }) : t('chat.loadingModel', { percent })}
      {!failed && <LinearProgress aria-hidden="true" variant="determinate" value={percent} sx={{ mt: 1, borderRadius: '10px' }} />}
    </Note>
  );
}
