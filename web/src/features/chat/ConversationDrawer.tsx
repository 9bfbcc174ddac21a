import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Drawer from '@mui/material/Drawer';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { UnsavedDialog, useUnsaved } from '../../ui/Guard';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { Placeholder } from '../../ui/Placeholder';
import { RoleField } from '../../ui/RoleField';
import { changeBook, lorebooksQuery } from '../lorebooks/lorebook';
import { personasQuery } from '../personas/persona';
import ModelPicker from './ModelPicker';
import { changeConversation, type Clearable, type ConversationChange, type ConversationItem, conversationQuery, noNote, type Note, pinsQuery } from './tree';

const PinLink = createLink(Button);

/** What this conversation has of its own: who speaks in it, what is added to its prompt, what was pinned. */
export default function ConversationDrawer({ id, characterId, name, onClose }: { id: string; characterId: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const conversation = useQuery(conversationQuery(id));
  const [dirty, setDirty] = useState(false);
  const guard = useUnsaved(dirty, onClose);
  return (
    <Drawer open anchor="right" onClose={guard.close} slotProps={{ paper: { role: 'dialog', 'aria-labelledby': 'conversation-settings', sx: { width: 'min(94vw, 420px)', bgcolor: 'background.default' } } }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2.5, pt: 2 }}>
        <Typography id="conversation-settings" component="h2" variant="h2" sx={{ flex: 1 }}>
          {t('tree.settings')}
        </Typography>
        <IconButton aria-label={t('app.close')} onClick={guard.close} edge="end">
          <Icon name="close" />
        </IconButton>
      </Box>
      {conversation.isPending && (
        <Box sx={{ p: 2.5 }}>
          <Placeholder height={320} />
        </Box>
      )}
      {conversation.isError && (
        <Box sx={{ px: 2.5 }}>
          <ErrorNote error={conversation.error} onRetry={() => void conversation.refetch()} />
        </Box>
      )}
      {conversation.data && <Form conversation={conversation.data} characterId={characterId} name={name} onDirty={setDirty} onSaved={onClose} />}
      <UnsavedDialog guard={guard} />
    </Drawer>
  );
}

interface Values {
  title: string;
  persona_id: string;
  layout: 'compat' | 'stable' | '';
  note: Note;
}

const valuesOf = (one: ConversationItem): Values => ({ title: one.title, persona_id: one.persona_id ?? '', layout: one.layout ?? '', note: { ...noNote, ...one.author_note } });

/** Only what differs, so that two windows that change different things both keep theirs. */
export function conversationChange(before: Values, now: Values): ConversationChange {
  const change: ConversationChange = {};
  if (now.title.trim() !== '' && now.title !== before.title) change.title = now.title.trim();
  const clear: Clearable[] = [];
  if (now.persona_id !== before.persona_id) {
    if (now.persona_id) change.persona_id = now.persona_id;
    else clear.push('persona_id');
  }
  if (now.layout !== before.layout) {
    if (now.layout) change.layout = now.layout;
    else clear.push('layout');
  }
  if (JSON.stringify(now.note) !== JSON.stringify(before.note)) {
    if (now.note.text.trim() !== '') change.author_note = now.note;
    else if (before.note.text !== '') clear.push('author_note');
  }
  return clear.length > 0 ? { ...change, clear } : change;
}

