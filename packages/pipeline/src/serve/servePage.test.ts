import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@refrain/audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionsIn, MOST_DECISION_BYTES } from './decisionsFile.ts';
import { type PageServer, type ServedPage, servePage } from './servePage.ts';

const SAMPLES = Float32Array.from({ length: 8000 }, (_, i) => Math.round(8192 * Math.sin(i / 9)) / 32_768);
const WAV = Buffer.from(encodeWav({ samples: SAMPLES, sampleRate: 8000 }));
const PAGE = '<!doctype html><title>A page</title>';
const IDS = ['one', '<script>', 'line\nbreak'];

/** The same sound as Sun's au, which browsers do not play. */
function au(): Buffer {
  const header = Buffer.alloc(24);
  header.write('.snd');
  for (const [i, value] of [24, 2 * SAMPLES.length, 3, 8000, 1].entries()) header.writeUInt32BE(value, 4 + 4 * i);
  const samples = Buffer.alloc(2 * SAMPLES.length);
  for (const [i, sample] of SAMPLES.entries()) samples.writeInt16BE(32_768 * sample, 2 * i);
  return Buffer.concat([header, samples]);
}

/** The answer to a request as it stands: node's fetch would mend the path. */
interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let folder: string;
let run: string;
let server: PageServer;
let decoded = 0;
const end = new AbortController();

// The places of the clips, by what is there.
const FILES = {
  wav: 'a.wav',
  inFolder: 'below/b.wav',
  innerLink: 'inner.wav',
  au: 'c.au',
  outside: '../outside.wav',
  outerLink: 'outer.wav',
  folderLink: 'elsewhere/outside.wav',
  dots: 'below/../../outside.wav',
  text: 'text.mp3',
  missing: 'missing.wav',
  folder: 'below',
  pipe: 'pipe.wav',
  device: '/dev/zero',
};
const PLACES = Object.keys(FILES) as (keyof typeof FILES)[];
const audio = (name: keyof typeof FILES) => `/audio/${PLACES.indexOf(name)}`;
const NO_AUDIO = `/audio/${PLACES.length}`;

beforeAll(async () => {
  const work = await realpath(await mkdtemp(join(tmpdir(), 'refrain-serve-')));
  folder = join(work, 'dataset');
  run = join(work, 'run');
  await mkdir(join(folder, 'below'), { recursive: true });
  await mkdir(run);
  for (const name of ['a.wav', 'below/b.wav', '../outside.wav']) await writeFile(join(folder, name), WAV);
  await writeFile(join(folder, 'c.au'), au());
  await writeFile(join(folder, 'text.mp3'), 'root:x:0:0:root:/root:/bin/sh\n');
  await symlink('below/b.wav', join(folder, 'inner.wav'));
  await symlink('../outside.wav', join(folder, 'outer.wav'));
  await symlink('..', join(folder, 'elsewhere'));
  if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe.wav')]);
  const paths = PLACES.map((name) => (FILES[name].startsWith('/') ? FILES[name] : `${folder}/${FILES[name]}`));
  const decode: ServedPage['audio']['decode'] = (place, options) => {
    decoded++;
    return readAudioFile(paths[place]!, options);
  };
  const sources = { root: folder, paths: [...paths, undefined], decode };
  server = await servePage({ html: PAGE, audio: sources, decisions: decisionsIn(run, IDS), port: 0 }, end.signal);
});

afterAll(async () => {
  end.abort();
  await server.ended;
});

function ask(
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer } = {},
): Promise<Got> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers }, async (response) => {
      const blocks: Buffer[] = [];
      for await (const block of response as AsyncIterable<Buffer>) blocks.push(block);
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(blocks) });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const put = (body: string | Buffer, headers: OutgoingHttpHeaders = { origin: server.url.slice(0, -1) }) =>
  ask('/overrides', { method: 'PUT', headers, body });

