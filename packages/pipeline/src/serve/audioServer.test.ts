import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ServedAudio } from '../embed/servedAudio.ts';
import { AudioServer } from './audioServer.ts';

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
const HASH = createHash('sha256').update(CONTENT).digest('hex');
const LOCAL = { host: '127.0.0.1', port: 0 };

let folder: string;
let server: AudioServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-served-'));
  await writeFile(join(folder, 'one.wav'), CONTENT);
  server = await AudioServer.start(LOCAL, {});
  server.offer(HASH, { id: 'one', path: join(folder, 'one.wav'), split: 'train', labels: [] });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const ask = (name: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(new URL(name, server.access.url), {
    method,
    headers: { authorization: `Bearer ${server.access.token}`, ...headers },
  });
const host = () => ({ cacheDir: join(folder, 'cache'), signal: new AbortController().signal });

it('gives what is offered, whole and in ranges, to whom who knows the token', async () => {
  expect(Buffer.from(await (await ask(HASH)).arrayBuffer())).toEqual(CONTENT);
  const part = await ask(HASH, { range: 'bytes=1000-1999' });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 1000-1999/100000']);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(CONTENT.subarray(1000, 2000));
  expect((await ask(HASH, { range: 'bytes=100000-' })).status).toBe(416);
  expect((await ask(HASH, {}, 'HEAD')).headers.get('content-length')).toBe('100000');
});

it('gives nothing else, and nothing without the token', async () => {
  for (const authorization of [
    '',
    'Bearer',
    `Bearer ${server.access.token}0`,
    `Basic ${server.access.token}`,
    'Bearer x',
  ]) {
    const { status, headers } = await ask(HASH, { authorization });
    expect([status, headers.get('content-length')]).toEqual([401, '0']);
  }
  for (const name of [
    '0'.repeat(64),
    'one.wav',
    '../one.wav',
    `${HASH}/`,
    `%2e%2e/${HASH}`,
    encodeURIComponent(folder),
  ])
    expect((await ask(name)).status, name).toBe(404);
  expect((await ask(HASH, {}, 'PUT')).status).toBe(405);
  server.withdraw(HASH);
  expect((await ask(HASH)).status).toBe(404);
  const other = await AudioServer.start({ ...LOCAL, token: 'from elsewhere' }, { readBytes: async () => CONTENT });
  expect([other.access.token, server.access.token]).toEqual([
    'from elsewhere',
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  await expect(AudioServer.start({ ...LOCAL, port: Number(new URL(other.access.url).port) }, {})).rejects.toMatchObject(
    {
      code: 'REFRAIN_CONFIG',
      option: 'serveAudio',
    },
  );
  await other.close();
});

it('is fetched as a file of its own, and refused with the status where it is not to be had', async () => {
  const served = new ServedAudio(server.access, host());
  const path = await served.fetch(HASH, '/music/one.wav');
  expect([await readFile(path), path.endsWith('.wav')]).toEqual([CONTENT, true]);
  const wrong = new ServedAudio({ ...server.access, token: 'wrong' }, host());
  await expect(wrong.fetch(HASH, '/music/one.wav')).rejects.toThrow(
    '/music/one.wav: is not served at http://127.0.0.1',
  );
  await rm(join(folder, 'one.wav'));
  await expect(served.fetch(HASH, '/music/one.wav')).rejects.toThrow('(status 404)');
  expect(await readdir(join(folder, 'cache', 'served'))).toHaveLength(1);
  expect(existsSync(path)).toBe(true);
});

it('is fetched from where a connection was cut', async () => {
  const asked: (string | undefined)[] = [];
  const cutting = createServer((request, response) => {
    const { range } = request.headers;
    asked.push(range);
    const start = Number(/\d+/.exec(range ?? '0')![0]);
    response.writeHead(start > 0 ? 206 : 200, { 'Content-Length': CONTENT.length - start });
    const end = asked.length < 3 ? start + 30_000 : CONTENT.length;
    response.write(CONTENT.subarray(start, end), () => (end < CONTENT.length ? response.destroy() : response.end()));
  });
  await new Promise<void>((resolve) => cutting.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(cutting.address() as AddressInfo).port}/audio/`;
  const path = await new ServedAudio({ url, token: 't' }, host()).fetch(HASH, 'one.wav');
  expect(await readFile(path)).toEqual(CONTENT);
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range!))).toBe(true);
  cutting.closeAllConnections();
  cutting.close();
});
