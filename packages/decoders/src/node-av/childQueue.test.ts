import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio } from '@refrain/audio';
import { DataError } from '@refrain/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ChildQueue, DecoderChild } from './childQueue.ts';

const folder = mkdtempSync(join(tmpdir(), 'refrain-child-'));

/** A decoder process that answers with the path of the file, a byte per sample, and dies, hangs or refuses where the name says so. */
const module = join(folder, 'child.mjs');
writeFileSync(
  module,
  `import { existsSync, writeFileSync } from 'node:fs';
process.on('message', ({ path }) => {
  const die = () => process.kill(process.pid, 'SIGKILL');
  if (path.endsWith('deadly')) die();
  else if (path.endsWith('shaky') && !existsSync(path + '.seen')) { writeFileSync(path + '.seen', ''); die(); }
  else if (path.endsWith('endless')) { writeFileSync(path + '.seen', ''); for (;;); }
  else if (path.endsWith('refused')) process.send({ failed: 'no audio' });
  else {
    for (const byte of Buffer.from(path)) process.send({ piece: { samples: Float32Array.of(byte / 256), sampleRate: 8000, channels: 1 } });
    process.send('end');
  }
});
process.send({ ready: '{}' });
`,
);
const file = (name: string) => {
  const path = join(mkdtempSync(join(folder, 'files-')), name);
  writeFileSync(path, '');
  return path;
};

/** What a file was answered with. */
const textOf = async (wav: Uint8Array | undefined) => {
  const { samples } = await decodeAudio(wav!, 'answer');
  return String.fromCharCode(...samples.map((sample) => sample * 256));
};

let children: DecoderChild[] = [];
const queueOf = (silentSeconds: number) =>
  new ChildQueue(() => {
    const child = new DecoderChild(fork(module, { serialization: 'advanced' }), silentSeconds);
    children.push(child);
    return child;
  }, 3600);
const runs = ({ pid }: DecoderChild) => {
  try {
    return process.kill(pid!, 0);
  } catch {
    return false;
  }
};
afterEach(() => {
  children = [];
});

describe('the queue before a decoder process', () => {
  it('starts one process, and only when it is needed', async () => {
    const queue = queueOf(60);
    expect(children).toHaveLength(0);
    const paths = ['a', 'b', 'c'].map(file);
    const wavs = await Promise.all(paths.map((path) => queue.read(path, undefined)));
    expect(await Promise.all(wavs.map(textOf))).toEqual(paths);
    expect(children).toHaveLength(1);
    await queue.close();
    expect(children.filter(runs)).toEqual([]);
  });

  it('tries a file twice that its process dies of, and goes on with the others', async () => {
    const queue = queueOf(60);
    const paths = ['first', 'deadly', 'shaky', 'last'].map(file);
    const outcomes = await Promise.allSettled(paths.map((path) => queue.read(path, undefined)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(DataError) });
    expect(String((outcomes[1] as PromiseRejectedResult).reason)).toMatch(/deadly: .*SIGKILL, twice/);
    // The first, one after each death of "deadly", and one after that of "shaky".
    expect(children).toHaveLength(4);
    await queue.close();
    expect(children.filter(runs)).toEqual([]);
  });

  it('gives up a file on which its process falls silent', async () => {
    const queue = queueOf(2);
    const [endless, good] = ['endless', 'good'].map((name) => queue.read(file(name), undefined));
    await expect(endless).rejects.toThrow(/endless: .*said nothing for 2 s, twice/);
    expect(await textOf(await good)).toMatch(/good$/);
    await queue.close();
  });

  it('kills the process when the file it is busy with is not waited for any more', async () => {
    const queue = queueOf(60);
    const stop = new AbortController();
    const path = file('endless');
    const [endless, good] = [queue.read(path, stop.signal), queue.read(file('good'), undefined)];
    await vi.waitFor(() => expect(existsSync(`${path}.seen`)).toBe(true), { timeout: 20_000, interval: 10 });
    stop.abort(new Error('enough'));
    await expect(endless).rejects.toThrow('enough');
    expect(await textOf(await good)).toMatch(/good$/);
    await children[0]!.gone;
    expect(children.map(runs)).toEqual([false, true]);
    await queue.close();
    expect(children.filter(runs)).toEqual([]);
  });

  it('passes on why a file is refused, and asks for no file that is not there', async () => {
    const queue = queueOf(60);
    await expect(queue.read(join(folder, 'missing'), undefined)).rejects.toThrow(/missing: there is no such file/);
    await expect(queue.read(folder, undefined)).rejects.toThrow(/not a file/);
    expect(children).toHaveLength(0);
    await expect(queue.read(file('refused'), undefined)).rejects.toThrow(/refused: .*no audio/);
    await queue.close();
  });

  it('refuses what is waited for when it is closed', async () => {
    const queue = queueOf(60);
    const outcomes = Promise.allSettled(['endless', 'good'].map((name) => queue.read(file(name), undefined)));
    await vi.waitFor(() => expect(children).toHaveLength(1), { timeout: 20_000, interval: 10 });
    await queue.close();
    for (const outcome of await outcomes) expect(String((outcome as PromiseRejectedResult).reason)).toMatch(/closed/);
    expect(children.filter(runs)).toEqual([]);
    await expect(queue.read(file('late'), undefined)).rejects.toThrow(/late.*closed/);
  });
});
