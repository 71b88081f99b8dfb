import { ConfigError } from '@refrain/core';

/** Throws a ConfigError where options cannot stand together, or one lacks another; `isGiven` knows which are given. */
export function refuseContradictions(isGiven: (name: string) => boolean): void {
  const both = (a: string, b: string, why: string) => {
    if (isGiven(a) && isGiven(b))
      throw new ConfigError(b, `\`${a}\` and \`${b}\` exclude each other: ${why}. Leave one of them out.`);
  };
  const needs = (name: string, other: string) => {
    if (isGiven(name) && !isGiven(other))
      throw new ConfigError(name, `\`${name}\` belongs to \`${other}\`, which is missing.`);
  };
  both('t', 'keep', 'either says how much is removed');
  both('ids', 'idsColumn', 'either names the ids');
  both('embeddings', 'segments', 'either is the own embeddings');
  needs('segments', 'segmentStarts');
  needs('segmentStarts', 'segments');
  const own = isGiven('segments') ? 'segments' : 'embeddings';
  for (const name of ['encoder', 'checkpointPath']) both(own, name, 'own embeddings stand in place of the encoder');
  for (const name of ['ids', 'embeddingsColumn', 'idsColumn']) needs(name, own);
  if (isGiven(own)) needs('datasetDir', 'dataset');
}
