import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import { charactersQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/Note';
import { visuallyHidden } from '../../ui/Page';
import { importChat } from './tree';

const LinkButton = createLink(Button);

interface Result {
  key: number;
  file: string;
  conversationId?: string;
  text: string;
}

/** Chats of SillyTavern and our own files: each belongs to a companion, each tells what came of it. */
export default function ImportChats({ first, onClose }: { first: string; onClose: () => void }) {
  const { t } = useTranslation();
  const characters = useQuery(charactersQuery);
  const [character, setCharacter] = useState(first);
  const [results, setResults] = useState<Result[]>([]);
  const [left, setLeft] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const next = useRef(0);

  const add = async (files: File[]) => {
    if (character === '') return;
    setLeft((count) => count + files.length);
    for (const file of files) {
      next.current += 1;
      const key = next.current;
      let result: Result;
      try {
        const { conversation, messages, skipped } = await importChat(character, file);
        result = { key, file: file.name, conversationId: conversation.id, text: [t('tree.importedMessages', { count: messages }), ...(skipped.length > 0 ? [t('tree.importSkipped', { count: skipped.length }), ...skipped.slice(0, 3).map(({ line, reason }) => `${String(line)}: ${reason}`)] : [])].join(' ') };
      } catch (error) {
        result = { key, file: file.name, text: explain(error, t) };
      }
      setResults((list) => [...list, result]);
      setLeft((count) => count - 1);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="import-chats-title">
      <DialogTitle id="import-chats-title" variant="h2" component="h2">
        {t('tree.importTitle')}
      </DialogTitle>
      <DialogContent>
        <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t('tree.importText')}</Typography>
        <TextField
          select
          fullWidth
          label={t('find.companion')}
          value={character}
          onChange={(event) => {
            setCharacter(event.target.value);
          }}
          sx={{ my: 1 }}
        >
          {characters.data?.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
        <input
          ref={input}
          type="file"
          accept=".jsonl,.json,.ndjson"
          multiple
          tabIndex={-1}
          aria-hidden="true"
          data-testid="chat-file"
          style={visuallyHidden}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            void add(files);
          }}
        />
        <Button variant="contained" disabled={character === ''} loading={left > 0} startIcon={<Icon name="upload" size={20} />} onClick={() => input.current?.click()}>
          {t('companions.importChoose')}
        </Button>
        <Box role="status" sx={{ mt: 2, display: 'grid', gap: 1.5 }}>
          {results.map((result) => (
            <Note
              key={result.key}
              severity={result.conversationId ? 'success' : 'error'}
              action={
                result.conversationId && (
                  <LinkButton to="/chat/$conversationId" params={{ conversationId: result.conversationId }} color="inherit" size="small" onClick={onClose}>
                    {t('tree.open')}
                  </LinkButton>
                )
              }
            >
              <strong>{result.file}</strong>
              <br />
              {result.text}
            </Note>
          ))}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.close')}</Button>
      </DialogActions>
    </Dialog>
  );
}
