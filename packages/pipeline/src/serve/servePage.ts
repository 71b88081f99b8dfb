import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, RefrainError } from '@refrain/core';
import { ClipAudio, type ClipSources, type PlayableAudio } from './clipAudio.ts';
import { type DecisionsFile, MOST_DECISION_BYTES } from './decisionsFile.ts';
import { listen, sendRange } from './sendRange.ts';

/** A page and what it asks for. */
export interface ServedPage {
  /** The page as HTML. */
  readonly html: string;
  readonly audio: ClipSources;
  /** What a person decided in the page; absent where it has nothing to decide. */
  readonly decisions?: DecisionsFile;
  /** On which it listens; 0 for any that is free. */
  readonly port: number;
}

/** A page that is served. */
export interface PageServer {
  readonly url: string;
  /** Fulfilled when the signal has ended it, rejected when something else did. */
  readonly ended: Promise<void>;
}

/** Only programs of this machine reach it. */
const ADDRESS = '127.0.0.1';

/**
 * Of every answer. The page has a policy of its own, which is stricter: both hold. This one also says what a page cannot say of itself: that no
 * other page may frame it, nor use what is served here.
 */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "media-src 'self' data: blob:; font-src data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

interface Answer {
  readonly status: number;
  /** Text, or audio of which a range may be asked. */
  readonly body?: string | PlayableAudio;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves a page to the browsers of this machine until `signal` is aborted: the page itself at `/`, the audio of the clip at a place in it at
 * `/audio/PLACE`, in ranges, and at `/overrides` what a person decided, which a PUT from the page alone replaces. No path of a request is ever
 * taken for one of a file. Requests for another host's name, as a page elsewhere sends them that has its name lead here, and those of other
 * pages are refused. Throws a ConfigError that names `port` where it cannot listen there.
 */
export async function servePage(page: ServedPage, signal: AbortSignal): Promise<PageServer> {
  signal.throwIfAborted();
  const audio = new ClipAudio(page.audio, signal);
  const server = createServer((request, response) => {
    answer(request, page, audio)
      .catch((error: unknown) => failed(error))
      .then((found) => send(request, response, found))
      // The browser has gone, as players do that have heard enough; or the file has changed meanwhile, and what was promised cannot follow.
      .catch(() => response.destroy());
  });
  await listen(server, { option: 'port', port: page.port, address: ADDRESS });
  const ended = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('close', resolve);
  });
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return { url: `http://${ADDRESS}:${portOf(server)}/`, ended };
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function answer(request: IncomingMessage, page: ServedPage, audio: ClipAudio): Promise<Answer> {
  const { method = '', url = '', headers, socket } = request;
  const hosts = [ADDRESS, 'localhost'].flatMap((name) => [
    `${name}:${socket.localPort}`,
    ...(socket.localPort === 80 ? [name] : []),
  ]);
  if (!hosts.includes(headers.host ?? '')) return refused(403, 'This page has another name.');
  const isNavigation = url === '/' && headers['sec-fetch-mode'] === 'navigate';
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined) && !isNavigation)
    return refused(403, 'Another page asks for it.');
  if (method === 'PUT' && headers.origin !== `http://${headers.host}`)
    return refused(403, 'Only the page itself may write.');
  const place = /^\/audio\/(0|[1-9][0-9]{0,8})$/.exec(url)?.[1];
  const { decisions } = page;
  if (url === '/overrides' && decisions !== undefined && method === 'PUT') return saved(request, decisions);
  const isRead = method === 'GET' || method === 'HEAD';
  if (url === '/') return isRead ? html(page) : notAllowed('GET, HEAD');
  if (url === '/favicon.ico') return { status: 204 };
  if (place !== undefined) return isRead ? clip(Number(place), audio) : notAllowed('GET, HEAD');
  if (url !== '/overrides' || decisions === undefined) return refused(404, 'There is nothing of this name.');
  if (!isRead) return notAllowed('GET, HEAD, PUT');
  return { status: 200, body: await decisions.read(), type: 'application/jsonl; charset=utf-8' };
}

const html = ({ html: body }: ServedPage): Answer => ({ status: 200, body, type: 'text/html; charset=utf-8' });

const refused = (status: number, why: string): Answer => ({
  status,
  body: `${why}\n`,
  type: 'text/plain; charset=utf-8',
});

const notAllowed = (methods: string): Answer => ({
  ...refused(405, `Only ${methods} are answered.`),
  headers: { Allow: methods },
});

const failed = (error: unknown): Answer => refused(500, messageOf(error));

async function clip(place: number, audio: ClipAudio): Promise<Answer> {
  const found = await audio.at(place);
  return 'why' in found ? refused(found.status, found.why) : { status: 200, body: found, type: found.type };
}

async function saved(request: IncomingMessage, decisions: DecisionsFile): Promise<Answer> {
  const bytes = await bodyOf(request, MOST_DECISION_BYTES);
  if (bytes === undefined)
    return { ...refused(413, `More than ${MOST_DECISION_BYTES} bytes.`), headers: { Connection: 'close' } };
  try {
    await decisions.write(bytes);
    return { status: 204 };
  } catch (error) {
    if (error instanceof RefrainError) return refused(400, error.message);
    throw error;
  }
}

/** The body of a request; undefined where it has more bytes than `most`. */
async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > most) return undefined;
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const block of request as AsyncIterable<Buffer>) {
    length += block.length;
    if (length > most) return undefined;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

async function send(request: IncomingMessage, response: ServerResponse, found: Answer): Promise<void> {
  const { status, body, type, headers = {} } = found;
  const head = { ...HEADERS, ...headers, ...(type === undefined ? {} : { 'Content-Type': type }) };
  if (typeof body === 'object') return sendRange(request, response, body, head);
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, status === 204 ? head : { ...head, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
