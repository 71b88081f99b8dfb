import { expect, it } from 'vitest';
import { defineComponent, parseOptions, z } from './index.ts';

const melt = defineComponent({
  name: 'melt',
  description: 'a component for this test',
  options: z.object({ degrees: z.number().default(20) }),
  inject: ['kernel', 'host'],
  create: ({ degrees }, kernel, host) => `${degrees} on ${kernel.name} with ${host.workers}`,
});

it('is a description, and a function that chooses it with options', () => {
  expect(melt.name).toBe('melt');
  expect(melt.inject).toEqual(['kernel', 'host']);
  const { component, options } = melt({ degrees: 30 });
  // The same one, so that it is known again among the components of a plugin.
  expect(component).toBe(melt);
  expect(parseOptions(component.options, options, 'melt')).toEqual({ degrees: 30 });
  expect(melt().options).toEqual({});
  expect(Object.keys(melt)).toEqual(['name', 'description', 'options', 'inject', 'create']);
});
