import FormControl from '@mui/material/FormControl';
import FormHelperText from '@mui/material/FormHelperText';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import InputLabel from '@mui/material/InputLabel';
import OutlinedInput, { type OutlinedInputProps } from '@mui/material/OutlinedInput';
import { useId, useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';

type Props = OutlinedInputProps & { label: string; problem?: string | undefined; hint?: string };

/** A line of a form at the door. Not TextField, which would bring select boxes, menus and popovers into the first load. */
export function Field({ label, problem, hint, required = false, ...props }: Props) {
  const id = useId();
  const help = problem ?? hint;
  return (
    <FormControl fullWidth margin="normal" variant="outlined" error={problem !== undefined} required={required}>
      <InputLabel htmlFor={id}>{label}</InputLabel>
      <OutlinedInput id={id} label={label} {...(help === undefined ? {} : { 'aria-describedby': `${id}-help` })} {...props} />
      {help !== undefined && <FormHelperText id={`${id}-help`}>{help}</FormHelperText>}
    </FormControl>
  );
}

export function PasswordField(props: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? 'text' : 'password'}
      endAdornment={
        <InputAdornment position="end">
          <IconButton
            edge="end"
            aria-label={shown ? t('auth.hidePassword') : t('auth.showPassword')}
            onClick={() => {
              setShown(!shown);
            }}
          >
            <Icon name={shown ? 'eyeOff' : 'eye'} />
          </IconButton>
        </InputAdornment>
      }
    />
  );
}
