import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { FormDialog } from './FormDialog';
import { type Allowance, type Where, wholeIn } from './limits';

const FIELDS = ['requests_per_minute', 'tokens_per_minute', 'burst'] as const;
const LABELS = { requests_per_minute: 'limits.requests', tokens_per_minute: 'limits.tokens', burst: 'limits.burst' } as const;
const NAMES = { tier: 'limits.tier', model: 'limits.model', tierModel: 'limits.model', route: 'limits.route' } as const;

interface Props {
  where: Where;
  /** Null: a new one, which gets its name here. */
  allowance: Allowance | null;
  pending: boolean;
  error: unknown;
  onSave: (where: Where, allowance: Allowance) => void;
  onRemove: () => void;
  onClose: () => void;
}

export function LimitDialog({ where, allowance, pending, error, onSave, onRemove, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(where.name);
  const [fields, setFields] = useState(() => Object.fromEntries(FIELDS.map((field) => [field, allowance?.[field] ? String(allowance[field]) : ''])) as Record<(typeof FIELDS)[number], string>);
  const [tried, setTried] = useState(false);
  const fresh = allowance === null;
  const bad = (field: (typeof FIELDS)[number]) => tried && wholeIn(fields[field]) === undefined;
  const submit = () => {
    setTried(true);
    if (name.trim() === '' || FIELDS.some((field) => wholeIn(fields[field]) === undefined)) return;
    onSave({ ...where, name: name.trim() }, Object.fromEntries(FIELDS.map((field) => [field, wholeIn(fields[field]) ?? 0])));
  };
  const title = fresh ? t(`limits.add_${where.kind}`) : where.kind === 'tierModel' ? t('limits.ofTier', { model: where.name, tier: where.tier }) : where.name;
  const help = where.kind === 'route' ? t('limits.routeHelp') : where.kind === 'tier' ? '' : t('limits.modelHelp');
  return (
    <FormDialog title={title} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Typography sx={{ color: 'text.secondary' }}>{t('limits.help')}</Typography>
        {fresh && (
          <TextField
            label={t(NAMES[where.kind])}
            error={tried && name.trim() === ''}
            helperText={tried && name.trim() === '' ? t('limits.needName') : help}
            value={name}
            onChange={(event) => { setName(event.target.value); }}
            slotProps={{ htmlInput: { maxLength: 256 } }}
            autoFocus
          />
        )}
        {FIELDS.map((field) => (
          <TextField
            key={field}
            label={t(LABELS[field])}
            error={bad(field)}
            helperText={bad(field) ? t('limits.badNumber') : field === 'burst' ? t('limits.burstHelp') : ''}
            value={fields[field]}
            onChange={(event) => { setFields((before) => ({ ...before, [field]: event.target.value })); }}
            slotProps={{ htmlInput: { inputMode: 'numeric' } }}
          />
        ))}
        {error != null && <ErrorNote error={error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        {!fresh && (
          <Button color="error" onClick={onRemove} sx={{ mr: 'auto' }}>
            {t('limits.remove')}
          </Button>
        )}
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={pending}>
          {t('limits.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
