import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bestDisk } from './disk.ts';
import { type Lab, openLab, referenceOf } from './lab.ts';
import { brokenRound, fullRound, goneRound, killedRound, type Round } from './rounds.ts';

const BIN = process.env.REFRAIN_TEST_BUILT === '1' ? 'dist/bundle/main.js' : 'bin/refrain.mjs';

// `npm run kills` does the same with every command, on three sets, and two hundred times: this is a slice of it.
describe('the command, killed, without room on the disk or without its audio, and started again', () => {
  let lab: Lab;
  const random = seededRandom('kills');
  const wrong = ({ disturbance, failure }: Round) => failure && `${disturbance}: ${failure}`;
  beforeAll(async () => {
    const bin = fileURLToPath(new URL(`../../apps/runner/${BIN}`, import.meta.url));
    lab = await openLab(bin, await mkdtemp(join(tmpdir(), 'refrain-kills-')), { commands: ['embed'] });
  });

  it('leaves what it leaves undisturbed, and nothing else', async () => {
    const cold = await referenceOf(lab, lab.cases[0]!);
    expect(wrong(await killedRound(lab, cold, random.fork('moment')))).toBeUndefined();
    const disk = await bestDisk();
    const broken = await brokenRound(lab, cold, random.fork('change'));
    expect(wrong(broken)).toBeUndefined();
    expect(broken.disturbance).toMatch(/^killed at change \d+, /);
    expect(wrong(await fullRound(lab, cold, random.fork('full'), disk))).toBeUndefined();
    expect(wrong(await goneRound(lab, cold, random.fork('gone'), disk))).toBeUndefined();
  });
});
