// Control characters of C0 and C1 (but tab and line feed), what turns the direction of writing, and Unicode's own ends of lines.
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Text as it may go to a terminal: names of files, clips and labels are anybody's, and would otherwise move the cursor, hide what stands there,
 * or be read in another order. Each such character becomes an escape, `\x1b` or `\u202e`. Lines and tabs stay.
 */
export function terminalText(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** A single message for a terminal: its line feeds are escaped too, but those before an indented line, as in a list of reasons. */
export function terminalLine(text: string): string {
  return terminalText(text).replace(/\n(?! )/g, '\\n');
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
