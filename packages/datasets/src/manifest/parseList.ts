const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

// One element with the comma or the end behind it: a text in either kind of quotes, or a bare word, which keeps the space behind it. No two
// parts can match the same character, so a hostile text takes no longer than an honest one.
const ELEMENT =
  /\s*(?:(?:'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)")\s*|([^\s'"[\](){},][^'"[\](){},]*))(,|$)/sy;

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The elements of a list as JSON or Python write it, `["a", 'b', 3, pop]`: texts in quotes and bare words as texts, numbers as numbers. It is
 * read as data: nothing in it is evaluated. Undefined where the text is no such list; lists in lists are none.
 */
export function parseList(text: string): (string | number)[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[') || !trimmed.endsWith(']')) return undefined;
  const inner = trimmed.slice(1, -1).trim();
  const elements: (string | number)[] = [];
  for (let at = 0; at < inner.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const matched = ELEMENT.exec(inner);
    if (matched === null) return undefined;
    const [, single, double, bare] = matched;
    elements.push(bare === undefined ? unescaped(single ?? double ?? '') : bareValue(bare.trim()));
  }
  return elements;
}

function bareValue(word: string): string | number {
  return NUMBER.test(word) ? Number(word) : word;
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_, wide, narrow, char: string) => {
    const code = (wide ?? narrow) as string | undefined;
    return code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16));
  });
}
