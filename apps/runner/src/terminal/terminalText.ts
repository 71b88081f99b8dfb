// Control characters of C0 and C1 (but tab and line feed), what turns the direction of writing, and Unicode's own ends of lines.
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** Signs of ours, each with what stands for it where the terminal knows ASCII alone. */
const SIGNS =
  "─- −- –- …... ±+/- ×x ·. →-> █# ▲^ ▼v ≤<= ≥>= Δdiff. αalpha θtheta κkappa τtau ⁻- ⁴4 ⁶6 √sqrt ’' ²2".split(' ');

const ASCII = new Map(SIGNS.map((pair) => [pair[0]!, pair.slice(1)]));
const ANY_SIGN = new RegExp(`[${[...ASCII.keys()].join('')}]`, 'g');

/** Whether a terminal of these variables shows UTF-8. Windows and macOS do where nothing says otherwise; elsewhere that is the locale C, which does not. */
export function showsUtf8(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale ? /utf-?8/i.test(locale) : ['win32', 'darwin'].includes(platform);
}

/** How many columns text may take: those of the terminal, 80 where there is none, at least 40. */
export function terminalWidth(): number {
  return Math.max(40, process.stdout.columns ?? 80);
}

/**
 * Text as it may go to a terminal: names of files, clips and labels are anybody's, and would otherwise move the cursor, hide what stands there,
 * or be read in another order. Each such character becomes an escape, `\x1b` or `\u202e`. Lines and tabs stay. Our signs become ASCII where the locale
 * is not UTF-8.
 */
export function terminalText(text: string, isUtf8 = showsUtf8(process.env)): string {
  const safe = text.replace(UNSAFE, escaped);
  return isUtf8 ? safe : safe.replace(ANY_SIGN, (sign) => ASCII.get(sign)!);
}

/** A single message for a terminal: its line feeds are escaped too, but those before an indented line, as in a list of reasons. */
export function terminalLine(text: string, isUtf8?: boolean): string {
  return terminalText(text, isUtf8).replace(/\n(?! )/g, '\\n');
}

/** JSON text in which such characters are written as JSON's own escapes: it means the same, and may go to a terminal. */
export function terminalJson(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${hex(character, 4)}`);
}

function escaped(character: string): string {
  return character.charCodeAt(0) < 0x100 ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
