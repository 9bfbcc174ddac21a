import CircularProgress from '@mui/material/CircularProgress';
import Divider from '@mui/material/Divider';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { useMutation } from '@tanstack/react-query';
import { createLink } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import type { Character } from '../../api/types';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { duplicate, exportCard, type Format, formats, type Spec, specs } from './card';

const LinkItem = createLink(MenuItem);

/** Export and copy for everyone who sees the companion; edit and history for whom it belongs to. */
export function CardMenu({ character, onEdit, onPortrait, onHistory, onCopied }: { character: Pick<Character, 'id' | 'name' | 'mine'>; onEdit: () => void; onPortrait: () => void; onHistory: () => void; onCopied: () => void }) {
  const { t } = useTranslation();
  const { id, name, mine } = character;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const show = useNotices((state) => state.show);
  const say = (error: unknown) => {
    show(explain(error, t));
  };
  const save = useMutation({ mutationFn: ({ format, spec }: { format: Format; spec?: Spec }) => exportCard(id, name, format, spec), onError: say });
  const copy = useMutation({
    mutationFn: () => duplicate(id),
    onSuccess: () => {
      show(t('card.copied', { name }));
      onCopied();
    },
    onError: say,
  });
  const then = (work: () => void) => () => {
    setOpen(false);
    work();
  };
  const busy = save.isPending || copy.isPending;
  return (
    <>
      <IconButton
        ref={button}
        id="card-menu-button"
        aria-label={t('card.menu', { name })}
        aria-haspopup="menu"
        aria-expanded={open}
        // Not `loading`, which disables: the button has just got the focus back from the menu.
        aria-busy={busy}
        aria-disabled={busy}
        onClick={() => {
          if (!busy) setOpen(true);
        }}
      >
        {busy ? <CircularProgress color="inherit" size={20} aria-hidden="true" /> : <Icon name="dots" />}
      </IconButton>
      <Menu
        open={open}
        anchorEl={() => button.current}
        // Within the dialog, not beside it: what lies outside of both dialog and landmarks is lost to who jumps by them.
        container={() => button.current?.closest('[role="dialog"]') ?? document.body}
        onClose={() => {
          setOpen(false);
        }}
        slotProps={{ list: { 'aria-labelledby': 'card-menu-button' } }}
      >
        {mine && <MenuItem onClick={then(onEdit)}>{t('card.edit')}</MenuItem>}
        {mine && <MenuItem onClick={then(onPortrait)}>{t('card.portrait')}</MenuItem>}
        {mine && <LinkItem to="/lorebooks/of/$characterId" params={{ characterId: id }}>{t('card.lorebook')}</LinkItem>}
        {mine && <MenuItem onClick={then(onHistory)}>{t('card.history')}</MenuItem>}
        <MenuItem
          onClick={then(() => {
            copy.mutate();
          })}
        >
          {t('card.duplicate')}
        </MenuItem>
        <Divider component="li" role="separator" />
        {formats.map((format) => (
          <MenuItem
            key={format}
            onClick={then(() => {
              save.mutate({ format });
            })}
          >
            {t('card.export', { format: format.toUpperCase() })}
          </MenuItem>
        ))}
        {specs.map((spec) => (
          <MenuItem
            key={spec}
            onClick={then(() => {
              save.mutate({ format: 'json', spec });
            })}
          >
            {t('card.exportForm', { form: spec.toUpperCase() })}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
