/**
 * What a refusal of the operating system says, such as a full disk, in words with the file first: `/x: permission denied (EACCES)`. Undefined
 * for any other error.
 */
export function systemErrorText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  // As Node writes it, perhaps after words of ours: `EACCES: permission denied, open '/x'`.
  const [, before, code, words, path, to] =
    /^(.*?)\b([A-Z][A-Z0-9]+): (.+?)(?:, [a-z]+)?(?: '(.*?)'(?: -> '(.*)')?)?$/s.exec(error.message) ?? [];
  if (words === undefined) return error.message;
  const place = before !== '' || path === undefined ? before : `${path}${to === undefined ? '' : ` to ${to}`}: `;
  return `${place}${words} (${code}).`;
}
