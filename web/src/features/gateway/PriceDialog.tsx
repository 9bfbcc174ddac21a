import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { FormDialog } from './FormDialog';
import type { Price } from './usage';

const FIELDS = ['input', 'output', 'cache_read', 'cache_write', 'reasoning'] as const;
type Field = (typeof FIELDS)[number];

interface Props {
  /** Empty: a new one. */
  name: string;
  price: Price | null;
  /** Whether the operator set it, so that it can be taken away again. */
  own: boolean;
  pending: boolean;
  error: unknown;
  onSave: (name: string, price: Price) => void;
  onRemove: () => void;
  onClose: () => void;
}

/** What a million tokens cost. Tiers that a table brought stay as they are. */
export function PriceDialog({ name, price, own, pending, error, onSave, onRemove, onClose }: Props) {
  const { t } = useTranslation();
  const [model, setModel] = useState(name);
  const [fields, setFields] = useState<Record<Field, string>>(() => Object.fromEntries(FIELDS.map((field) => [field, price?.[field] == null ? '' : String(price[field])])) as Record<Field, string>);
  const [tried, setTried] = useState(false);
  const bad = (field: Field) => fields[field].trim() !== '' && !/^\d+([.,]\d+)?$/.test(fields[field].trim());
  const submit = () => {
    setTried(true);
    if (model.trim() === '' || FIELDS.some(bad)) return;
    const numbers = Object.fromEntries(FIELDS.map((field) => [field, fields[field].trim() === '' ? null : Number(fields[field].replace(',', '.'))]));
    onSave(model.trim(), { ...price, ...numbers } as Price);
  };
  return (
    <FormDialog title={name === '' ? t('prices.add') : name} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Typography sx={{ color: 'text.secondary' }}>{t('prices.help')}</Typography>
        {name === '' && <TextField label={t('playground.model')} error={tried && model.trim() === ''} helperText={tried && model.trim() === '' ? t('accessKeys.needName') : t('prices.modelHelp')} value={model} onChange={(event) => { setModel(event.target.value); }} autoFocus />}
        {FIELDS.map((field) => (
          <TextField
            key={field}
            label={t(`prices.${field}`)}
            error={tried && bad(field)}
            helperText={tried && bad(field) ? t('accessKeys.badBudget') : ''}
            value={fields[field]}
            onChange={(event) => { setFields((before) => ({ ...before, [field]: event.target.value })); }}
            slotProps={{ htmlInput: { inputMode: 'decimal' } }}
          />
        ))}
        {error != null && <ErrorNote error={error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        {own && (
          <Button color="error" onClick={onRemove} sx={{ mr: 'auto' }}>
            {t('prices.remove')}
          </Button>
        )}
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={pending}>
          {t('accessKeys.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
