import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askPython, findPython, foundSentence, runPython } from './python.ts';

// A program in the place of Python, which says how it was started: so this needs none.
const STAND_IN = `#!/bin/sh
echo '{"cost":{},"facts":{"threads":"'$OPENBLAS_NUM_THREADS$OMP_NUM_THREADS$MKL_NUM_THREADS'","last":"'$3'"}}'
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-python-'));
  await writeFile(join(folder, 'python'), STAND_IN, { mode: 0o755 });
});

afterEach(async () => {
  delete process.env.REFRAIN_PYTHON;
  await rm(folder, { recursive: true });
});

it('starts the Python that REFRAIN_PYTHON names, on one thread from before its imports', async () => {
  process.env.REFRAIN_PYTHON = join(folder, 'python');
  const { facts } = await runPython('peers.py', ['find', 'this']);
  expect(facts).toEqual({ threads: '111', last: 'this' });
  expect(await askPython('peers.py', ['', 'that'])).toMatchObject({ facts: { last: 'that' } });
});

it('says what it found and what it did not', async () => {
  process.env.REFRAIN_PYTHON = join(folder, 'nothing');
  expect(await findPython()).toBeUndefined();
  expect(foundSentence(undefined)).toContain('nothing cannot be started');
  const absent = { torch: null, librosa: null, soundfile: null, sklearn: null, hdbscan: null, fast_hdbscan: null };
  expect(foundSentence({ python: '3.11.2', modules: { numpy: '1.24.2', ...absent } })).toBe(
    'Python 3.11.2 with numpy 1.24.2; not found, so not measured: torch, librosa, soundfile, sklearn, hdbscan, fast_hdbscan. ' +
      'REFRAIN_PYTHON names another python3.',
  );
});
