/** A browser and a system, as far as a user agent tells; empty when it tells neither. */
export function deviceName(agent: string | null | undefined): string {
  if (!agent) return '';
  const browser = (
    [
      [/\bEdg(e|A|iOS)?\//, 'Edge'],
      [/\b(OPR|Opera)\//, 'Opera'],
      [/\b(Firefox|FxiOS)\//, 'Firefox'],
      [/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
      [/\bSafari\//, 'Safari'],
    ] as const
  ).find(([pattern]) => pattern.test(agent))?.[1];
  const system = (
    [
      [/Android/, 'Android'],
      [/iPhone|iPad|iOS/, 'iOS'],
      [/Windows/, 'Windows'],
      [/Mac OS X|Macintosh/, 'macOS'],
      [/CrOS/, 'ChromeOS'],
      [/Linux|X11/, 'Linux'],
    ] as const
  ).find(([pattern]) => pattern.test(agent))?.[1];
  const known = [browser, system].filter(Boolean).join(', ');
  return known || (agent.split(/[\s/]/)[0] ?? '').slice(0, 40);
}