function Form({ conversation, characterId, name, onDirty, onSaved }: { conversation: ConversationItem; characterId: string; name: string; onDirty: (dirty: boolean) => void; onSaved: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const personas = useQuery(personasQuery);
  const [before] = useState(() => valuesOf(conversation));
  const [values, setValues] = useState(before);
  const save = useMutation({
    mutationFn: async () => {
      const change = conversationChange(before, values);
      if (Object.keys(change).length > 0) await changeConversation(conversation.id, change);
    },
    onSuccess: () => {
      onDirty(false);
      onSaved();
      show(t('tree.settingsSaved'));
    },
  });
  const change = (part: Partial<Values>) => {
    const next = { ...values, ...part };
    setValues(next);
    onDirty(Object.keys(conversationChange(before, next)).length > 0);
    if (save.isError) save.reset();
  };
  const note = (part: Partial<Note>) => {
    change({ note: { ...values.note, ...part } });
  };
  const whole = (text: string) => Math.max(0, Math.min(10_000, Math.trunc(Number(text)) || 0));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  const usual = personas.data?.find((persona) => persona.default);
  return (
    <Box component="form" onSubmit={submit} noValidate sx={{ display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 }}>
      <Box sx={{ flex: 1, overflowY: 'auto', px: 2.5, pb: 2 }}>
        <TextField
          fullWidth
          margin="normal"
          label={t('tree.title')}
          value={values.title}
          slotProps={{ htmlInput: { maxLength: 200 } }}
          onChange={(event) => {
            change({ title: event.target.value });
          }}
        />
        <TextField
          select
          fullWidth
          margin="normal"
          label={t('tree.persona')}
          value={personas.data?.some((persona) => persona.id === values.persona_id) ? values.persona_id : ''}
          onChange={(event) => {
            change({ persona_id: event.target.value });
          }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{usual ? t('tree.usualPersona', { name: usual.name }) : t('tree.noPersona')}</MenuItem>
          {personas.data?.map((persona) => (
            <MenuItem key={persona.id} value={persona.id}>
              {persona.name}
            </MenuItem>
          ))}
        </TextField>
        <ModelPicker choosing={{ conversation: conversation.id }} />
        <Typography variant="h3" component="h3" sx={{ mt: 2 }}>
          {t('tree.note')}
        </Typography>
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          {t('tree.noteText', { name })}
        </Typography>
        <TextField
          fullWidth
          multiline
          minRows={3}
          maxRows={10}
          margin="normal"
          label={t('tree.note')}
          value={values.note.text}
          onChange={(event) => {
            note({ text: event.target.value });
          }}
        />
        <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 1fr', columnGap: 1.5 }}>
          <TextField
            select
            margin="dense"
            label={t('lore.where')}
            value={values.note.position}
            onChange={(event) => {
              note({ position: event.target.value as Note['position'] });
            }}
          >
            {(['in_chat', 'after_scenario', 'before_scenario'] as const).map((position) => (
              <MenuItem key={position} value={position}>
                {t(`tree.notePlace.${position}`)}
              </MenuItem>
            ))}
          </TextField>
          <RoleField
            margin="dense"
            value={values.note.role}
            onChange={(role) => {
              note({ role });
            }}
          />
          <TextField
            type="number"
            margin="dense"
            label={t('lore.depth')}
            value={values.note.depth}
            disabled={values.note.position !== 'in_chat'}
            onChange={(event) => {
              note({ depth: whole(event.target.value) });
            }}
          />
          <TextField
            type="number"
            margin="dense"
            label={t('tree.interval')}
            value={values.note.interval}
            onChange={(event) => {
              note({ interval: whole(event.target.value) });
            }}
          />
        </Box>
        <FormControlLabel
          control={
            <Checkbox
              checked={values.note.allow_scan}
              onChange={(event) => {
                note({ allow_scan: event.target.checked });
              }}
            />
          }
          label={t('tree.noteScan')}
        />
        <TextField
          select
          fullWidth
          margin="normal"
          label={t('tree.layout')}
          helperText={t('tree.layoutText')}
          value={values.layout}
          onChange={(event) => {
            change({ layout: event.target.value as Values['layout'] });
          }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
        >
          <MenuItem value="">{t('tree.asServer')}</MenuItem>
          <MenuItem value="stable">{t('why.stable')}</MenuItem>
          <MenuItem value="compat">{t('why.compat')}</MenuItem>
        </TextField>
        <Books id={conversation.id} characterId={characterId} />
        <Pins id={conversation.id} />
        {save.isError && <ErrorNote error={save.error} />}
      </Box>
      <Box sx={{ display: 'flex', justifyContent: 'flex-end', p: 2, borderTop: 1, borderColor: 'divider' }}>
        <Button type="submit" variant="contained" loading={save.isPending}>
          {t('card.save')}
        </Button>
      </Box>
    </Box>
  );
}

/** Which books wake here; only those of this conversation are changed from here. */
function Books({ id, characterId }: { id: string; characterId: string }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const books = useQuery(lorebooksQuery);
  const all = books.data ?? [];
  const here = all.filter((book) => book.scopes.some((scope) => scope.conversation_id === id)).map((book) => book.id);
  const elsewhere = all.filter((book) => book.scopes.some((scope) => scope.scope === 'global' || scope.character_id === characterId));
  const choose = (ids: string[]) => {
    const work = all.flatMap((book) => {
      const [was, is] = [here.includes(book.id), ids.includes(book.id)];
      if (was === is) return [];
      const others = book.scopes.filter((scope) => scope.conversation_id !== id);
      return [changeBook(book.at, { scopes: is ? [...others, { scope: 'conversation' as const, conversation_id: id }] : others })];
    });
    Promise.all(work).catch((error: unknown) => show(explain(error, t)));
  };
  return (
    <>
      <Typography variant="h3" component="h3" sx={{ mt: 2 }}>
        {t('lore.title')}
      </Typography>
      <TextField
        select
        fullWidth
        margin="normal"
        label={t('tree.booksHere')}
        value={here}
        onChange={(event) => {
          choose(event.target.value as unknown as string[]);
        }}
        slotProps={{ select: { multiple: true, displayEmpty: true, renderValue: (ids) => (ids as string[]).map((one) => all.find((book) => book.id === one)?.name ?? '').join(', ') || t('persona.noBook') }, inputLabel: { shrink: true } }}
      >
        {all.map((book) => (
          <MenuItem key={book.id} value={book.id}>
            {book.name}
          </MenuItem>
        ))}
      </TextField>
      {elsewhere.length > 0 && (
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>
          {t('tree.booksAnyway', { names: elsewhere.map((book) => book.name).join(', ') })}
        </Typography>
      )}
    </>
  );
}

function Pins({ id }: { id: string }) {
  const { t } = useTranslation();
  const pins = useQuery(pinsQuery(id)).data ?? [];
  if (pins.length === 0) return null;
  return (
    <>
      <Typography variant="h3" component="h3" sx={{ mt: 2 }}>
        {t('tree.pins')}
      </Typography>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {pins.map((message) => (
          <li key={message.id}>
            <PinLink to="/chat/$conversationId" params={{ conversationId: id }} search={{ at: message.id }} size="small" sx={{ display: 'block', width: '100%', textAlign: 'left', fontWeight: 400, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', px: 1 }}>
              {message.text.slice(0, 120)}
            </PinLink>
          </li>
        ))}
      </Box>
    </>
  );
}
