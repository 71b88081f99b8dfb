import { describe, expect, it } from 'vitest';
import { z } from '#zod';
import { ConfigError } from './errors.ts';
import { booleanOption, describeOptions, numberOption, parseOptions } from './options.ts';

const schema = z.object({
  t: numberOption((n) => n.min(0).max(1))
    .default(0.5)
    .describe('how far'),
  method: z.enum(['eom', 'leaf']).default('eom'),
  single: booleanOption().default(false),
  limit: numberOption((n) => n.int()).optional(),
});

const failure = (raw: Record<string, unknown>): ConfigError => {
  try {
    parseOptions(schema, raw, 'pruner');
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('expected a ConfigError');
};

describe('options', () => {
  it('take their defaults', () => {
    expect(parseOptions(schema, {}, 'pruner')).toEqual({ t: 0.5, method: 'eom', single: false });
  });

  it('take text as a command line gives it', () => {
    expect(parseOptions(schema, { t: '0.25', single: 'on', limit: '3' }, 'pruner')).toEqual({
      t: 0.25,
      method: 'eom',
      single: true,
      limit: 3,
    });
  });

  it('that are unknown are told with the nearest that there is', () => {
    expect(failure({ metod: 'leaf' }).message).toBe(
      'pruner has no option "metod". Did you mean `pruner.method`? It has: t, method, single, limit.',
    );
    expect(failure({ zzz: 1 }).message).toBe('pruner has no option "zzz". It has: t, method, single, limit.');
  });

  it.each([
    [{ t: '1.5' }, 'pruner.t', '1.5'],
    [{ t: 'much' }, 'pruner.t', 'much'],
    [{ t: '' }, 'pruner.t', ''],
    [{ limit: 1.5 }, 'pruner.limit', '1.5'],
    [{ single: 'perhaps' }, 'pruner.single', 'perhaps'],
    [{ method: 'foo' }, 'pruner.method', 'foo'],
  ])('name what is wrong: %j', (raw, option, given) => {
    const error = failure(raw);
    expect(error.option).toBe(option);
    expect(error.message).toContain(option);
    expect(error.message).toContain(given);
  });

  it('list the known ones when one is unknown', () => {
    expect(failure({ tt: 1 }).message).toMatch(/"tt".*t, method, single, limit/);
  });

  it('can be described', () => {
    expect(describeOptions(schema)).toMatchObject([
      { name: 't', description: 'how far', default: 0.5 },
      { name: 'method', type: '"eom" | "leaf"', default: 'eom' },
      { name: 'single', default: false },
      { name: 'limit', default: undefined },
    ]);
  });
});
