import { defineComponent, definePlugin, Service } from '@refrain/core';
import { JensenShannonPruner } from './jensen-shannon/jensenShannonPruner.ts';
import { jensenShannonOptions } from './jensen-shannon/options.ts';
import { RandomPruner, randomOptions } from './random/randomPruner.ts';

export {
  DUPLICATE_THRESHOLD,
  type Duplicates,
  findDuplicates,
  type NearIdenticalPair,
  nearIdenticalPairs,
} from './duplicates/findDuplicates.ts';
export { jensenShannonDivergence } from './jensen-shannon/divergence.ts';
export { type JensenShannonOptions, jensenShannonOptions } from './jensen-shannon/options.ts';
export { JensenShannonPruner, RandomPruner, randomOptions };

const jensenShannon = defineComponent({
  name: 'jensen-shannon',
  description: 'removes redundant clips, each with a similar kept one, towards a uniform distribution over groups',
  options: jensenShannonOptions,
  inject: [Service.kernel, Service.host],
  create: (options, kernel, host) => new JensenShannonPruner(options, kernel, host),
});

const random = defineComponent({
  name: 'random',
  description: 'keeps a random subset: the baseline',
  options: randomOptions,
  inject: [Service.kernel, Service.host],
  create: (options, kernel, host) => new RandomPruner(options, kernel, host),
});

export default definePlugin({ pruner: [jensenShannon, random] });
