import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLink, useBlocker } from '@tanstack/react-router';
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react';

import '../../i18n/pages';
import { api } from '../../api/client';
import type { Character } from '../../api/types';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { Placeholder } from '../../ui/Placeholder';
import { useNotices } from '../../ui/notices';
import { lorebookQuery } from '../lorebooks/lorebook';
import { useReader } from '../personas/reader';
import { CharacterNote } from './CharacterNote';
import { cardChanged, type CardValues, changesOf, type FieldName, fieldOf, loadValues } from './card';
import { Pronunciations } from './Pronunciations';
import { filledIn } from './names';
import { useTokens } from './tokens';

const LinkButton = createLink(Button);
const CardPreview = lazy(() => import('./CardPreview'));

export function EditDialog({ character, onClose }: { character: Pick<Character, 'id' | 'name'>; onClose: () => void }) {
  const { t } = useTranslation();
  const { id, name } = character;
  // Asked anew for each form, and never again while one is open.
  const loaded = useQuery({ queryKey: ['card-form', id], queryFn: () => loadValues(id), staleTime: Infinity, gcTime: 0 });
  const [dirty, setDirty] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const phone = useMediaQuery('(max-width: 599px)');
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });
  const close = () => {
    if (dirty) setLeaving(true);
    else onClose();
  };
  const stay = () => {
    setLeaving(false);
    if (blocker.status === 'blocked') blocker.reset();
  };
  const discard = () => {
    if (blocker.status === 'blocked') blocker.proceed();
    onClose();
  };

  return (
    <Dialog open onClose={close} fullWidth fullScreen={phone} maxWidth="lg" aria-labelledby="edit-title" scroll="paper">
      <DialogTitle id="edit-title" variant="h2" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        {t('card.editTitle', { name })}
      </DialogTitle>
      {loaded.data ? (
        <CardForm id={id} first={loaded.data} onDirty={setDirty} onCancel={close} onSaved={onClose} />
      ) : (
        <>
          <DialogContent dividers>{loaded.isError ? <ErrorNote error={loaded.error} onRetry={() => void loaded.refetch()} /> : <Placeholder height={320} />}</DialogContent>
          <DialogActions sx={{ p: 2 }}>
            <Button onClick={onClose}>{t('app.cancel')}</Button>
          </DialogActions>
        </>
      )}
      <Dialog open={leaving || blocker.status === 'blocked'} onClose={stay} aria-labelledby="leave-title" aria-describedby="leave-text">
        <DialogTitle id="leave-title" variant="h2" component="h2">
          {t('card.leaveTitle')}
        </DialogTitle>
        <DialogContent id="leave-text">{t('card.leaveText')}</DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button color="error" onClick={discard}>
            {t('card.discard')}
          </Button>
          <Button variant="contained" autoFocus onClick={stay}>
            {t('card.keep')}
          </Button>
        </DialogActions>
      </Dialog>
    </Dialog>
  );
}

/** The lorebook within the card has its own editor: each entry that is saved there is a version of the companion. */
function OwnBook({ id }: { id: string }) {
  const { t } = useTranslation();
  const book = useQuery(lorebookQuery({ character: id }));
  return (
    <Box sx={{ mt: 3 }}>
      <Typography variant="h3" component="h3">
        {t('card.lorebook')}
      </Typography>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        {t('card.lorebookText')}
      </Typography>
      {book.isError && <ErrorNote error={book.error} />}
      <LinkButton to="/lorebooks/of/$characterId" params={{ characterId: id }} size="small" startIcon={<Icon name="book" size={18} />}>
        {book.data && book.data.entry_count > 0 ? t('card.openLorebook', { count: book.data.entry_count }) : t('card.beginLorebook')}
      </LinkButton>
    </Box>
  );
}

