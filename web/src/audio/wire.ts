/** The socket's binary frame: 16 bytes of turn id, then frame, clause, chunk and sample rate as little-endian u32, then s16le mono samples. */
export const HEADER_BYTES = 32;

export interface AudioFrame {
  turnId: string;
  number: number;
  clause: number;
  chunk: number;
  rate: number;
  /** All of it: the samples begin after the header. */
  bytes: ArrayBuffer;
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** 16 bytes as the 26 letters that JSON carries them in: Crockford's base 32, most significant first. */
export function idText(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let digit = 0; digit < 26; digit += 1) {
    text = (DIGITS[Number(value & 31n)] ?? '') + text;
    value >>= 5n;
  }
  return text;
}

/** Null: not a frame of ours, or of a shape that a newer server has. */
export function decodeAudio(buffer: ArrayBuffer): AudioFrame | null {
  if (buffer.byteLength < HEADER_BYTES || buffer.byteLength % 2 !== 0) return null;
  const view = new DataView(buffer);
  const rate = view.getUint32(28, true);
  if (rate < 8000 || rate > 192_000) return null;
  return {
    turnId: idText(new Uint8Array(buffer, 0, 16)),
    number: view.getUint32(16, true),
    clause: view.getUint32(20, true),
    chunk: view.getUint32(24, true),
    rate,
    bytes: buffer,
  };
}
