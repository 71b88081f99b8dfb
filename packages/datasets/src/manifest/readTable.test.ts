import { asUtf8, DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { wantedColumns } from './columns.ts';
import { readTable } from './readTable.ts';

const read = (text: string | Buffer, name = 'folder/table') =>
  readTable(
    { ...asUtf8(Buffer.from(text as string), name), gzipped: false },
    name,
    wantedColumns({ labelsColumn: 'mood' }),
  );

/** Paths and moods of a table's rows, with the places of the rows. */
async function rows(text: string | Buffer, name?: string) {
  const table = await read(text, name);
  const [paths, moods] = [table.values.get('path') ?? [], table.values.get('mood') ?? []];
  return Array.from({ length: table.rowCount }, (_, row) => [table.where(row), paths[row], moods[row]]);
}

/** The texts of a table's rows, as its spans say. */
async function slices(text: string): Promise<string[]> {
  const { spans } = await read(text);
  return spans!.starts.map((start, row) => Buffer.from(text).toString('utf8', start, spans!.ends[row]));
}

describe('a table is read from', () => {
  const expected = [
    ['line 2', 'ä b.wav', 'x'],
    ['line 3', 'c.wav', 'y, z'],
  ];

  it.each<[string, string | Buffer, number?]>([
    ['commas', 'path,mood\nä b.wav,x\nc.wav,"y, z"\n'],
    ['tabs, CRLF, no last line end', 'path\tmood\r\nä b.wav\tx\r\nc.wav\ty, z'],
    ['semicolons, a byte order mark', '\uFEFFpath;mood\nä b.wav;x\nc.wav;y, z\n'],
    ['quoted names, mixed line ends', '"path","mo\u006fd","a;b;c"\r\nä b.wav,x,\nc.wav,"y, z",\n'],
    ['semicolons of which Excel is told', 'sep=;\r\npath;mood\r\nä b.wav;x\r\nc.wav;y, z\r\n', 1],
    ['a delimiter too many at the ends of rows', 'path,mood\nä b.wav,x,\nc.wav,"y, z",\n'],
    ['quotes in a table with tabs', '"path"\tmood\n"ä b.wav"\tx\nc.wav\t"y, z"\n'],
    ['blanks behind the delimiters', 'path, mood\nä b.wav, x\nc.wav, "y, z"\n'],
    ['rows that write.table of R numbers', '"path"\t"mood"\n"1"\t"ä b.wav"\t"x"\n"2"\t"c.wav"\t"y, z"\n'],
    ['UTF-16', Buffer.from('\uFEFFpath\tmood\r\nä b.wav\tx\r\nc.wav\ty, z\r\n', 'utf16le')],
    ['JSON Lines', '\n{"path": "ä b.wav", "mood": "x"}\n{"mood":"y, z","path":"c.wav","other":{"a":[1]}}\n'],
    ['a JSON array', '[\n{"path": "ä b.wav", "mood": "x"},\n{"path": "c.wav", "mood": "y, z", "s": "]},\\""}]\n'],
  ])('%s', async (_, text, linesBefore = 0) => {
    const moved = expected.map(([, ...cells], row) => [`line ${row + 2 + linesBefore}`, ...cells]);
    expect(await rows(text)).toEqual(moved);
  });

  it('lines that end as on old Macs', async () => {
    const [first, second] = await rows('path;mood\rä b.wav;x\rc.wav;y, z\r');
    expect([first!.slice(1), second!.slice(1)]).toEqual(expected.map(([, ...cells]) => cells));
  });

  it('quoted fields over several lines, with the lines counted', async () => {
    const text = 'path,mood\n"a\nb.wav","say ""x"""\n\n\r\nc.wav,it is 5" long\nd.wav,"y" and z\n';
    expect(await rows(text)).toEqual([
      ['line 2', 'a\nb.wav', 'say "x"'],
      ['line 6', 'c.wav', 'it is 5" long'],
      ['line 7', 'd.wav', '"y" and z'],
    ]);
  });

  it('a table with tabs whose quotation marks are characters', async () => {
    const text = 'path\tmood\na.wav\t"Hello, he said\nb.wav\tthe end"\nc.wav\t"all ""of"" it"\n';
    expect(await rows(text)).toEqual([
      ['line 2', 'a.wav', '"Hello, he said'],
      ['line 3', 'b.wav', 'the end"'],
      ['line 4', 'c.wav', 'all "of" it'],
    ]);
    const open = 'path\tmood\na.wav\t"Hello, he said\nb.wav\tx\n';
    expect(await rows(open)).toEqual([
      ['line 2', 'a.wav', '"Hello, he said'],
      ['line 3', 'b.wav', 'x'],
    ]);
    // With line breaks or tabs inside of them they enclose fields.
    expect(await rows('path\tmood\n"a\tb.wav"\t"one\ntwo"\n')).toEqual([['line 2', 'a\tb.wav', 'one\ntwo']]);
  });

  it('rows whose last column takes the rest of the line, if it may', async () => {
    const text = 'path\ttags\na.wav\tx\nb.wav\tx\ty\tz\n';
    const content = { ...asUtf8(Buffer.from(text), 't'), gzipped: false };
    const table = await readTable(content, 't', () => true, { takesRest: (name) => name === 'tags' });
    expect(table.values.get('tags')).toEqual([['x'], ['x', 'y', 'z']]);
    await expect(readTable(content, 't', () => true)).rejects.toThrow('t, line 3: expected 2 columns');
  });

  it('JSON with numbers that a double can not hold, and with those that Python invents', async () => {
    const text =
      '{"path": 9007199254740993, "mood": [12345678901234567890, NaN]}\n{"path": "NaN \\" 9007199254740993", "mood": -Infinity}\n';
    expect(await rows(text)).toEqual([
      ['line 1', '9007199254740993', ['12345678901234567890', null]],
      ['line 2', 'NaN " 9007199254740993', null],
    ]);
    await expect(read('{"path": 01234567890123456789}\n')).rejects.toThrow(/line 1: not valid JSON/);
  });

  it('an index of mirdata, over many lines or one', async () => {
    const index = {
      version: '1.0',
      tracks: {
        'a "1"': { audio: ['audio/1.wav', 'aa'], jams: ['1.jams', 'bb'] },
        __proto__x: { audio: [null, null] },
      },
    };
    for (const text of [JSON.stringify(index), JSON.stringify(index, undefined, 2)]) {
      const table = await read(text);
      expect(table.rowCount).toBe(2);
      expect(table.values.get('id')).toEqual(['a "1"', '__proto__x']);
      expect(table.values.get('audio')).toEqual(['audio/1.wav', undefined]);
      expect(table.values.get('audio md5')).toEqual(['aa', undefined]);
    }
  });

  it('rows whose bytes are known', async () => {
    expect(await slices('path,mood\r\n\r\na,"x\r\ny"\r\n\r\nb,z')).toEqual(['a,"x\r\ny"\r\n', 'b,z']);
    expect(await slices('{"path":1}\r\n \n{"path":2}')).toEqual(['{"path":1}\r\n', '{"path":2}']);
    expect(await slices('[ {"path":"é"} ,\n{"path":2}]')).toEqual(['{"path":"é"}', '{"path":2}']);
    expect(await slices('{"tracks": {"é" : {} , "2":{"audio":["a","b"]}}}')).toEqual([
      '"é" : {}',
      '"2":{"audio":["a","b"]}',
    ]);
  });
});

describe('a table is refused with its line', () => {
  it.each([
    ['a field is missing', 'path,mood,c\n1,2,3\n"1\n",2\n', /line 3: expected 3 columns as in the header, found 2/],
    ['there is a field too many', 'path\tmood\r\n1\t2\t3', /line 2: expected 2 columns.*found 3/],
    ['a quote does not end', 'path,mood\n1,"2\n3,4\n', /can't be read as a table: .*line/],
    ['a column is there twice', 'path,path\n1,2\n', /names the column path twice/],
    ['a line is no JSON', '{"path": 1}\n{"path": \n', /line 2: not valid JSON/],
    ['a line is no object', '{"path": 1}\n\n["path"]\n', /line 3: expected a JSON object, found \["path"\]/],
    ['a member is no object', '[{"path": 1},\n null]', /line 2: expected a JSON object, found null/],
    ['there is a comma too many', '[{"path": 1},\n]', /line 1: not valid JSON|line 2: not valid JSON/],
    ['an array does not end', '[{"path": 1}, {"path": "]"}', /ends in the middle/],
    ['something follows', '[{"path": 1}]\n[]', /line 2: expected nothing after/],
    ['it is another JSON object', '{\n"a": 1,\n"b": 2\n}', /JSON object with a, b. Expected/],
    ['tracks of mirdata are none', '{\n"tracks":{"a":{},7}}', /line 2: expected "track id"/],
    [
      'it is no UTF-8',
      Buffer.from('path,mood\nM\xfcller.wav,x\n', 'latin1'),
      /line 2: expected a parquet file or UTF-8/,
    ],
    [
      'it is UTF-16 without a byte order mark',
      Buffer.from('path,mood\na,b\n', 'utf16le'),
      /expected a parquet file or UTF-8/,
    ],
    ['it is binary', Buffer.from('PK\x03\x04\0\0\0'), /expected a parquet file or UTF-8/],
    ['it is cut-off parquet', Buffer.from('PAR1 and more'), /can't be read as parquet/],
    ['it is empty', '', /the table is empty/],
    ['it has only a header', 'path,mood\n', /the table is empty/],
    ['it is an empty array', ' [ ] ', /the table is empty/],
  ])('when %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(DataError);
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(/^folder\/table/);
  });

  it('or as a document, by its name', async () => {
    await expect(read('{"tracks": {', 'index.json')).rejects.toThrow(/ends in the middle/);
    await expect(read('{"tracks": {', 'clips.jsonl')).rejects.toThrow(/line 1: not valid JSON/);
  });
});

describe('reading a long table hears signals', () => {
  const ROWS = 20_000;

  it.each([
    ['CSV', `path,mood\n${'a.wav,"a long story of nothing that fills the file with what it says"\n'.repeat(ROWS)}`],
    ['JSON Lines', '{"path": "a.wav"}\n'.repeat(ROWS)],
    ['a JSON array', `[${Array(ROWS).fill('{"path": "a.wav"}').join(',')}]`],
    ['an index of mirdata', `{"tracks": {${Array(ROWS).fill('"a": {"audio": ["a.wav", "x"]}').join(',')}}}`],
  ])('%s', async (_, text) => {
    const interruption = new AbortController();
    const content = { ...asUtf8(Buffer.from(text), 't'), gzipped: false };
    const reading = readTable(content, 't', () => true, { signal: interruption.signal });
    // Nothing but the reading itself would let this come before its end.
    setImmediate(() => interruption.abort(new Error('interrupted')));
    await expect(reading).rejects.toThrow('interrupted');
  });
});
