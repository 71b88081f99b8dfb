import type { Encoder } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { encodeParts } from './encodeParts.ts';

const never = new AbortController().signal;

/** Counts samples; between two pieces it waits for `pause`. */
const counter = (name: string, pause: (piece: number) => Promise<void> = async () => {}): Encoder => ({
  name,
  sampleRate: 100,
  dim: 1,
  fingerprint: name,
  encode: async () => {
    throw new Error('not asked for');
  },
  async encodeStream(pieces) {
    let [count, piece] = [0, 0];
    for await (const samples of pieces) {
      count += samples.length;
      await pause(piece++);
    }
    return { rows: 1, cols: 1, data: Float32Array.of(count) };
  },
});

function source(pieces: number) {
  const state = { read: 0, closed: false };
  async function* generate() {
    try {
      for (; state.read < pieces; ) {
        state.read++;
        yield new Float32Array(10);
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, pieces: generate() };
}

describe('encodeParts', () => {
  it('reads the audio once for all, whoever is slower, and for one that takes it whole', async () => {
    const { state, pieces } = source(50);
    const whole: Encoder = {
      ...{ name: 'whole', sampleRate: 100, dim: 1, fingerprint: 'whole' },
      encode: async ({ samples }) => ({ rows: 1, cols: 1, data: Float32Array.of(samples.length) }),
    };
    const slow = counter('slow', () => new Promise((resolve) => setImmediate(resolve)));
    const results = await encodeParts(pieces, 100, [counter('quick'), slow, whole], never);
    expect(results.map(({ data }) => data[0])).toEqual([500, 500, 500]);
    expect(state).toEqual({ read: 50, closed: true });
  });

  it('gives each the audio at its own rate', async () => {
    const { state, pieces } = source(50);
    const half = (name: string): Encoder => ({ ...counter(name), sampleRate: 50 });
    const results = await encodeParts(pieces, 100, [half('one'), counter('all'), half('other')], never);
    expect(results.map(({ data }) => data[0])).toEqual([250, 500, 250]);
    expect(state).toEqual({ read: 50, closed: true });
  });

  it('keeps the quick ones from running far ahead of a slow one', async () => {
    const { state, pieces } = source(200);
    let farthest = 0;
    const slow = counter('slow', async (piece) => {
      await new Promise((resolve) => setImmediate(resolve));
      farthest = Math.max(farthest, state.read - piece);
    });
    await encodeParts(pieces, 100, [counter('quick'), slow], never);
    expect(farthest).toBeLessThan(10);
  });

  it('throws what one of them throws, and leaves no other waiting', async () => {
    const { state, pieces } = source(1000);
    const broken = counter('broken', async (piece) => {
      if (piece === 3) throw new RangeError('broken');
    });
    await expect(encodeParts(pieces, 100, [counter('good'), broken, counter('other')], never)).rejects.toThrow(
      RangeError,
    );
    expect(state.closed).toBe(true);
    expect(state.read).toBeLessThan(20);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const { state, pieces } = source(1000);
    const stopping = counter('stopping', async (piece) => {
      if (piece === 2) stop.abort(new Error('stopped'));
    });
    await expect(encodeParts(pieces, 100, [stopping, counter('other')], stop.signal)).rejects.toThrow('stopped');
    expect(state.closed).toBe(true);
  });
});
