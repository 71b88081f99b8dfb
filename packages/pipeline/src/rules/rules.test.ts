import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDecisions } from './rules.ts';

it('decisions are read behind a byte order mark', async () => {
  const overrides = join(await mkdtemp(join(tmpdir(), 'refrain-overrides-')), 'overrides.jsonl');
  const rules = {
    overrides,
    keepRules: [],
    maxPerGroup: {},
    minPerGroup: {},
    minPerLabel: undefined,
    mergeLabels: false,
  };
  for (const encoding of ['utf8', 'utf16le'] as const) {
    await writeFile(overrides, Buffer.from('\uFEFF{"id": "b", "decision": "keep"}\r\n', encoding));
    const decisions = await readDecisions(rules, ['a', 'b']);
    expect([...decisions!.protect]).toEqual(['b']);
  }
});
