import { chmod, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeNpy } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

/** What a stranger's folder may say of its options. */
type Settings = Record<string, unknown>;

describe("a stranger's folder", () => {
  let work: string;
  let marker: string;
  let honest: string;

  beforeAll(async () => {
    work = await newFolder();
    marker = join(work, 'it-ran');
    await writeFile(
      join(work, 'evil.mjs'),
      `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(marker)}, '');`,
    );
    await writeFile(join(work, 'evil.sh'), `#!/bin/sh\ntouch ${marker}\necho ffmpeg version 7\n`);
    await chmod(join(work, 'evil.sh'), 0o755);
    const data = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    await writeNpy(join(work, 'clips.npy'), { dtype: 'float32', shape: [20, 3], data });
    honest = join(work, 'honest');
    const run = await refrainHere(['prune', '--embeddings', 'clips.npy', '--output', honest], { cwd: work });
    expect(run.status, run.stderr).toBe(0);
  });

  /** A copy of the folder that says something else of its options. */
  const saying = async (name: string, settings: Settings) => {
    const folder = join(work, name);
    await cp(honest, folder, { recursive: true });
    const path = join(folder, 'metadata.json');
    const metadata = JSON.parse(await readFile(path, 'utf8')) as { settings: Settings };
    await writeFile(path, JSON.stringify({ ...metadata, settings: { ...metadata.settings, ...settings } }));
    return folder;
  };
  const hasRun = () =>
    stat(marker).then(
      () => true,
      () => false,
    );
  /** Status and message of a command, after which nothing of the stranger's may have run. */
  const attempt = async (...args: string[]) => {
    const { status, stderr, stdout } = await refrainHere(args, { cwd: work });
    expect(await hasRun(), args.join(' ')).toBe(false);
    return { status, text: stderr + stdout };
  };

  it('loads no plugin that it names: whoever needs one is told which, and asks for it', async () => {
    const plugins = [
      join(work, 'evil.mjs'),
      './evil.mjs',
      pathToFileURL(join(work, 'evil.mjs')).href,
      `data:text/javascript,import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(marker)}, '');`,
    ];
    const needing = await saying('needing', { plugins, clusterer: { use: 'evil' } });
    for (const args of [
      ['export', needing, '--output', 'out'],
      ['prune', '--reuse', needing, '--output', 'out'],
      ['prune', '--base', needing, '--output', 'out'],
      ['evaluate', '--pruned-dataset-path', needing],
      ['report', needing, '--serve'],
    ]) {
      const { status, text } = await attempt(...args);
      expect(text).toMatch(/clusterer "evil" of .*needing is of a plugin.*evil\.mjs.*--plugin NAME/s);
      expect(status).toBe(2);
    }
    // It does without what only its word would load, and takes no place for its output from it either.
    const idle = await saying('idle', { plugins, output: join(work, 'elsewhere'), 'cache-dir': join(work, 'cache') });
    expect(await attempt('prune', '--reuse', idle, '--output', 'again')).toMatchObject({ status: 0 });
    expect((await stat(join(work, 'again'))).isDirectory()).toBe(true);
    await expect(stat(join(work, 'elsewhere'))).rejects.toThrow();
    await expect(stat(join(work, 'cache'))).rejects.toThrow();
  });

  it('runs no program that it names', async () => {
    const program = await saying('program', { decoder: { use: 'ffmpeg', command: join(work, 'evil.sh') } });
    const one = await attempt('evaluate', '--pruned-dataset-path', program);
    expect(one.text).toMatch(/asks for the program .*evil\.sh.*give --decoder ffmpeg and its options yourself/s);
    const half = await attempt('evaluate', '--pruned-dataset-path', program, '--decoder', 'ffmpeg');
    expect(half.text).toMatch(/asks for the program/);
    const other = await attempt('export', program, '--output', 'out');
    expect(other.text).toMatch(/asks for the program/);
    const served = await attempt('report', program, '--serve');
    expect(served.text).toMatch(/asks for the program/);
    expect([one.status, half.status, other.status, served.status]).toEqual([2, 2, 2, 2]);
  });

  it('writes no control characters to the terminal by the names of its files', async () => {
    const name = 'a\u001b]0;owned\u0007\u202e3pm\nerror: x.wav';
    await mkdir(join(work, 'audio'));
    await writeFile(join(work, 'audio', name), 'RIFF');
    const { status, text } = await attempt('embed', '--dataset', 'audio', '--dataset-dir', 'audio');
    expect(status).toBe(3);
    expect(text).toContain('a\\x1b]0;owned\\x07\\u202e3pm\\nerror: x.wav');
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  });

  it('is no way in for code that a run file spells out', async () => {
    const code = `data:text/javascript,import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(marker)}, '');`;
    await writeFile(join(work, 'run.json'), JSON.stringify({ plugins: [code] }));
    const { status, text } = await attempt('plugins', '--config', 'run.json');
    expect(text).toMatch(/is neither the name of a package nor the path of a file/);
    expect(status).toBe(2);
  });
});
