import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dot,
  onGrid,
  PluginError,
  type PruneInput,
  type Pruner,
  type Pruning,
  type PruningRule,
  type Removal,
  seededRandom,
} from '@refrain/core';
import { bestProof, neededBy } from '@refrain/core/pruning';
import { plainKernel, syntheticPruneInput, testPruner } from '@refrain/core/testing';
import { inDatasetOrder, readFolder, verifyFolder, writeFolder } from '@refrain/pruned-dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCopies } from '../cluster/cluster.ts';
import type { TrainSource } from '../source/source.ts';
import { trainFacts } from '../source/trainFacts.ts';
import { folderContent } from './folderContent.ts';
import { pruneSpace } from './pruneSpace.ts';

type RuleFor = (input: PruneInput) => PruningRule;

/** A stranger's strategy: clips go, one after the other, for a kept clip before them in their cluster that reaches what the rule asks. */
function firstComePruner(name: string, ruleFor: RuleFor): Pruner {
  return {
    name,
    async prune(input) {
      if (input.embeddings.rows !== input.ids.length) throw badInput('ids');
      const rule = ruleFor(input);
      const { labels } = input.clustering;
      const keep: number[] = [];
      const removed: Removal[] = [];
      for (const [index, id] of input.ids.entries()) {
        if (!Number.isFinite(dot(input.embeddings, index, input.embeddings, index))) throw badInput(id);
        const before = keep.filter((clip) => labels[clip] === labels[index]);
        const needed = (partner: number) =>
          input.apart?.[index] || input.apart?.[partner] ? Infinity : neededBy(rule, index, partner);
        const proof = input.keepFraction === 1 ? undefined : bestProof(input, index, before, needed);
        if (proof === undefined) keep.push(index);
        else removed.push({ index, cluster: labels[index]!, group: -1, ...proof });
      }
      if (input.keepFraction !== undefined && input.keepFraction < 1) throw new ConfigError('keep', 'not to be had here');
      return { keep: Uint32Array.from(keep), removed, clusters: clustersOf(labels, keep), group: labels.map(() => -1), decisions: {}, rule };
    },
  };
}
