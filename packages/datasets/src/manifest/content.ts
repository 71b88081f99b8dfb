import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { asUtf8, DataError, inEncoding, messageOf, readAt, refusal, type Utf8Text } from '@refrain/core';

const GIB = 2 ** 30;
const MAX_BYTES = 4 * GIB - 1;

// Tables compress some five- to twentyfold; only what says the same over and over comes near deflate's limit of 1,032. A small file must not be able
// to take a lot of memory.
const MAX_RATIO = 100;
const ALWAYS_ACCEPTED = 16 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;

/** The bytes of a manifest, unpacked where it was compressed, in UTF-8 without a byte order mark where it is text. */
export interface FileContent extends Utf8Text {
  readonly gzipped: boolean;
}

/**
 * Reads a file whole; gzip, told by its first bytes, is unpacked. Throws a DataError when it can't be read or is no file, is larger than 4 GiB (as
 * it lies or unpacked), is damaged, or unpacks to more than a hundred times its size (and 16 MiB): unpacking stops there.
 */
export async function readContent(path: string): Promise<FileContent> {
  const unreadable = (cause: unknown): never => {
    throw refusal(path, `can't be read: ${messageOf(cause)}.`, cause);
  };
  // To open a pipe would wait for its other end.
  const info = await stat(path).catch(unreadable);
  if (!info.isFile()) throw new DataError(path, `${path} is no file but a folder, a pipe or a device.`);
  const file = await open(path).catch(unreadable);
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw refusal(path, `${(size / GIB).toFixed(1)} GiB, expected at most 4. Split the table.`);
    const { buffer, length } = await readAt(file, 0, size);
    const bytes = Buffer.from(buffer, 0, length);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return { ...asUtf8(gzipped ? await unpacked(path, bytes, MAX_BYTES) : bytes, path), gzipped };
  } finally {
    await file.close();
  }
}

/** Size and time of change: a file with other ones is not the one that was read. Of one that can't be told they are undefined. */
export async function versionOf(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  return `${info?.size} ${info?.mtimeMs}`;
}

/** The bytes of a table in the form that it was read from. */
export async function inForm(bytes: Uint8Array, content: FileContent): Promise<Uint8Array> {
  const encoded = inEncoding(bytes, content);
  return content.gzipped ? packed(encoded) : encoded;
}

/** The unpacked bytes of a gzip file; a DataError beyond `maxBytes` or the ratio. */
export async function unpacked(path: string, file: Buffer, maxBytes: number): Promise<Buffer> {
  const most = Math.min(maxBytes, Math.max(ALWAYS_ACCEPTED, file.length * MAX_RATIO));
  // The end of the file says how long its last member is, which mostly is the only one (RFC 1952): in one piece of that size nothing is copied.
  const announced = file.length < 4 ? 0 : file.readUInt32LE(file.length - 4);
  const chunkSize = Math.max(CHUNK_BYTES, Math.min(most, announced) + 1);
  return promisify(gunzip)(file, { maxOutputLength: most, chunkSize }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_BUFFER_TOO_LARGE')
      throw refusal(path, `can't be unpacked as gzip: ${messageOf(cause)}. Is it whole?`, cause);
    throw refusal(
      path,
      `its ${file.length} bytes unpack to more than ${most}; accepted are 4 GiB and a hundred times the size. If that is honest data, unpack it and split the table.`,
    );
  });
}

/** The bytes as gzip. Equal bytes give an equal file: it holds no time stamp. */
const packed: (bytes: Uint8Array) => Promise<Buffer> = promisify(gzip);
