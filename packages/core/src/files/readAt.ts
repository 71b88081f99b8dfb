import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

// One read call of Node takes less than 2 GiB.
const CHUNK_BYTES = 2 ** 30;

/** The `length` bytes of a file from `position` on, in memory of their own; fewer where the file ends before. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(CHUNK_BYTES, length - done), position + done);
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
  }
  return bytes;
}

/** A file that is open for reading. */
export interface OpenedFile {
  readonly file: FileHandle;
  /** Bytes. */
  readonly size: number;
  /** Equal for two moments between which the file was not changed. */
  readonly version: string;
}

/**
 * Opens the file at `path`; undefined where there is no file but a folder, a device or a pipe, which is not waited for. Throws the system's error
 * where nothing can be opened.
 */
export async function openFile(path: string): Promise<OpenedFile | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  let opened: OpenedFile | undefined;
  try {
    const info = await file.stat({ bigint: true });
    if (info.isFile()) opened = { file, size: Number(info.size), version: asVersion(info) };
    return opened;
  } finally {
    if (opened === undefined) await file.close();
  }
}

/** The version of the file at `path`, as `openFile` tells it; another one where there is none. */
export async function versionOf(path: string): Promise<string> {
  return asVersion(await stat(path, { bigint: true }).catch(() => undefined));
}

function asVersion(info: BigIntStats | undefined): string {
  return `${info?.ino} ${info?.size} ${info?.mtimeNs} ${info?.ctimeNs}`;
}
