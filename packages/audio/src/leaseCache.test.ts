import { describe, expect, it } from 'vitest';
import { LeaseCache } from './leaseCache.ts';

class Thing {
  readonly name: string;
  closed = false;
  constructor(name: string) {
    this.name = name;
  }
  async close(): Promise<void> {
    if (this.closed) throw new Error(`${this.name} was closed twice`);
    this.closed = true;
  }
}

function rig(capacity: number) {
  const opened: Thing[] = [];
  const cache = new LeaseCache<Thing>(capacity);
  const open = (name: string) => async () => {
    opened.push(new Thing(name));
    return opened.at(-1)!;
  };
  const use = (name: string, size = 1) => cache.use(name, size, open(name), async (thing) => thing.name);
  return { cache, opened, use, open };
}

describe('LeaseCache', () => {
  it('opens once, also for users at the same time', async () => {
    const { opened, use } = rig(9);
    expect(await Promise.all([use('a'), use('a'), use('a')])).toEqual(['a', 'a', 'a']);
    expect(opened).toHaveLength(1);
  });

  it('closes the longest unused beyond its capacity', async () => {
    const { cache, opened, use } = rig(3);
    for (const name of ['a', 'b', 'c', 'a', 'd']) await use(name);
    expect(cache.keys()).toEqual(['c', 'a', 'd']);
    expect(opened.filter(({ closed }) => closed).map(({ name }) => name)).toEqual(['b']);
    await use('large', 3);
    expect(cache.keys()).toEqual(['large']);
    await use('larger', 99);
    expect(cache.keys()).toEqual(['larger']);
    expect(opened.at(-1)!.closed).toBe(false);
  });

  it('closes nothing that is in use', async () => {
    const { cache, opened, use, open } = rig(1);
    await cache.use('a', 1, open('a'), async (thing) => {
      await use('b');
      expect(cache.keys()).toEqual(['b']);
      expect(thing.closed).toBe(false);
    });
    expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('tries again after a failure to open, and keeps what only failed to work', async () => {
    const { cache, opened, use, open } = rig(9);
    const broken = () => Promise.reject(new Error('cannot open'));
    await expect(cache.use('a', 1, broken, async () => 1)).rejects.toThrow('cannot open');
    expect(await use('a')).toBe('a');
    const failing = () => Promise.reject(new Error('cannot work'));
    await expect(cache.use('a', 1, open('a'), failing)).rejects.toThrow('cannot work');
    await use('a');
    expect(opened).toHaveLength(1);
  });
});
