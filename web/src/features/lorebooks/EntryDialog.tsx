// Long because an entry has many fields; each stands once, in the order in which people look for it.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { UnsavedDialog, useUnsaved } from '../../ui/Guard';
import { NumberField } from '../../ui/NumberField';
import { RoleField } from '../../ui/RoleField';
import { useTokens } from '../companions/tokens';
import { type BookAt, type EntryFields, keyProblems, keysOf, keysText, logics, matchFields, positions, removeEntry, saveEntry, triggers } from './lorebook';

type Name<Value> = { [Key in keyof EntryFields]-?: EntryFields[Key] extends Value ? Key : never }[keyof EntryFields];

export function EntryDialog({ at, uid, first, onClose }: { at: BookAt; uid: number | null; first: EntryFields; onClose: () => void }) {
  const { t } = useTranslation();
  const phone = useMediaQuery('(max-width: 599px)');
  const [values, setValues] = useState<EntryFields>(first);
  const dirty = JSON.stringify(first) !== JSON.stringify(values);
  const guard = useUnsaved(dirty, onClose);
  const name = first.comment || first.keys[0] || t('lore.newEntry');
  const tokens = useTokens([values.content])(values.content);
  const save = useMutation({ mutationFn: () => saveEntry(at, uid, values), onSuccess: onClose });
  const remove = useMutation({
    mutationFn: async () => {
      if (uid !== null) await removeEntry(at, uid, t('lore.entryRemoved', { name }));
    },
    onSuccess: onClose,
  });
  const change = (part: Partial<EntryFields>) => {
    setValues((old) => ({ ...old, ...part }));
    if (save.isError) save.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };

  const toggle = (field: Name<boolean>, label: string) => (
    <FormControlLabel
      control={
        <Switch
          checked={values[field]}
          onChange={(event) => {
            change({ [field]: event.target.checked });
          }}
        />
      }
      label={label}
    />
  );
  const number = (field: Name<number>, label: string, { min = 0, max = 1_000_000, help }: { min?: number; max?: number; help?: string } = {}) => (
    <NumberField
      fullWidth
      margin="dense"
      label={label}
      helperText={help}
      value={values[field]}
      min={min}
      max={max}
      onChange={(value) => {
        change({ [field]: value });
      }}
    />
  );
  /** Absent: as the settings of the scan say. */
  const perhaps = (field: 'group_scoring' | 'case_sensitive' | 'whole_words', label: string) => (
    <TextField
      select
      fullWidth
      margin="dense"
      label={label}
      value={values[field] == null ? '' : values[field] ? 'yes' : 'no'}
      onChange={(event) => {
        change({ [field]: event.target.value === '' ? null : event.target.value === 'yes' });
      }}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{t('lore.asSettings')}</MenuItem>
      <MenuItem value="yes">{t('lore.yes')}</MenuItem>
      <MenuItem value="no">{t('lore.no')}</MenuItem>
    </TextField>
  );
  const several = <Value extends string>(field: 'match' | 'triggers', label: string, all: readonly Value[], named: (value: Value) => string, empty = t('lore.any')) => (
    <TextField
      select
      fullWidth
      margin="dense"
      label={label}
      value={values[field]}
      onChange={(event) => {
        change({ [field]: event.target.value as unknown as Value[] });
      }}
      slotProps={{ select: { multiple: true, displayEmpty: true, renderValue: (chosen) => (chosen as Value[]).map(named).join(', ') || empty }, inputLabel: { shrink: true } }}
    >
      {all.map((value) => (
        <MenuItem key={value} value={value}>
          {named(value)}
        </MenuItem>
      ))}
    </TextField>
  );

  return (
    <Dialog open onClose={guard.close} fullWidth fullScreen={phone} maxWidth="md" aria-labelledby="entry-title" scroll="paper">
      <Box component="form" onSubmit={submit} noValidate sx={{ display: 'contents' }}>
        <DialogTitle id="entry-title" variant="h2" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          {name}
        </DialogTitle>
        <DialogContent dividers>
          <TextField
            autoFocus={uid === null}
            fullWidth
            margin="dense"
            label={t('lore.name')}
            value={values.comment}
            onChange={(event) => {
              change({ comment: event.target.value });
            }}
          />
          <Keys
            label={t('lore.keys')}
            keys={values.keys}
            onChange={(keys) => {
              change({ keys });
            }}
          />
          <TextField
            fullWidth
            multiline
            minRows={4}
            maxRows={16}
            margin="dense"
            label={t('lore.content')}
            helperText={t(tokens.exact ? 'trace.count' : 'lore.contentHelp', { count: tokens.count })}
            value={values.content}
            onChange={(event) => {
              change({ content: event.target.value });
            }}
          />
          <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, my: 1 }}>
            {toggle('enabled', t('lore.enabled'))}
            {toggle('constant', t('lore.constant'))}
          </Box>
          <Grid>
            <TextField
              select
              fullWidth
              margin="dense"
              label={t('lore.where')}
              value={values.position}
              onChange={(event) => {
                change({ position: event.target.value as EntryFields['position'] });
              }}
            >
              {positions.map((position) => (
                <MenuItem key={position} value={position}>
                  {t(`lore.position.${position}`)}
                </MenuItem>
              ))}
            </TextField>
            {number('order', t('lore.order'), { min: -1_000_000, help: t('lore.orderHelp') })}
            {values.position === 'at_depth' && number('depth', t('lore.depth'), { max: 10_000 })}
            {values.position === 'at_depth' && (
              <RoleField
                fullWidth
                margin="dense"
                value={values.role}
                onChange={(role) => {
                  change({ role });
                }}
              />
            )}
            {values.position === 'outlet' && (
              <TextField
                fullWidth
                margin="dense"
                label={t('lore.outlet')}
                value={values.outlet}
                onChange={(event) => {
                  change({ outlet: event.target.value });
                }}
              />
            )}
          </Grid>
          <Fold title={t('lore.fold.keys')}>
            {toggle('selective', t('lore.selective'))}
            <Keys
              label={t('lore.secondary')}
              keys={values.secondary_keys}
              onChange={(keys) => {
                change({ secondary_keys: keys });
              }}
            />
            <Grid>
              <TextField
                select
                fullWidth
                margin="dense"
                label={t('lore.logic')}
                value={values.logic}
                onChange={(event) => {
                  change({ logic: event.target.value as EntryFields['logic'] });
                }}
              >
                {logics.map((logic) => (
                  <MenuItem key={logic} value={logic}>
                    {t(`lore.logics.${logic}`)}
                  </MenuItem>
                ))}
              </TextField>
              <TextField
                type="number"
                fullWidth
                margin="dense"
                label={t('lore.scanDepth')}
                placeholder={t('lore.asSettings')}
                value={values.scan_depth ?? ''}
                slotProps={{ inputLabel: { shrink: true }, htmlInput: { min: 0, max: 1_000_000 } }}
                onChange={(event) => {
                  change({ scan_depth: event.target.value === '' ? null : Math.max(0, Math.trunc(Number(event.target.value))) });
                }}
              />
              {perhaps('case_sensitive', t('lore.caseSensitive'))}
              {perhaps('whole_words', t('lore.wholeWords'))}
              {several('match', t('lore.match'), matchFields, (value) => t(`lore.fields.${value}`), t('lore.nobody'))}
            </Grid>
          </Fold>
          <Fold title={t('lore.fold.chance')}>
            {toggle('use_probability', t('lore.useProbability'))}
            <Grid>
              {number('probability', t('lore.probability'), { max: 100 })}
              {number('sticky', t('lore.sticky'))}
              {number('cooldown', t('lore.cooldown'))}
              {number('delay', t('lore.delay'))}
            </Grid>
            {toggle('ignore_budget', t('lore.ignoreBudget'))}
          </Fold>
          <Fold title={t('lore.fold.groups')}>
            <Grid>
              <TextField
                fullWidth
                margin="dense"
                label={t('lore.groups')}
                defaultValue={values.groups.join(', ')}
                onChange={(event) => {
                  change({ groups: listOf(event.target.value) });
                }}
              />
              {number('group_weight', t('lore.groupWeight'))}
              {perhaps('group_scoring', t('lore.groupScoring'))}
            </Grid>
            {toggle('group_override', t('lore.groupOverride'))}
          </Fold>
          <Fold title={t('lore.fold.recursion')}>
            {toggle('exclude_recursion', t('lore.excludeRecursion'))}
            {toggle('prevent_recursion', t('lore.preventRecursion'))}
            <Grid>{number('delay_until_recursion', t('lore.delayUntilRecursion'), { help: t('lore.delayUntilHelp') })}</Grid>
          </Fold>
          <Fold title={t('lore.fold.filter')}>
            <FormControlLabel
              control={
                <Switch
                  checked={values.filter.exclude}
                  onChange={(event) => {
                    change({ filter: { ...values.filter, exclude: event.target.checked } });
                  }}
                />
              }
              label={t('lore.filterExclude')}
            />
            <Grid>
              <TextField
                fullWidth
                margin="dense"
                label={t('lore.filterNames')}
                defaultValue={values.filter.names.join(', ')}
                onChange={(event) => {
                  change({ filter: { ...values.filter, names: listOf(event.target.value) } });
                }}
              />
              <TextField
                fullWidth
                margin="dense"
                label={t('lore.filterTags')}
                defaultValue={values.filter.tags.join(', ')}
                onChange={(event) => {
                  change({ filter: { ...values.filter, tags: listOf(event.target.value) } });
                }}
              />
              {several('triggers', t('lore.triggers'), triggers, (value) => t(`lore.trigger.${value}`))}
            </Grid>
          </Fold>
          {(save.isError || remove.isError) && <ErrorNote error={save.error ?? remove.error} />}
        </DialogContent>
        <DialogActions sx={{ p: 2, flexWrap: 'wrap' }}>
          {uid !== null && (
            <Button
              color="error"
              loading={remove.isPending}
              onClick={() => {
                remove.mutate();
              }}
              sx={{ mr: 'auto' }}
            >
              {t('companions.delete')}
            </Button>
          )}
          <Button onClick={guard.close}>{t('app.cancel')}</Button>
          <Button type="submit" variant="contained" loading={save.isPending}>
            {t('card.save')}
          </Button>
        </DialogActions>
      </Box>
      <UnsavedDialog guard={guard} />
    </Dialog>
  );
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function Keys({ label, keys, onChange }: { label: string; keys: string[]; onChange: (keys: string[]) => void }) {
  const { t } = useTranslation();
  // What is typed stays as it is typed: a comma at the end is no key yet.
  const [text, setText] = useState(() => keysText(keys));
  const problems = keyProblems(keys);
  return (
    <TextField
      fullWidth
      multiline
      maxRows={6}
      margin="dense"
      label={label}
      value={text}
      color={problems.length > 0 ? 'warning' : 'primary'}
      focused={problems.length > 0 ? true : undefined}
      helperText={
        <>
          {problems.length === 0 && t('lore.keysHelp', { example: '/fox(es)?/i' })}
          {problems.map((problem) => (
            <Typography key={problem.key} component="span" variant="caption" role="alert" sx={{ display: 'block', color: 'warning.main' }}>
              {problem.kind === 'pattern' ? t('lore.badPattern', { key: problem.key, detail: problem.detail }) : t('lore.badSlash', { key: problem.key })}
            </Typography>
          ))}
        </>
      }
      onChange={(event) => {
        setText(event.target.value);
        onChange(keysOf(event.target.value));
      }}
    />
  );
}

function Grid({ children }: { children: ReactNode }) {
  return <Box sx={{ display: 'grid', columnGap: 2, gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' } }}>{children}</Box>;
}

/** Opened by whoever needs it; the browser's own way to fold needs no script and is known to every reader of screens. */
function Fold({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="details" sx={{ borderTop: 1, borderColor: 'divider', mt: 1.5, '& > summary': { py: 1.5, cursor: 'pointer', fontWeight: 650, borderRadius: '8px' } }}>
      <summary>{title}</summary>
      {children}
    </Box>
  );
}
