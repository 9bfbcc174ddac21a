import MenuItem from '@mui/material/MenuItem';
import TextField, { type TextFieldProps } from '@mui/material/TextField';

import { type Role, roles } from '../api/types';
import '../i18n/pages';
import { useTranslation } from '../i18n/use';

type Props = Omit<TextFieldProps, 'value' | 'onChange' | 'select' | 'label' | 'children'> & { value: Role; onChange: (role: Role) => void };

/** Who says a part of the prompt. */
export function RoleField({ value, onChange, ...props }: Props) {
  const { t } = useTranslation();
  return (
    <TextField
      {...props}
      select
      label={t('lore.role')}
      value={value}
      onChange={({ target }) => {
        onChange(target.value as Role);
      }}
    >
      {roles.map((role) => (
        <MenuItem key={role} value={role}>
          {t(`lore.roles.${role}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}
