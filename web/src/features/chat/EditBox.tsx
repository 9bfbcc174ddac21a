import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import InputBase from '@mui/material/InputBase';
import { type KeyboardEvent, useEffect, useRef } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { cancelEdit, changeEdit, saveEdit, useEditing } from './actions';
import type { ChatMessage } from './thread';

/** A message in place, as text. What it becomes stands beside what it was. */
export default function EditBox({ conversationId, message }: { conversationId: string; message: ChatMessage }) {
  const { t } = useTranslation();
  const text = useEditing((state) => state.texts[message.id]) ?? message.text;
  const field = useRef<HTMLTextAreaElement>(null);
  const saving = useEditing((state) => state.saving.includes(message.id));
  const own = message.role === 'user';

  useEffect(() => {
    const box = field.current;
    if (!box) return;
    box.focus({ preventScroll: true });
    box.setSelectionRange(box.value.length, box.value.length);
  }, []);

  const save = (answer: boolean) => void saveEdit(conversationId, message, answer);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || saving) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      cancelEdit(message.id, message.text);
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      save(false);
    }
  };
  return (
    <Box sx={{ border: 1, borderColor: 'primary.main', borderRadius: '18px', bgcolor: 'background.paper', p: 1, width: own ? 'min(560px, calc(100vw - 64px))' : '100%', maxWidth: '100%' }}>
      <InputBase
        multiline
        fullWidth
        minRows={2}
        maxRows={16}
        value={text}
        readOnly={saving}
        inputRef={field}
        inputProps={{ 'aria-label': own ? t('tree.editOwn') : t('tree.editAnswer') }}
        onChange={(event) => {
          changeEdit(message.id, event.target.value);
        }}
        onKeyDown={onKeyDown}
        sx={{ px: 1, py: 0.5, '& textarea:focus-visible': { outline: 'none' } }}
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: 0.5, pt: 0.5 }}>
        <Button
          size="small"
          disabled={saving}
          onClick={() => {
            cancelEdit(message.id, message.text);
          }}
        >
          {t('app.cancel')}
        </Button>
        {own && (
          <Button size="small" variant="outlined" disabled={text.trim() === ''} loading={saving} onClick={() => { save(true); }}>
            {t('tree.saveAndAnswer')}
          </Button>
        )}
        <Button size="small" variant="contained" disabled={text.trim() === ''} loading={saving} onClick={() => { save(false); }}>
          {t('card.save')}
        </Button>
      </Box>
    </Box>
  );
}
