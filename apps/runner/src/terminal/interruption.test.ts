import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Interrupted, interruptionOf } from './interruption.ts';

describe('an interruption', () => {
  it('aborts once, is not hurried by the same signal sent twice, and ends the process at a later one', () => {
    let time = 5000;
    let told = 0;
    const ends: string[] = [];
    const source = new EventEmitter();
    const aborted = interruptionOf(
      source,
      () => time,
      () => told++,
      (signal) => ends.push(signal),
    );
    expect(aborted.aborted).toBe(false);
    source.emit('SIGINT');
    expect([aborted.reason instanceof Interrupted, told]).toEqual([true, 1]);
    source.emit('SIGINT');
    time += 999;
    source.emit('SIGTERM');
    expect([told, ends]).toEqual([1, []]);
    time += 1;
    source.emit('SIGINT');
    expect([told, ends]).toEqual([1, ['SIGINT']]);
  });
});