describe('the page', () => {
  it('is served with what keeps it to itself', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body.toString()).toBe(PAGE);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(PAGE.length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    });
    expect((await ask('/', { method: 'HEAD' })).headers['content-length']).toBe(String(PAGE.length));
  });

  it('is reached by this machine alone', async () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    const others = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    for (const { address, family, internal } of others) {
      if (family !== 'IPv4' || internal) continue;
      await expect(fetch(server.url.replace('127.0.0.1', address))).rejects.toThrow();
    }
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', 'localhost.evil.example:PORT', '0.0.0.0:PORT', '127.0.0.1:1'])(
    'is refused to the host name "%s"',
    async (host) => {
      const headers = { host: host.replace('PORT', new URL(server.url).port) };
      for (const path of ['/', audio('wav'), '/overrides']) expect((await ask(path, { headers })).status).toBe(403);
    },
  );

  it('answers as localhost too', async () => {
    expect((await ask('/', { headers: { host: `localhost:${new URL(server.url).port}` } })).status).toBe(200);
  });

  it('gives other pages nothing, but may be gone to from them', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' };
      for (const path of ['/', audio('wav'), '/overrides']) expect((await ask(path, { headers })).status).toBe(403);
      expect((await ask('/', { headers: { ...headers, 'sec-fetch-mode': 'navigate' } })).status).toBe(200);
    }
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' };
    expect((await ask('/overrides', { headers: own })).status).toBe(200);
  });

  it.each(['POST', 'DELETE', 'PATCH', 'OPTIONS', 'PUT'])('answers no %s but that of decisions', async (method) => {
    const headers = { origin: server.url.slice(0, -1) };
    for (const path of ['/', audio('wav')]) expect((await ask(path, { method, headers })).status).toBe(405);
    if (method !== 'PUT') expect((await ask('/overrides', { method, headers })).status).toBe(405);
  });

  it('says which port is taken', async () => {
    const port = Number(new URL(server.url).port);
    const again = servePage(
      { html: PAGE, audio: { root: '', paths: [], decode: async () => ({ samples: SAMPLES, sampleRate: 1 }) }, port },
      end.signal,
    );
    await expect(again).rejects.toMatchObject({ option: 'port', message: expect.stringContaining(String(port)) });
  });
});

describe('the audio', () => {
  it('comes whole, with its type', async () => {
    for (const name of ['wav', 'inFolder', 'innerLink'] as const) {
      const { status, headers, body } = await ask(audio(name));
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'audio/wav',
        'accept-ranges': 'bytes',
        'content-length': String(WAV.length),
        'x-content-type-options': 'nosniff',
      });
      expect(body.equals(WAV)).toBe(true);
    }
  });

  it.each(['wav', 'au'] as const)('comes in ranges: %s', async (name) => {
    const range = (asked: string, method = 'GET') => ask(audio(name), { method, headers: { range: asked } });
    const part = await range('bytes=40-49');
    expect(part.status).toBe(206);
    expect(part.headers).toMatchObject({ 'content-range': `bytes 40-49/${WAV.length}`, 'content-length': '10' });
    expect(part.body).toEqual(WAV.subarray(40, 50));
    expect((await range('bytes=-5')).body).toEqual(WAV.subarray(-5));
    const rest = await range(`bytes=16000-`);
    expect(rest.headers['content-range']).toBe(`bytes 16000-${WAV.length - 1}/${WAV.length}`);
    expect(rest.body).toEqual(WAV.subarray(16_000));
    const behind = await range(`bytes=${WAV.length}-`);
    expect(behind.status).toBe(416);
    expect(behind.headers['content-range']).toBe(`bytes */${WAV.length}`);
    const head = await range('bytes=0-1', 'HEAD');
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(WAV.length), 0]);
    expect((await range('bytes=0-1,4-5')).status).toBe(200);
  });

  it('is decoded where browsers lack the format, and once for many ranges', async () => {
    const before = decoded;
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(audio('au'))));
    expect(decoded - before).toBeLessThanOrEqual(1);
    for (const { headers, body } of answers) {
      expect(headers['content-type']).toBe('audio/wav');
      expect(body.equals(WAV)).toBe(true);
    }
  });

  it.each(['outside', 'outerLink', 'folderLink', 'dots', 'missing', 'folder', 'pipe', 'device'] as const)(
    'of a file that is no file in the folder is not there: %s',
    async (name) => {
      expect((await ask(audio(name))).status).toBe(404);
    },
  );

  it('is audio: of another file not a byte is sent', async () => {
    const { status, headers, body } = await ask(audio('text'));
    expect(status).toBe(415);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(body.toString()).not.toContain('root:x');
  });

  it.each([
    NO_AUDIO,
    '/audio/1000000000',
    '/audio/-1',
    '/audio/00',
    '/audio/0x0',
    '/audio/1e0',
    '/audio/0/',
    '/audio/0?x',
    '/audio/0%00',
    '/audio/%30',
    '/audio//0',
    '//audio/0',
    '/audio/a.wav',
    '/audio/../audio/0',
    '/audio/..%2foutside.wav',
    '/audio/%2e%2e/outside.wav',
    '/audio/..\\outside.wav',
    '/../outside.wav',
    '/..%c0%afoutside.wav',
    '/etc/passwd',
    '//etc/passwd',
    'file:///etc/passwd',
    'http://evil.example/audio/0',
    '/audio/length',
    '/audio/__proto__',
    '/decisions.jsonl',
    '*',
  ])('is not found at %s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body.length).toBeLessThan(100);
  });

  it('does not hold the server up where a player leaves early', async () => {
    const { port } = new URL(server.url);
    for (let i = 0; i < 20; i++)
      await new Promise<void>((resolve) => {
        const sent = request({ host: '127.0.0.1', port, path: audio('wav') }, (response) => {
          response.destroy();
          resolve();
        });
        sent.on('error', () => resolve());
        sent.end();
      });
    expect((await ask(audio('wav'))).status).toBe(200);
  });
});

