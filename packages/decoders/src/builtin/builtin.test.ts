import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { testDecoder } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { builtin } from './builtin.ts';

describe('the built-in decoder', () => {
  testDecoder(() => builtin.create({ maxSeconds: 3600 }));

  it('decodes the bytes it is given, and does not look for the file', async () => {
    const samples = Float32Array.of(0.5, -0.25, 0.125);
    const bytes = encodeWav({ samples, sampleRate: 8000 });
    const decoder = await builtin.create({ maxSeconds: 3600 });
    const stream = await decoder.stream!('nowhere.wav', { bytes });
    expect(stream.bytes).toBe(bytes);
    for await (const channels of stream.pieces) expect(channels).toEqual([samples]);
    await expect(decoder.stream!('nowhere.wav', { bytes: bytes.subarray(0, 20) })).rejects.toThrow(/^nowhere\.wav: /);
  });

  it('refuses what is longer than it may be', async () => {
    const path = join(tmpdir(), `refrain-long-${process.pid}.wav`);
    await writeFile(path, encodeWav({ samples: new Float32Array(3 * 8000), sampleRate: 8000 }));
    const [short, long] = await Promise.all([2, 4].map((maxSeconds) => builtin.create({ maxSeconds })));
    expect((await long!.decode(path)).samples).toHaveLength(24_000);
    await expect(short!.decode(path)).rejects.toThrow(/refrain-long.*at most/);
  });
});
