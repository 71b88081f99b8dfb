import type { BadClip } from '@refrain/pruned-dataset';
import { describe, expect, it } from 'vitest';
import { printed } from './printed.ts';

const bad = (count: number): BadClip[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${i}.wav`, path: `/x/${i}.wav`, stage: 'decode', reason: 'empty' }));

const print = (asJson: boolean, result: { folder?: string; bad?: BadClip[]; warnings?: string[] } = {}) =>
  printed({ command: 'prune', asJson, result: { text: '4 kept', json: { pruned_size: 4 }, ...result } });

describe('what a command prints', () => {
  it('names clips that could not be read where they are few', () => {
    expect(print(false)).toBe('4 kept');
    expect(print(false, { bad: bad(2) })).toBe('2 clips could not be read:\n  0.wav: empty\n  1.wav: empty\n4 kept');
    expect(print(false, { bad: bad(1) })).toMatch(/^1 clip could/);
    const lines = print(false, { bad: bad(1000) }).split('\n');
    expect(lines).toHaveLength(8);
    expect(lines.slice(5)).toEqual(['  4.wav: empty', '  … and 995 more', '4 kept']);
  });

  it('has folder, warnings and unreadable clips for programs, also where there are none', () => {
    expect(JSON.parse(print(true))).toEqual({
      command: 'prune',
      folder: null,
      warnings: [],
      bad: [],
      pruned_size: 4,
    });
    const found = { folder: '/out', warnings: ['odd'], bad: bad(1) };
    expect(JSON.parse(print(true, found))).toEqual({ command: 'prune', ...found, pruned_size: 4 });
  });
});
