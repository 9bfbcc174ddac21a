const URL_KEPT_MS = 60_000;

/** From `Content-Disposition`; the name in UTF-8 (RFC 8187) goes before the plain one. */
export function fileName(disposition: string | null, otherwise: string): string {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1];
  if (encoded) {
    try {
      return decodeURIComponent(encoded.trim());
    } catch {
      // broken on the way: the plain name does
    }
  }
  return /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition ?? '')?.[1]?.replaceAll(/\\(.)/g, '$1') ?? otherwise;
}

/** Hands a file to the browser to keep. */
export function saveFile({ blob, disposition }: { blob: Blob; disposition: string | null }, otherwise: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(disposition, otherwise);
  link.click();
  // Some browsers begin to read only after this returns.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, URL_KEPT_MS);
}
