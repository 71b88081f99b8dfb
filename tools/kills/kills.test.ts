import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bestDisk } from './disk.ts';
import { fullRound, killedRound, type Lab, openLab } from './rounds.ts';

const BIN = process.env.REFRAIN_TEST_BUILT === '1' ? 'dist/bundle/main.js' : 'bin/refrain.mjs';

// `npm run kills` does the same with every command and a hundred times: this is a slice of it.
describe('the command, killed or without room on the disk, and started again', () => {
  let lab: Lab;
  const random = seededRandom('kills');
  beforeAll(async () => {
    const bin = fileURLToPath(new URL(`../../apps/runner/${BIN}`, import.meta.url));
    lab = await openLab(bin, await mkdtemp(join(tmpdir(), 'refrain-kills-')), ['embed']);
  });

  it('leaves what it leaves undisturbed, and nothing else', async () => {
    const [cold] = lab.references;
    for (const moment of ['early', 'late']) {
      const { disturbance, failure } = await killedRound(lab, cold!, random.fork(moment));
      expect(failure, disturbance).toBeUndefined();
    }
    const { disturbance, failure } = await fullRound(lab, cold!, random.fork('full'), await bestDisk());
    expect(failure, disturbance).toBeUndefined();
  });
});
