import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { AudioReader, Clip } from '@refrain/core';
import { listen, type SentContent, sendRange } from './sendRange.ts';

/** Where audio is served, and to whom. */
export interface AudioPlace {
  /** A name or address of this machine that others reach. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** What a request has to know; made at random where it is absent. */
  readonly token?: string | undefined;
}

/** What asks for audio has to know. */
export interface AudioAccess {
  readonly url: string;
  readonly token: string;
}

/**
 * Serves files of clips to machines that do not see them, by the hash of their content, in ranges, to whom who knows the token. No path of a request
 * is ever taken for one of a file: only clips that are offered are there.
 */
export class AudioServer {
  readonly access: AudioAccess;
  readonly #server: Server;
  readonly #digest: Buffer;
  readonly #clips = new Map<string, Clip>();
  readonly #reader: Pick<AudioReader, 'readBytes'>;

  private constructor(server: Server, access: AudioAccess, reader: Pick<AudioReader, 'readBytes'>) {
    this.access = access;
    this.#server = server;
    this.#digest = digestOf(`Bearer ${access.token}`);
    this.#reader = reader;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Throws a ConfigError for `serveAudio` where it cannot listen there. */
  static async start({ host, port, token }: AudioPlace, reader: Pick<AudioReader, 'readBytes'>): Promise<AudioServer> {
    // A worker asks again when it has embedded what it got.
    const server = createServer({ keepAliveTimeout: 60_000 });
    await listen(server, { option: 'serveAudio', port, address: host });
    const url = `http://${isIPv6(host) ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/audio/`;
    return new AudioServer(server, { url, token: token ?? randomBytes(32).toString('hex') }, reader);
  }

  /** From now on the clip with this content can be had. */
  offer(contentHash: string, clip: Clip): void {
    this.#clips.set(contentHash, clip);
  }

  /** From now on it cannot. */
  withdraw(contentHash: string): void {
    this.#clips.delete(contentHash);
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await ended;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '', headers } = request;
    const refuse = (status: number) => void response.writeHead(status, { 'Content-Length': 0 }).end();
    if (!timingSafeEqual(digestOf(headers.authorization ?? ''), this.#digest)) return refuse(401);
    if (method !== 'GET' && method !== 'HEAD') return refuse(405);
    const clip = this.#clips.get(/^\/audio\/([0-9a-f]{64})$/.exec(url)?.[1] ?? '');
    if (clip === undefined) return refuse(404);
    const content = await this.#contentOf(clip).catch(() => undefined);
    if (content === undefined) return refuse(404);
    const head = { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' };
    await sendRange(request, response, content, head);
  }

  async #contentOf(clip: Clip): Promise<SentContent> {
    if (this.#reader.readBytes !== undefined) {
      const content = await this.#reader.readBytes(clip);
      return { content, size: content.length };
    }
    const content = await open(clip.path, 'r');
    return { content, size: (await content.stat()).size };
  }
}

/** Of equal length whatever the text, so that a comparison tells nothing of it. */
const digestOf = (text: string) => createHash('sha256').update(text).digest();
