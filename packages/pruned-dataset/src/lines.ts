import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { DataError, messageOf, type z } from '@refrain/core';
import { fitting } from './schemas.ts';

// Neither reading nor writing holds the text of the file: a string of Node ends at 512 MB, and a million clips need more.
const BLOCK_BYTES = 1 << 20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The objects in a file of JSON lines, in order. A line ends with a line feed, before which a carriage return may stand; the last one may do
 * without, and empty lines are passed over. `migrate` gives what a record and its place among them, from 0, are in the schema's format. Throws
 * a DataError that names the file, and the line that is no JSON object, or does not fit `schema`.
 */
export async function readJsonLines<S extends z.ZodType>(
  path: string,
  schema: S,
  migrate: (record: object, place: number) => object = (record) => record,
): Promise<ReturnType<typeof fitting<S>>[]> {
  const records: ReturnType<typeof fitting<S>>[] = [];
  let number = 0;
  for await (const lines of lineBlocks(path)) {
    for (const line of lines) {
      number++;
      const record = parseLine(line, path, number);
      if (record === undefined) continue;
      records.push(fitting(schema, migrate(record, records.length), path, `, line ${number}`));
    }
  }
  return records;
}

/** The JSON object in a file. Throws a DataError that names the file where it holds none. */
export async function readJson(path: string): Promise<object> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  return parsedObject(text, path);
}

/** Writes `records` as JSON lines, block by block, and no faster than the disk takes them. */
export async function writeJsonLines(path: string, records: Iterable<object>): Promise<void> {
  await pipeline(textBlocks(records), createWriteStream(path));
}

/** The error for a file of a folder that cannot be read. */
function unreadable(path: string, cause: NodeJS.ErrnoException): DataError {
  const why =
    cause.code === 'ENOENT'
      ? 'is missing: this is no pruned dataset folder, or a part of it is lost'
      : `cannot be read (${cause.message})`;
  return new DataError(path, `${path} ${why}.`, { cause });
}

// Not node:readline: from Node 24 on (nodejs/node#57591) it ends a line at U+2028 and U+2029 too, which JSON leaves as they are within a
// text. And bytes, not decoded text: a line is whole when it is decoded, so no character is cut in two.
async function* lineBlocks(path: string): AsyncGenerator<Uint8Array[]> {
  let begun: Uint8Array[] = [];
  // Memory is taken for a whole block, also at the end. What is no plain file has a size of 0.
  const size = await stat(path).then(
    (info) => info.size,
    () => 0,
  );
  const highWaterMark = size === 0 ? BLOCK_BYTES : Math.min(BLOCK_BYTES, size + 1);
  const blocks = createReadStream(path, { highWaterMark }) as AsyncIterable<Uint8Array>;
  for await (const block of readable(blocks, path)) {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = block.indexOf(LINE_FEED); end >= 0; end = block.indexOf(LINE_FEED, start)) {
      const rest = block.subarray(start, end);
      lines.push(begun.length === 0 ? rest : Buffer.concat([...begun, rest]));
      begun = [];
      start = end + 1;
    }
    if (start < block.length) begun.push(block.subarray(start));
    yield lines;
  }
  if (begun.length > 0) yield [Buffer.concat(begun)];
}

async function* readable(blocks: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* blocks;
  } catch (cause) {
    throw unreadable(path, cause as NodeJS.ErrnoException);
  }
}

function parseLine(line: Uint8Array, path: string, number: number): object | undefined {
  if (line.length === 0 || (line.length === 1 && line[0] === CARRIAGE_RETURN)) return undefined;
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  return parsedObject(text, path, `, line ${number}`);
}

/** The JSON object that a text is. Throws a DataError that names `path`, and `where` in it, when it is none. */
function parsedObject(text: string, path: string, where = ''): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, `${path}${where} is not JSON (${messageOf(cause)}).`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new DataError(path, `${path}${where} is no JSON object.`);
}

function* textBlocks(records: Iterable<object>): Generator<string> {
  let block = '';
  for (const record of records) {
    block += `${JSON.stringify(record)}\n`;
    if (block.length >= BLOCK_BYTES) {
      yield block;
      block = '';
    }
  }
  if (block !== '') yield block;
}

/** Whether an id does not fit on a line of its own. */
export const hasLineBreak = (id: string) => /[\r\n]/.test(id);