type Single = Exclude<FieldName, 'alternate_greetings' | 'pronunciations' | 'depth_prompt' | 'visibility'>;
const rows = { name: 0, description: 4, personality: 2, scenario: 2, greeting: 3, example_messages: 3, tags: 2, system_prompt: 2, post_history_instructions: 2, creator_notes: 2, creator: 0, character_version: 0 } satisfies Record<Single, number>;
const MOST_ROWS = 14;
const multiline = (Object.keys(rows) as Single[]).filter((name) => rows[name] > 0);

function CardForm({ id, first, onDirty, onCancel, onSaved }: { id: string; first: CardValues; onDirty: (dirty: boolean) => void; onCancel: () => void; onSaved: () => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState(first);
  const [tried, setTried] = useState(false);
  const wide = useMediaQuery('(min-width: 900px)');
  const [preview, setPreview] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const show = useNotices((state) => state.show);

  // Counted as the model will read them.
  const user = useReader();
  const asRead = (text: string) => filledIn(text, values.name, user).trim();
  const count = useTokens([...multiline.map((name) => values[name]), values.depth_prompt.prompt].map(asRead));
  const tokensOf = (text: string) => count(asRead(text));
  const tokens = (text: string) => {
    const told = tokensOf(text);
    return t(told.exact ? 'trace.count' : 'library.tokens', { count: told.count });
  };

  const focus = (name: string) => {
    form.current?.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`)?.focus();
  };
  const save = useMutation({
    mutationFn: async () => {
      const change = changesOf(first, values);
      if (Object.keys(change).length === 0) return undefined;
      return (await api.PATCH('/api/v1/characters/{character_id}', { params: { path: { character_id: id } }, body: change })).data;
    },
    onSuccess: (detail) => {
      if (detail) {
        void cardChanged(detail);
        show(t('card.saved', { name: detail.name }));
      }
      onDirty(false);
      onSaved();
    },
    onError: (error) => {
      const at = fieldOf(error);
      if (at) focus(at.name === 'alternate_greetings' || at.name === 'pronunciations' ? `${at.name}.${String(at.index)}` : at.name);
    },
  });
  const refused = save.isError ? fieldOf(save.error) : undefined;

  const change = (part: Partial<CardValues>) => {
    const next = { ...values, ...part };
    setValues(next);
    onDirty(Object.keys(changesOf(first, next)).length > 0);
    if (save.isError) save.reset();
  };
  const problemOf = (name: FieldName, index = 0): string | undefined => {
    if (name === 'name' && tried && values.name.trim() === '') return t('card.nameNeeded');
    return refused?.name === name && refused.index === index ? explain(save.error, t) : undefined;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (values.name.trim() === '') focus('name');
    else if (!save.isPending) save.mutate();
  };
  const field = (name: Single, hint?: string) => {
    const problem = problemOf(name);
    return (
      <TextField
        name={name}
        label={t(`card.field.${name}`)}
        fullWidth
        margin="normal"
        required={name === 'name'}
        autoFocus={name === 'name'}
        value={values[name]}
        error={problem !== undefined}
        helperText={problem ?? [hint, rows[name] > 0 && values[name] !== '' && tokens(values[name])].filter(Boolean).join(' · ')}
        {...(rows[name] > 0 ? { multiline: true, minRows: rows[name], maxRows: MOST_ROWS } : {})}
        onChange={(event) => {
          change({ [name]: event.target.value });
        }}
      />
    );
  };
  const greetings = values.alternate_greetings;
  // Of a list that was shortened since, or of one that is empty: the refusal still has to stand somewhere.
  const lost = save.isError && (!refused || (refused.name === 'alternate_greetings' && refused.index >= greetings.length) || (refused.name === 'pronunciations' && refused.index >= values.pronunciations.length));

  return (
    <Box component="form" ref={form} onSubmit={submit} noValidate sx={{ display: 'contents' }}>
      <DialogContent dividers>
        {!wide && (
          <Button
            size="small"
            variant="outlined"
            aria-pressed={preview}
            onClick={() => {
              setPreview(!preview);
            }}
          >
            {preview ? t('library.write') : t('library.preview')}
          </Button>
        )}
        <Box sx={{ display: 'grid', gap: 3, gridTemplateColumns: wide ? 'minmax(0, 3fr) minmax(0, 2fr)' : 'minmax(0, 1fr)', alignItems: 'start' }}>
        <Box sx={preview && !wide ? { display: 'none' } : {}}>
        {field('name')}
        {field('description')}
        {field('personality')}
        {field('scenario')}
        {field('greeting', t('card.macros', { user: '{{user}}', char: '{{char}}' }))}
        {greetings.map((text, index) => {
          const problem = problemOf('alternate_greetings', index);
          const label = t('card.field.alternate', { number: index + 1 });
          return (
            <Box key={index} sx={{ display: 'flex', flexWrap: { xs: 'wrap', sm: 'nowrap' }, alignItems: 'center', columnGap: 1 }}>
              <TextField
                name={`alternate_greetings.${String(index)}`}
                label={label}
                fullWidth
                margin="normal"
                multiline
                minRows={2}
                maxRows={MOST_ROWS}
                value={text}
                error={problem !== undefined}
                helperText={problem}
                onChange={(event) => {
                  change({ alternate_greetings: greetings.with(index, event.target.value) });
                }}
              />
              <Button
                size="small"
                aria-label={t('card.removeGreeting', { label })}
                onClick={() => {
                  change({ alternate_greetings: greetings.toSpliced(index, 1) });
                }}
              >
                {t('card.remove')}
              </Button>
            </Box>
          );
        })}
        <Button
          size="small"
          startIcon={<Icon name="plus" size={18} />}
          onClick={() => {
            change({ alternate_greetings: [...greetings, ''] });
          }}
        >
          {t('card.addGreeting')}
        </Button>
        {field('example_messages')}
        {field('tags', t('card.tagsHelp'))}
        <TextField
          select
          name="visibility"
          label={t('card.field.visibility')}
          fullWidth
          margin="normal"
          value={values.visibility}
          error={problemOf('visibility') !== undefined}
          helperText={problemOf('visibility')}
          onChange={(event) => {
            change({ visibility: event.target.value as CardValues['visibility'] });
          }}
        >
          <MenuItem value="private">{t('card.private')}</MenuItem>
          <MenuItem value="public">{t('card.public')}</MenuItem>
        </TextField>
        <Pronunciations
          id={id}
          list={values.pronunciations}
          problemOf={(index) => problemOf('pronunciations', index)}
          onChange={(pronunciations) => {
            change({ pronunciations });
          }}
        />
        <OwnBook id={id} />
        <Typography variant="h3" component="h3" sx={{ mt: 3 }}>
          {t('card.forModel')}
        </Typography>
        {field('system_prompt')}
        {field('post_history_instructions')}
        <CharacterNote
          note={values.depth_prompt}
          tokens={tokens(values.depth_prompt.prompt)}
          problem={problemOf('depth_prompt')}
          onChange={(depth_prompt) => {
            change({ depth_prompt });
          }}
        />
        <Typography variant="h3" component="h3" sx={{ mt: 3 }}>
          {t('card.aboutCard')}
        </Typography>
        {field('creator_notes')}
        {field('creator')}
        {field('character_version')}
        </Box>
        {(wide || preview) && (
          <Box sx={wide ? { position: 'sticky', top: 8 } : {}}>
            <Suspense>
              <CardPreview values={values} tokensOf={tokensOf} />
            </Suspense>
          </Box>
        )}
        </Box>
      </DialogContent>
      {lost && (
        <Box sx={{ px: 3 }}>
          <ErrorNote error={save.error} />
        </Box>
      )}
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onCancel}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('card.save')}
        </Button>
      </DialogActions>
    </Box>
  );
}
