import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { roles, type SentPart, type SentPrompt } from '../../api/types';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Placeholder } from '../../ui/Placeholder';
import { because } from './reasons';
import { positions } from '../lorebooks/lorebook';
import type { ChatMessage } from './thread';
import { TraceDetail } from './TraceDetail';
import { promptQuery } from './tree';

type View = 'parts' | 'messages' | 'time';
const views: View[] = ['parts', 'messages', 'time'];

/** What was sent for an answer, part by part: where each came from, whether it went in, and why. */
export default function WhyDialog({ conversationId, message, onClose }: { conversationId: string; message: ChatMessage; onClose: () => void }) {
  const { t } = useTranslation();
  const phone = useMediaQuery('(max-width: 599px)');
  const prompt = useQuery(promptQuery(conversationId, message.id));
  const [view, setView] = useState<View>('parts');
  const shown = views.filter((one) => one !== 'time' || message.trace);
  return (
    <Dialog open onClose={onClose} fullWidth fullScreen={phone} maxWidth="md" aria-labelledby="why-title" scroll="paper">
      <DialogTitle id="why-title" variant="h2" component="h2">
        {t('why.title')}
      </DialogTitle>
      <DialogContent dividers tabIndex={0}>
        <Typography variant="body2" sx={{ color: 'text.secondary', mb: 2 }}>
          {t('why.lead')}
        </Typography>
        {prompt.data && <Sums prompt={prompt.data} message={message} />}
        <ToggleButtonGroup
          exclusive
          size="small"
          value={view}
          aria-label={t('why.view')}
          onChange={(_, next: View | null) => {
            if (next) setView(next);
          }}
          sx={{ mb: 2, flexWrap: 'wrap' }}
        >
          {shown.map((one) => (
            <ToggleButton key={one} value={one}>
              {t(`why.${one}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {view === 'time' && message.trace && <TraceDetail trace={message.trace} usage={message.usage} turnId={message.turn_id} />}
        {view !== 'time' && prompt.isPending && <Placeholder height={240} />}
        {view !== 'time' && prompt.isError && <ErrorNote error={prompt.error} onRetry={() => void prompt.refetch()} />}
        {view === 'parts' && prompt.data && <Parts parts={prompt.data.parts} />}
        {view === 'messages' && prompt.data && <Messages prompt={prompt.data} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose} autoFocus>
          {t('app.close')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Sums({ prompt, message }: { prompt: SentPrompt; message: ChatMessage }) {
  const { t } = useTranslation();
  const reused = prompt.reused ?? message.usage?.reused;
  const fresh = prompt.new_tokens ?? (message.usage ? message.usage.prompt - message.usage.reused : undefined);
  const facts: [string, string | undefined][] = [
    [t('trace.model'), prompt.model ?? message.trace?.model],
    [t('why.layout'), prompt.layout ? t(prompt.layout === 'stable' ? 'why.stable' : 'why.compat') : undefined],
    [t('why.sent'), t('trace.count', { count: prompt.tokens })],
    [t('trace.reused'), reused == null ? undefined : t('trace.count', { count: reused })],
    [t('why.fresh'), fresh == null ? undefined : t('trace.count', { count: fresh })],
  ];
  return (
    <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: { xs: 'auto 1fr', sm: 'repeat(3, auto 1fr)' }, gap: 0.5, columnGap: 2, m: 0, mb: 2, p: 2, borderRadius: '14px', bgcolor: 'sunken.main', fontSize: '0.85rem' }}>
      {facts.map(
        ([name, value]) =>
          value && (
            <Box key={name} sx={{ display: 'contents' }}>
              <Box component="dt" sx={{ color: 'text.secondary' }}>
                {name}
              </Box>
              <Box component="dd" sx={{ m: 0, fontWeight: 600, overflowWrap: 'anywhere' }}>
                {value}
              </Box>
            </Box>
          ),
      )}
    </Box>
  );
}

const SHOWN = 400;

function Words({ text }: { text: string }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const long = text.length > SHOWN;
  return (
    <Box>
      <Box sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: '0.85rem' }}>{whole || !long ? text : `${text.slice(0, SHOWN)}…`}</Box>
      {long && (
        <Button
          size="small"
          onClick={() => {
            setWhole(!whole);
          }}
        >
          {whole ? t('why.less') : t('why.whole')}
        </Button>
      )}
    </Box>
  );
}

const sources = ['main', 'description', 'personality', 'scenario', 'persona', 'example', 'greeting', 'post_history', 'history', 'lore', 'auxiliary', 'note', 'depth_prompt', 'nudge', 'separator'] as const;
const oneOf = <Name extends string>(names: readonly Name[], name: string): name is Name => (names as readonly string[]).includes(name);

/** What is in comes first, in the order it was sent; then what stayed out. */
export function inOrder<Part extends Pick<SentPart, 'in'>>(parts: Part[]): Part[] {
  return [...parts.filter((part) => part.in), ...parts.filter((part) => !part.in)];
}

function Parts({ parts }: { parts: SentPart[] }) {
  const { t } = useTranslation();
  const most = Math.max(1, ...parts.map((part) => part.tokens));
  const named = (source: string) => (oneOf(sources, source) ? t(`why.source.${source}`) : source);
  const place = (position: string) => (oneOf(positions, position) ? t(`lore.position.${position}`) : position);
  return (
    <Box component="ul" aria-label={t('why.parts')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {inOrder(parts).map((part, index) => (
        <Box component="li" key={index} sx={{ py: 1.25, borderTop: 1, borderColor: 'divider', opacity: part.in ? 1 : 0.75 }}>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'baseline', columnGap: 1 }}>
            <Typography component="span" sx={{ fontWeight: 650, overflowWrap: 'anywhere' }}>
              {part.title || named(part.source)}
            </Typography>
            <Typography component="span" variant="caption" sx={{ color: part.in ? 'success.main' : 'warning.main', fontWeight: 650 }}>
              {part.in ? t('why.in') : t('why.out')}
            </Typography>
            <Typography component="span" variant="caption" sx={{ color: 'text.secondary', ml: 'auto', fontVariantNumeric: 'tabular-nums' }}>
              {t('trace.count', { count: part.tokens })}
            </Typography>
          </Box>
          <Box aria-hidden="true" sx={{ height: 4, borderRadius: 2, bgcolor: 'divider', my: 0.5 }}>
            <Box sx={{ height: 4, borderRadius: 2, bgcolor: part.in ? 'secondary.main' : 'text.secondary' }} style={{ width: `${String((part.tokens / most) * 100)}%` }} />
          </Box>
          <Typography variant="caption" component="p" sx={{ color: 'text.secondary' }}>
            {[part.title && named(part.source), place(part.position), because(t, part)].filter(Boolean).join(' · ')}
          </Typography>
          {part.text !== '' && <Words text={part.text} />}
        </Box>
      ))}
    </Box>
  );
}

function Messages({ prompt }: { prompt: SentPrompt }) {
  const { t } = useTranslation();
  return (
    <Box component="ol" aria-label={t('why.messages')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {prompt.messages.map((one, index) => (
        <Box component="li" key={index} sx={{ py: 1.25, borderTop: 1, borderColor: 'divider' }}>
          <Typography component="p" variant="caption" sx={{ fontWeight: 650 }}>
            {index + 1}. {oneOf(roles, one.role) ? t(`lore.roles.${one.role}`) : one.role}
            {one.name ? ` (${one.name})` : ''}
          </Typography>
          <Words text={one.content} />
        </Box>
      ))}
    </Box>
  );
}