describe('decisions', () => {
  const path = () => join(run, 'decisions.jsonl');
  const line = (id: string, decision: string) => `${JSON.stringify({ id, decision })}\n`;

  it('begin with those of the run, are saved as they are, and come back', async () => {
    expect((await ask('/overrides')).body.toString()).toBe('');
    await writeFile(join(run, 'overrides.jsonl'), line('one', 'keep'));
    expect((await ask('/overrides')).body.toString()).toBe(line('one', 'keep'));
    const text = line('one', 'remove') + line('<script>', 'keep') + line('line\nbreak', 'keep');
    const { status, body } = await put(text);
    expect([status, body.length]).toEqual([204, 0]);
    expect(await readFile(path(), 'utf8')).toBe(text);
    const got = await ask('/overrides');
    expect(got.headers['content-type']).toBe('application/jsonl; charset=utf-8');
    expect(got.body.toString()).toBe(text);
    // What the certificate of the run covers is as it was.
    expect(await readFile(join(run, 'overrides.jsonl'), 'utf8')).toBe(line('one', 'keep'));
    expect((await readdir(run)).sort()).toEqual(['decisions.jsonl', 'overrides.jsonl']);
    expect((await put('')).status).toBe(204);
    expect(await readFile(path(), 'utf8')).toBe('');
  });

  it('are written by the page alone', async () => {
    const before = existsSync(path()) && (await readFile(path(), 'utf8'));
    const own = new URL(server.url).origin;
    const others = [
      'http://evil.example',
      'null',
      `${own}0`,
      own.replace('http', 'https'),
      'http://127.0.0.1',
      undefined,
    ];
    for (const origin of others)
      expect((await put(line('one', 'keep'), origin === undefined ? {} : { origin })).status).toBe(403);
    // The origin of the other name of this machine is another page to a browser.
    expect((await put(line('one', 'keep'), { origin: own.replace('127.0.0.1', 'localhost') })).status).toBe(403);
    const rebound = { origin: 'http://evil.example', host: 'evil.example' };
    expect((await put(line('one', 'keep'), rebound)).status).toBe(403);
    expect(existsSync(path()) && (await readFile(path(), 'utf8'))).toBe(before);
  });

  it.each([
    ['no JSON', 'keep one', /decisions.jsonl:1: .*JSON/],
    ['another clip', line('one', 'keep') + line('two', 'keep'), /decisions.jsonl:2: there is no clip two/],
    ['another decision', line('one', 'burn'), /decisions.jsonl:1: .*decision/],
    ['a contradiction', line('one', 'keep') + line('one', 'remove'), /decisions.jsonl:2: clip one/],
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0xfd]), /UTF-8/],
  ])('are refused where they are %s', async (_, body, why) => {
    await put(line('one', 'keep'));
    const { status, body: said } = await put(body);
    expect(status).toBe(400);
    expect(said.toString()).toMatch(why);
    expect(await readFile(path(), 'utf8')).toBe(line('one', 'keep'));
  });

  it('are refused where they are more than anybody decides', async () => {
    await put(line('one', 'keep'));
    const origin = new URL(server.url).origin;
    const declared = await put(Buffer.alloc(MOST_DECISION_BYTES + 1, '\n'), { origin }).catch(() => undefined);
    expect([413, undefined]).toContain(declared?.status);
    const streamed = await put(Buffer.alloc(MOST_DECISION_BYTES + 1, '\n'), {
      origin,
      'transfer-encoding': 'chunked',
    }).catch(() => undefined);
    expect([413, undefined]).toContain(streamed?.status);
    expect(await readFile(path(), 'utf8')).toBe(line('one', 'keep'));
  });
});

describe('its end', () => {
  it('comes with the signal, and frees the port', async () => {
    const own = new AbortController();
    const page = {
      html: PAGE,
      audio: { root: folder, paths: [], decode: async () => ({ samples: SAMPLES, sampleRate: 1 }) },
    };
    const first = await servePage({ ...page, port: 0 }, own.signal);
    expect((await fetch(first.url)).status).toBe(200);
    // Without decisions nothing is read or written.
    expect((await fetch(`${first.url}overrides`)).status).toBe(404);
    own.abort();
    await first.ended;
    const next = new AbortController();
    const second = await servePage({ ...page, port: Number(new URL(first.url).port) }, next.signal);
    next.abort();
    await second.ended;
    await expect(servePage({ ...page, port: 0 }, next.signal)).rejects.toThrow();
  });
});
