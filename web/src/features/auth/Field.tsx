import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import TextField, { type TextFieldProps } from '@mui/material/TextField';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Icon } from '../../ui/Icon';

type Props = TextFieldProps & { problem?: string | undefined; hint?: string };

export function Field({ problem, hint, ...props }: Props) {
  return <TextField fullWidth margin="normal" error={problem !== undefined} helperText={problem ?? hint} {...props} />;
}

export function PasswordField(props: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={shown ? 'text' : 'password'}
      slotProps={{
        input: {
          endAdornment: (
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
          ),
        },
      }}
    />
  );
}
