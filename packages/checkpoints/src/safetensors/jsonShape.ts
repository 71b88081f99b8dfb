import { quoted, refusal } from '../refusal.ts';

// A safetensors header is an object of objects with lists of numbers.
const MAX_DEPTH = 3;
const MAX_OBJECTS = 2 ** 17;
const MAX_ITEMS = 2 ** 20;

/**
 * Looks over the JSON text of a safetensors header before it is parsed. Throws a DataError where it is nested deeper or has more in it
 * than such a header, and where an object has a key twice, of which JSON.parse would silently take the last.
 */
export function checkJsonShape(text: string, source: string): void {
  const counts = { objects: 0, items: 0 };
  const keys: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = checkText(text, at, keys.at(-1), source);
    else if (character === '{' || character === '[') {
      keys.push(character === '{' ? new Set() : undefined);
      counts.objects++;
    } else if (character === '}' || character === ']') keys.pop();
    else if (character === ',') counts.items++;
    if (keys.length > MAX_DEPTH) throw refusal(source, `its JSON header is nested deeper than ${MAX_DEPTH} levels.`);
    if (counts.objects > MAX_OBJECTS || counts.items > MAX_ITEMS) {
      throw refusal(source, 'its JSON header has more in it than the tensors of a model need.');
    }
  }
}

const COLON = /[ \t\n\r]{0,64}:/y;

// The end of the text that begins at `start`; where it is a key, the object must not have it yet.
function checkText(text: string, start: number, keys: Set<string> | undefined, source: string): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) throw refusal(source, 'its JSON header is damaged: a text in it does not end.');
  COLON.lastIndex = end + 1;
  if (keys !== undefined && COLON.test(text)) {
    const written = text.slice(start, end + 1);
    const key = written.includes('\\') ? unescaped(written) : written.slice(1, -1);
    if (keys.has(key)) throw refusal(source, `its JSON header has the key ${quoted(key)} twice.`);
    keys.add(key);
  }
  return end;
}

// What is no JSON text is left to JSON.parse, which will say so of the whole.
function unescaped(written: string): string {
  try {
    return JSON.parse(written) as string;
  } catch {
    return written;
  }
}
