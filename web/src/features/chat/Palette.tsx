import Box from '@mui/material/Box';
import Dialog from '@mui/material/Dialog';
import InputBase from '@mui/material/InputBase';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react';

import { charactersQuery, conversationsQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { visuallyHidden } from '../../ui/Page';
import { Portrait } from '../companions/Portrait';
import { Marked } from './Marked';
import { searchPages } from './tree';

interface Option {
  key: string;
  group: 'companions' | 'conversations' | 'messages' | 'everything';
  name: string;
  companion: string | undefined;
  detail: React.ReactNode;
  go: () => void;
}
const PAUSE_MS = 200;
const EACH = 5;

/** From anywhere to anything: type a few letters, Enter. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const id = useId();
  const [text, setText] = useState('');
  const words = useDeferredValue(text.trim().toLocaleLowerCase());
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  const box = useRef<HTMLUListElement>(null);
  const characters = useQuery(charactersQuery);
  const conversations = useQuery(conversationsQuery);
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(words);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [words]);
  const found = useInfiniteQuery(searchPages({ q: asked.length > 1 ? asked : '' }));

  const has = (name: string) => name.toLocaleLowerCase().includes(words);
  const companionOf = (character: string) => characters.data?.find((one) => one.id === character);
  const options: Option[] = [
    ...(characters.data ?? [])
      .filter((one) => has(one.name))
      .slice(0, EACH)
      .map((one): Option => ({ key: one.id, group: 'companions', name: one.name, companion: one.id, detail: one.tagline, go: () => void navigate({ to: '/with/$characterId', params: { characterId: one.id } }) })),
    ...(conversations.data ?? [])
      .filter((one) => has(one.title))
      .slice(0, EACH)
      .map((one): Option => ({ key: one.id, group: 'conversations', name: one.title, companion: one.character_id, detail: companionOf(one.character_id)?.name, go: () => void navigate({ to: '/chat/$conversationId', params: { conversationId: one.id } }) })),
    ...(words === '' ? [] : (found.data?.pages[0]?.items ?? []))
      .slice(0, EACH + 3)
      .map((one): Option => ({ key: one.message_id, group: 'messages', name: one.title, companion: one.character_id, detail: <Marked text={one.snippet} ranges={one.matches} />, go: () => void navigate({ to: '/chat/$conversationId', params: { conversationId: one.conversation_id }, search: { at: one.message_id } }) })),
    ...(words === '' ? [] : [{ key: 'everything', group: 'everything' as const, name: t('find.all', { words: text.trim() }), companion: undefined, detail: '', go: () => void navigate({ to: '/search', search: { q: text.trim() } }) }]),
  ];
  const active = Math.min(at, options.length - 1);
  const optionId = (index: number) => `${id}-${String(index)}`;
  const choose = (option: Option | undefined) => {
    if (!option) return;
    onClose();
    option.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && options.length > 0) {
      event.preventDefault();
      const next = (active + step + options.length) % options.length;
      setAt(next);
      box.current?.querySelector(`#${CSS.escape(optionId(next))}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(options[active]);
    }
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby={`${id}-title`} slotProps={{ container: { sx: { alignItems: 'flex-start' } }, paper: { sx: { m: { xs: 1, sm: 4 }, width: { xs: 'calc(100% - 16px)', sm: 'calc(100% - 64px)' } } } }}>
      <Box component="h2" id={`${id}-title`} sx={visuallyHidden}>
        {t('find.title')}
      </Box>
      <InputBase
        autoFocus
        fullWidth
        placeholder={t('find.placeholder')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        startAdornment={<Icon name="search" size={20} />}
        inputProps={{ 'aria-label': t('find.placeholder'), role: 'combobox', 'aria-expanded': true, 'aria-controls': `${id}-list`, 'aria-activedescendant': options.length > 0 ? optionId(active) : undefined, 'aria-autocomplete': 'list', maxLength: 200, autoComplete: 'off' }}
        sx={{ px: 2.5, py: 1.5, gap: 1.5, '& input:focus-visible': { outline: 'none' }, borderBottom: 1, borderColor: 'divider' }}
      />
      <Box component="ul" ref={box} id={`${id}-list`} role="listbox" aria-label={t('find.results')} sx={{ listStyle: 'none', m: 0, p: 1, overflowY: 'auto', maxHeight: '60dvh', minHeight: 8 }}>
        {options.map((option, index) => {
          const companion = option.companion === undefined ? undefined : companionOf(option.companion);
          return (
            <Box
              component="li"
              key={`${option.group}-${option.key}`}
              id={optionId(index)}
              role="option"
              aria-selected={index === active}
              onMouseMove={() => {
                setAt(index);
              }}
              onClick={() => {
                choose(option);
              }}
              sx={{ display: 'flex', alignItems: 'center', gap: 1.5, p: 1, borderRadius: '12px', cursor: 'pointer', ...(index === active ? { bgcolor: 'bubble.main', color: 'bubble.text' } : {}) }}
            >
              {option.group === 'everything' ? <Icon name="search" size={20} /> : <Portrait name={companion?.name ?? option.name} url={companion?.avatar_url} bundled={companion?.bundled ?? false} size={32} />}
              <Box sx={{ flex: 1, minWidth: 0 }}>
                <Typography component="span" noWrap sx={{ display: 'block', fontWeight: 600, lineHeight: 1.3 }}>
                  {option.name}
                  <Box component="span" sx={visuallyHidden}>
                    {`, ${t(`find.group.${option.group}`)}`}
                  </Box>
                </Typography>
                <Typography component="span" variant="caption" noWrap sx={{ display: 'block' }}>
                  {option.detail}
                </Typography>
              </Box>
            </Box>
          );
        })}
      </Box>
      <Typography role="status" variant="body2" sx={{ color: 'text.secondary', px: 2.5, pb: 1.5 }}>
        {words !== '' && found.isSuccess && options.length === 1 ? t('find.noneTitle') : ''}
      </Typography>
    </Dialog>
  );
}
