import TextField, { type TextFieldProps } from '@mui/material/TextField';
import { useState } from 'react';

type Props = Omit<TextFieldProps, 'value' | 'onChange' | 'onBlur' | 'type' | 'slotProps'> & { value: number; min: number; max: number; onChange: (value: number) => void };

/** A number between two others. What is typed stays as it is typed until the field is left: “-” and nothing are on the way to a number. */
export function NumberField({ value, min, max, onChange, ...props }: Props) {
  const [text, setText] = useState<string>();
  return (
    <TextField
      {...props}
      type="number"
      value={text ?? value}
      slotProps={{ htmlInput: { min, max, step: 'any' } }}
      onChange={({ target }) => {
        setText(target.value);
        const number = Number(target.value);
        if (Number.isFinite(number)) onChange(Math.min(max, Math.max(min, number)));
      }}
      onBlur={() => {
        setText(undefined);
      }}
    />
  );
}
