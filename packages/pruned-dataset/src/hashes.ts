import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type Clip, type Dataset, type Matrix, openFile, readAt, rowOf, versionOf } from '@refrain/core';

/** SHA-256 of a file, hexadecimal, read in pieces. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** What a clip's file held when it was read. */
export interface ClipContent {
  /** SHA-256 of the file, and of which piece of it the clip is; undefined where it cannot be read, or is no file but a folder or a device. */
  readonly hash: string | undefined;
  /** All of it; absent where it is large, or the clip is a piece of it. */
  readonly bytes?: Uint8Array | undefined;
  /** As `versionOf` tells it for the file; absent where it is no file by itself. */
  readonly version?: string;
}

/** Larger files are hashed piece by piece, and not held. */
const LARGE = 2 ** 25;
const CHUNK = 2 ** 20;

/** What reads the files of clips, each in one go. Pieces of one file that follow each other read it once, as long as it stays as it is. */
export function contentReader(dataset: Pick<Dataset, 'readBytes'>): (clip: Clip) => Promise<ClipContent> {
  let last: { readonly path: string; readonly version: string; readonly hash: string | undefined } | undefined;
  return async (clip) => {
    const { path, piece } = clip;
    if (piece === undefined) return wholeContent(clip, dataset);
    const version = await versionOf(path);
    if (last?.path !== path || last.version !== version) {
      last = { path, version, hash: (await wholeContent(clip, dataset)).hash };
    }
    return { hash: last.hash && sha256(`${last.hash} ${piece.start} ${piece.seconds}`) };
  };
}

/** The same for who wants the hash alone. */
export function contentHasher(dataset: Pick<Dataset, 'readBytes'>): (clip: Clip) => Promise<string | undefined> {
  const read = contentReader(dataset);
  return async (clip) => (await read(clip)).hash;
}

async function wholeContent(clip: Clip, dataset: Pick<Dataset, 'readBytes'>): Promise<ClipContent> {
  try {
    if (dataset.readBytes === undefined) return await fileContent(clip.path);
    const bytes = await dataset.readBytes(clip);
    return { hash: sha256(bytes), bytes };
  } catch {
    // Why it cannot be read is told when it is decoded.
    return { hash: undefined };
  }
}

async function fileContent(path: string): Promise<ClipContent> {
  const opened = await openFile(path);
  if (opened === undefined) return { hash: undefined };
  const { file, size, version } = opened;
  try {
    if (size <= LARGE) {
      const bytes = await readAt(file, 0, size);
      return { hash: sha256(bytes), bytes, version };
    }
    const hash = createHash('sha256');
    const chunk = new Uint8Array(CHUNK);
    for (let end = false; !end; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK);
      hash.update(chunk.subarray(0, bytesRead));
      end = bytesRead === 0;
    }
    return { hash: hash.digest('hex'), version };
  } finally {
    await file.close();
  }
}

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** SHA-256 over the float32 bytes of one row, hexadecimal, shortened to 128 bits. */
export function rowHash(matrix: Matrix, index: number): string {
  return hash('sha256', rowOf(matrix, index)).slice(0, 32);
}
