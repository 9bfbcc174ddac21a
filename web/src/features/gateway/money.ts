/** Millionths of a dollar as an amount; small ones with as many digits as tell them apart. */
export function dollars(micros: number, language: string): string {
  const small = Math.abs(micros) < 1_000_000;
  return new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', ...(small ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 }) }).format(micros / 1e6);
}

/** An amount that a person wrote, in millionths. Null: none was written; undefined: it is no amount. */
export function microsIn(text: string): number | null | undefined {
  const written = text.trim().replace(/^\$/, '').replace(',', '.');
  if (written === '') return null;
  if (!/^\d+(\.\d{0,6})?$/.test(written)) return undefined;
  return Math.round(Number(written) * 1e6);
}
