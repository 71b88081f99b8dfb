import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConfigError } from '@refrain/core';
import { byteRange } from './byteRange.ts';

/** What is sent: bytes in memory or in an open file, which is closed then. */
export interface SentContent {
  readonly size: number;
  readonly content: Uint8Array | FileHandle;
}

/** Answers with all of it, or the range that is asked for. */
export async function sendRange(
  { method, headers: { range: asked } }: IncomingMessage,
  response: ServerResponse,
  { size, content }: SentContent,
  head: Readonly<Record<string, string>>,
): Promise<void> {
  const close = async () => (content instanceof Uint8Array ? undefined : content.close());
  const range = method === 'GET' ? byteRange(asked, size) : undefined;
  if (range === 'unsatisfiable') {
    await close();
    response.writeHead(416, { ...head, 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    ...head,
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  if (method === 'HEAD' || size === 0) {
    await close();
    response.end();
  } else if (content instanceof Uint8Array) await pipeline(Readable.from([content.subarray(start, end + 1)]), response);
  else await pipeline(content.createReadStream({ start, end }), response);
}

/** Lets a server listen at an address of this machine. Throws a ConfigError that names `option` where it cannot. */
export function listen(
  server: Server,
  { option, port, address }: { readonly option: string; readonly port: number; readonly address: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had (${cause.message})`;
      reject(
        new ConfigError(option, `\`${option}\` ${port} ${why}; name another one, or 0 for any that is free.`, {
          cause,
        }),
      );
    });
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
