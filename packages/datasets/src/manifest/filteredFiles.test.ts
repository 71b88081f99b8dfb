import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodeWav } from '@refrain/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openManifest } from './manifest.ts';

const wav = encodeWav({ samples: new Float32Array(800).fill(0.5), sampleRate: 8000 });

// Letters of several scripts, what tables treat as special, and what spreadsheets take for a formula.
const letters = fc.constantFrom(...'ab é曲🎵\'`,;|\t"\\=+-@[]{}#', '\n', '\r\n', '\u2028', 'e\u0301');
const name = fc.oneof(
  fc.array(letters, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('')),
  fc.constantFrom('=1+1', ' leading', 'trailing ', '"', '__proto__', 'null', 'x'.repeat(300)),
);

const row = fc.record({
  id: name,
  path: name.map((one) => `clip ${one}.wav`),
  split: fc.constantFrom('train', 'train', 'valid', 'test'),
  other: name,
  kept: fc.boolean(),
});

type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

// The first one's file is there and its split is not pruned, so that a manifest with at least one clip of known audio is left.
const first: Row = { id: 'the first', path: 'a.wav', split: 'test', other: '', kept: false };
const table = fc
  .uniqueArray(row, { maxLength: 12, selector: ({ id }) => id })
  .map((rows) => [first, ...rows.filter(({ id }) => id !== first.id)]);

const isLeft = ({ split, kept }: Row) => split !== 'train' || kept;

/** Filters a manifest of these rows, each a piece of text, and reads what is left. */
async function filtered(rows: readonly Row[], file: string, content: string) {
  const root = await mkdtemp(join(tmpdir(), 'refrain-filtered-'));
  await writeFile(join(root, 'a.wav'), wav);
  const gzipped = file.endsWith('.gz');
  await writeFile(join(root, file), gzipped ? gzipSync(content) : content);
  const settings = { labelsColumn: 'none' };
  const dataset = await openManifest(join(root, file), settings);
  expect(dataset.clips.map(({ id, split }) => [id, split])).toEqual(rows.map(({ id, split }) => [id, split]));
  const kept = new Set(rows.filter((one) => one.kept).map(({ id }) => id));
  const files = await dataset.filteredFiles!(kept);
  expect(files.map((one) => one.name)).toEqual([file]);
  await writeFile(join(root, file), files[0]!.content);
  const again = await openManifest(join(root, file), settings);
  expect(again.clips).toEqual(dataset.clips.filter((_, index) => isLeft(rows[index]!)));
  return (gzipped ? gunzipSync(files[0]!.content) : Buffer.from(files[0]!.content)).toString('utf8');
}

const runs = { numRuns: 60 };

describe('the filtered manifest has the kept rows and those of other splits as they stood', () => {
  const form = fc.record({
    delimiter: fc.constantFrom(',', '\t', ';'),
    eol: fc.constantFrom('\n', '\r\n'),
    bom: fc.constantFrom('', '\uFEFF'),
    quoteAll: fc.boolean(),
    lastEol: fc.boolean(),
    gap: fc.boolean(),
    gz: fc.constantFrom('', '.gz'),
  });

  it('in CSV and TSV', async () => {
    await fc.assert(
      fc.asyncProperty(table, form, async (rows, { delimiter, eol, bom, quoteAll, lastEol, gap, gz }) => {
        const cell = (text: string) =>
          quoteAll || /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const record = (cells: readonly string[]) => cells.map(cell).join(delimiter) + eol;
        const records = rows.map(({ id, path, split, other }) => record([other, id, path, split]));
        const header = bom + record(['other', 'id', 'path', 'split']) + (gap ? eol : '');
        const text = (parts: readonly string[]) => header + parts.join('');
        const content = lastEol ? text(records) : text(records).slice(0, -eol.length);
        // Quoted line breaks can leave lines that all have as many tabs as the header: then nobody can tell that there was quoting.
        const lines = content.split('\n').filter((line) => line.trim() !== '');
        fc.pre(lines.length === rows.length + 1 || lines.some((line) => line.split('\t').length !== 4));
        const result = await filtered(rows, `m.csv${gz}`, content);
        const left = text(records.filter((_, index) => isLeft(rows[index]!)));
        expect(result).toBe(lastEol || !isLeft(rows.at(-1)!) ? left : left.slice(0, -eol.length));
      }),
      runs,
    );
  });

  // Numbers that do not survive parsing, escapes, white space and nested values.
  const unknown = fc.constantFrom('1.0', '12345678901234567890', '"\\u00e9\\/"', '[ 1, {"id": "]"} ]', '1E+2', '{ }');
  const objectOf = ({ id, path, split, other }: Row, extra: string) =>
    `{"x" : ${extra},"id":${JSON.stringify(id)},  "path": ${JSON.stringify(path)}, "split":"${split}", "o":${JSON.stringify(other)} }`;

  it('in JSON Lines', async () => {
    await fc.assert(
      fc.asyncProperty(table, unknown, form, async (rows, extra, { eol, bom, lastEol, gap, gz }) => {
        const lines = rows.map((one) => objectOf(one, extra) + eol + (gap ? eol : ''));
        const content = bom + (lastEol ? lines.join('') : lines.join('').trimEnd());
        const result = await filtered(rows, `m.jsonl${gz}`, content);
        const left = lines.map((line, index) => (isLeft(rows[index]!) ? line : gap ? eol : '')).join('');
        expect(result.trimEnd()).toBe(bom + left.trimEnd());
        if (lastEol) expect(result).toBe(bom + left);
      }),
      runs,
    );
  });

  it('in a JSON array and an index of mirdata', async () => {
    await fc.assert(
      fc.asyncProperty(table, unknown, form, async (rows, extra, { eol, bom, gap }) => {
        const between = gap ? `${eol} ,${eol}  ` : ', ';
        const left = (members: readonly string[]) => members.filter((_, index) => isLeft(rows[index]!));
        const objects = rows.map((one) => objectOf(one, extra));
        // A separator stands before each member but the first that is left.
        const array = (members: readonly string[]) => `${bom}[ ${members.join(between)}${eol}]${eol}`;
        expect(await filtered(rows, 'm.json', array(objects))).toBe(array(left(objects)));

        const trains = rows.map((one): Row => ({ ...one, split: 'train', kept: isLeft(one) }));
        const tracks = trains.map(
          ({ id, path }) => `${JSON.stringify(id)}: {"n":${extra}, "audio" :[${JSON.stringify(path)},null]}`,
        );
        const index = (members: readonly string[]) => `${bom}{"v":${extra},\n "tracks": {${members.join(between)}}\n}`;
        expect(await filtered(trains, 'm.json', index(tracks))).toBe(index(left(tracks)));
      }),
      runs,
    );
  });
});
