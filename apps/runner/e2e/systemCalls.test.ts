import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeClip } from './fixtures/clips.ts';
import { newFolder, refrain } from './refrain.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace) {
  process.stderr.write(
    'There is no strace (tools/extras.sh installs it): the test of which files and sockets are opened is skipped.\n',
  );
}

/** The calls in what strace wrote: their names and arguments. */
const callsIn = (trace: string) =>
  trace.split('\n').flatMap((line) => {
    const [, name, rest] = /^\d+ +(\w+)\((.*)/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, rest: rest! }];
  });

describe.skipIf(!hasStrace)('what the operating system is asked for', () => {
  it('is no socket but local ones, nothing is written but output, cache and temporary files, and the output is on the disk before it has its name', async () => {
    const work = await realpath(await newFolder());
    await mkdir(join(work, 'audio'));
    for (let i = 0; i < 12; i++) await writeClip(join(work, 'audio', `${i}.wav`), `calls ${i}`);
    const traced = async (name: string, ...args: string[]) => {
      const trace = join(work, `${name}.trace`);
      const under = [
        'strace',
        '-f',
        '--seccomp-bpf',
        '-s',
        '1000',
        '-y',
        '-e',
        'trace=%file,fsync,socket,connect',
        '-o',
        trace,
      ];
      const { status, stderr } = await refrain(args, { cwd: work, under });
      expect(status, stderr).toBe(0);
      return callsIn(await readFile(trace, 'utf8'));
    };
    const cache = ['--cache-dir', join(work, 'cache')];
    const pruned = await traced(
      'prune',
      'prune',
      '--dataset',
      'audio',
      '--dataset-dir',
      'audio',
      ...cache,
      '--output',
      'out',
    );
    for (const calls of [pruned, await traced('verify', 'verify', 'out')]) {
      const sockets = calls.filter(({ name }) => name === 'socket' || name === 'connect');
      expect(sockets.filter(({ rest }) => !/AF_(UNIX|LOCAL)/.test(rest))).toEqual([]);
      const written = calls
        .filter(
          ({ name, rest }) =>
            /^(mkdir|rename|unlink|rmdir|link|symlink)/.test(name) || /O_(WRONLY|RDWR|CREAT)/.test(rest),
        )
        .map(({ rest }) => resolve(work, JSON.parse(/"(?:[^"\\]|\\.)*"/.exec(rest)![0]) as string));
      // tsx keeps what it compiled where the command runs from its sources; the user's folder is that of the tests.
      const temporary = await realpath(tmpdir());
      const places = [`${work}/`, join(temporary, 'tsx-'), join(temporary, 'refrain-e2e-home'), '/dev/null'];
      expect(written.filter((path) => !places.some((place) => path.startsWith(place)))).toEqual([]);
    }
    // Every file of the folder is on the disk, and its name in it, before the folder has its own; that is then, too.
    const named = pruned.findIndex(({ name, rest }) => name.startsWith('rename') && rest.includes(`"${work}/out"`));
    const draft = /"([^"]*\.part)"/.exec(pruned[named]!.rest)![1]!;
    const synced = (calls: typeof pruned) =>
      calls.filter(({ name }) => name === 'fsync').map(({ rest }) => /<(.*?)>/.exec(rest)![1]);
    const files = (await readdir(join(work, 'out'))).map((name) => join(draft, name));
    expect(synced(pruned.slice(0, named))).toEqual(expect.arrayContaining([...files, draft]));
    expect(synced(pruned.slice(named))).toContain(work);
    // The trace is one of a run that did its work.
    expect(pruned.some(({ rest }) => rest.includes('audio/0.wav'))).toBe(true);
  });
});
