const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

// One element with the comma, the end, or, as NumPy prints arrays, the next element's quote behind it: a text in either kind of quotes, or a bare
// word, which keeps the space behind it. No two parts can match the same character, so a hostile text takes no longer than an honest one.
const ELEMENT =
  /\s*(?:[uUbB]?(?:'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)")\s*(?:,|$|(?=[uUbB]?['"]))|([^\s'"[\](){},][^'"[\](){},]*)(?:,|$))/sy;

// numpy.str_('a'), as NumPy 2 writes the elements of a list.
const SCALAR = /(?:np|numpy)\.[a-z]+\d*_?\(('[^'\\]*'|"[^"\\]*"|-?[\d.e+-]+)\)/g;

// What calls the list: numpy.array(['a']), frozenset({'a'}), c("a"), character(0).
const CALL = /^(?:np\.|numpy\.)?(array|frozenset|set|c|character)\(/;

// How the elements of a tuple begin: there are no bare words in it. A text in parentheses is no tuple.
const TUPLE = /^(?:[uUbB]?['"]|(?:np|numpy)\.|(?:None|nan|NA|-?[\d.]+)\s*(?:,|$))/;

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What pandas and R write, and pandas reads, for a value that is not there. */
const MISSING = new Set('NaN nan NA <NA> N/A n/a #N/A #NA NULL null None NaT -nan -NaN'.split(' '));

/** Whether the text is one of the words for a value that is not there. */
export function isMissing(text: string): boolean {
  return MISSING.has(text);
}

type Element = string | number | null;

/**
 * The elements of a list as JSON, Python, NumPy, R or Postgres write it: `["a", 'b', 3, pop]`, `('a', 'b')`, `{'a', 'b'}`, `['a' 'b']`,
 * `array(['a'], dtype=object)`, `c("a", "b")`: texts in quotes and bare words as texts, numbers as numbers, `None` and the like as null. It is read
 * as data: nothing in it is evaluated. Undefined where the text is no such list; lists in lists are none, nor is a text that just stands in
 * parentheses.
 */
export function parseList(text: string): Element[] | undefined {
  const trimmed = text.trim();
  const called = CALL.exec(trimmed);
  if (called === null || !trimmed.endsWith(')')) return bracketed(trimmed);
  const inside = trimmed.slice(called[0].length, -1).trim();
  if (inside === '' || inside === '0') return [];
  if (called[1] === 'c') return TUPLE.test(inside) ? elementsIn(inside) : undefined;
  const type = inside.lastIndexOf('dtype=');
  return bracketed(type > 0 ? inside.slice(0, type).trim().replace(/,$/, '') : inside);
}

function bracketed(text: string): Element[] | undefined {
  if (!['[]', '()', '{}'].includes(`${text.at(0)}${text.at(-1)}`)) return undefined;
  const inner = text.slice(1, -1).trim();
  const isTuple = inner === '' || (TUPLE.test(inner) && inner.includes(','));
  return text.startsWith('(') && !isTuple ? undefined : elementsIn(inner);
}

function elementsIn(text: string): Element[] | undefined {
  const inner = text.replace(SCALAR, '$1');
  const elements: Element[] = [];
  for (let at = 0; at < inner.length; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const matched = ELEMENT.exec(inner);
    if (matched === null) return undefined;
    const [, single, double, bare] = matched;
    if (bare === undefined) elements.push(unescaped(single ?? double ?? ''));
    // NumPy leaves out the middle of a long array.
    else if (bare.trim() === '...') return undefined;
    else for (const value of bareValues(bare.trim())) elements.push(value);
  }
  return elements;
}

function bareValues(word: string): Element[] {
  if (isMissing(word)) return [null];
  const parts = word.split(/\s+/);
  return parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : [word];
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))/gs, (_, wide, narrow, char: string) => {
    const code = (wide ?? narrow) as string | undefined;
    return code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16));
  });
}
