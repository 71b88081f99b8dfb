import { describe, expect, it } from 'vitest';
import { bitCount, packBits } from './fingerprints.ts';

describe('packing bits', () => {
  it('takes bit 0 first, and no zero rows', () => {
    const row = (...set: number[]) => Array.from({ length: 32 }, (_, bit) => (set.includes(bit) ? 1 : -1));
    const data = Float32Array.from([...row(0), ...row(31, 1), ...row()]);
    expect(Array.from(packBits({ data, rows: 3, cols: 32 }))).toEqual([1, 2 ** 31 + 2, 0]);
    expect(packBits({ data: new Float32Array(32), rows: 1, cols: 32 })).toHaveLength(0);
  });

  it('refuses another width', () => {
    expect(() => packBits({ data: new Float32Array(20), rows: 1, cols: 20 })).toThrow(/32 bits/);
  });

  it('counts bits', () => {
    expect([0, 1, 0x80000000, 0xffffffff, 0x0f0f0f0f].map(bitCount)).toEqual([0, 1, 1, 32, 16]);
  });
});
