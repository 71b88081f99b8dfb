import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { describe, expect, it, vi } from 'vitest';
import { FfmpegGroups } from './groups.ts';

const installed = process.platform !== 'win32' && spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'refrain-ffmpeg-groups-'));
const settings = { filesAtOnce: 8, groups: 2, maxSeconds: 3600 };

const wav = (name: string) => {
  const path = join(folder, name);
  writeFileSync(path, encodeWav({ samples: Float32Array.of(0.5, -0.5, 0.25), sampleRate: 8000 }));
  return path;
};

/** A program that writes down its process id and hangs if its arguments match, and is ffmpeg otherwise. */
function hangingOn(pattern: string) {
  const command = join(mkdtempSync(join(folder, 'program-')), 'ffmpeg');
  const hang = `echo $$ >> "$0.pids"; exec sleep 1000`;
  writeFileSync(command, `#!/bin/sh\ncase "$*" in ${pattern}) ${hang};; esac\nexec ffmpeg "$@"\n`, { mode: 0o755 });
  const pids = () => readFileSync(`${command}.pids`, 'utf8').trim().split('\n').map(Number);
  return { command, pids };
}

const started = (pids: () => number[]) => vi.waitFor(pids, { timeout: 20_000, interval: 10 });
const runs = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(!installed)(
  `groups of files${installed ? '' : ' (skipped: no program ffmpeg on the PATH, or Windows)'}`,
  () => {
    it('are read by one process each', async () => {
      const { command, pids } = hangingOn('*');
      const groups = new FfmpegGroups({ ...settings, command, filesAtOnce: 3 });
      const calls = ['a', 'b', 'c', 'd'].map((name) => groups.read(wav(`${name}.wav`), undefined));
      await vi.waitFor(() => expect(pids()).toHaveLength(2), { timeout: 20_000, interval: 10 });
      const all = Promise.allSettled(calls);
      await groups.close();
      expect((await all).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    });

    it('that take too long are read one by one, and wait for none that hangs', async () => {
      const { command, pids } = hangingOn('*slow.wav*');
      const groups = new FfmpegGroups({ ...settings, command, groupSeconds: 0.2 });
      const stop = new AbortController();
      const [first, slow, last] = ['first.wav', 'slow.wav', 'last.wav'].map((name) =>
        groups.read(wav(name), stop.signal),
      );
      expect(await first).toEqual(await last);
      await vi.waitFor(() => expect(pids()).toHaveLength(2), { timeout: 20_000, interval: 10 });
      stop.abort(new Error('enough'));
      await expect(slow).rejects.toThrow('enough');
      await groups.close();
      expect(pids().filter(runs)).toEqual([]);
    });

    it('are killed when no call is waited for any more, and not before', async () => {
      const { command, pids } = hangingOn('*');
      const groups = new FfmpegGroups({ ...settings, command });
      const stops = [new AbortController(), new AbortController()];
      const calls = stops.map(({ signal }, i) => groups.read(wav(`${i}.wav`), signal));
      const [pid] = await started(pids);
      stops[0]!.abort(new Error('one'));
      await expect(calls[0]).rejects.toThrow('one');
      expect(runs(pid!)).toBe(true);
      stops[1]!.abort(new Error('two'));
      await expect(calls[1]).rejects.toThrow('two');
      await vi.waitFor(() => expect(runs(pid!)).toBe(false), { timeout: 20_000, interval: 10 });
      await groups.close();
    });

    it('leave no process behind when the decoder is closed', async () => {
      const { command, pids } = hangingOn('*');
      const groups = new FfmpegGroups({ ...settings, command });
      const call = groups.read(wav('closed.wav'), undefined);
      const refused = expect(call).rejects.toThrow(/closed\.wav.*closed/);
      const [pid] = await started(pids);
      await groups.close();
      expect(runs(pid!)).toBe(false);
      await refused;
      await expect(groups.read(wav('late.wav'), undefined)).rejects.toThrow(/late\.wav.*closed/);
    });

    it('tell all who wait when the program is gone', async () => {
      const groups = new FfmpegGroups({ ...settings, command: join(folder, 'gone') });
      const outcomes = await Promise.allSettled(['x', 'y'].map((name) => groups.read(wav(name), undefined)));
      for (const outcome of outcomes)
        expect(String((outcome as PromiseRejectedResult).reason)).toMatch(/can't be started/);
      await groups.close();
    });
  },
);
