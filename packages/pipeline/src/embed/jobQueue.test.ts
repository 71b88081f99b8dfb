import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { JobQueue } from './jobQueue.ts';

describe('the queue of jobs', () => {
  it('hands every job to one taker, in order, and ends when it is closed', async () => {
    const queue = new JobQueue<number>();
    const taken: number[] = [];
    const takers = [1, 3].map(async (count) => {
      for (let jobs = await queue.take(count); jobs.length > 0; jobs = await queue.take(count)) {
        expect(jobs.length).toBeLessThanOrEqual(count);
        taken.push(...jobs);
        await setImmediate();
      }
    });
    for (let i = 0; i < 50; i++) {
      queue.push(i);
      if (i % 7 === 0) await setImmediate();
    }
    queue.close();
    await Promise.all(takers);
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(await queue.take()).toEqual([]);
  });

  it('tells when it holds enough, or never will', async () => {
    const queue = new JobQueue<string>();
    const told: string[] = [];
    const three = queue.holds(3).then(() => told.push('three'));
    const ten = queue.holds(10).then(() => told.push('ten'));
    queue.push('a');
    queue.push('b');
    await setImmediate();
    expect(told).toEqual([]);
    queue.push('c');
    await three;
    expect(told).toEqual(['three']);
    queue.close();
    await ten;
    expect(told).toEqual(['three', 'ten']);
    expect(queue.length).toBe(3);
  });
});
