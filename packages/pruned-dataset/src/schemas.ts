import { DataError, z } from '@refrain/core';
import type { BadClip, ClipRecord, Metadata, RemovedRecord } from './records.ts';

// What is read of a folder is checked here, once: its files may be damaged, or a stranger's. Fields that nothing reads are let through, so
// that folders of earlier versions, and with a little more in them, stay readable.

const place = z.number().int().min(0);
const names = z.array(z.string());

const GROUPS = z.looseObject({
  track: z.string().optional(),
  album: z.string().optional(),
  artist: z.string().optional(),
});

/** One line of clips.jsonl. */
export const CLIP_RECORD = z.looseObject({
  id: z.string(),
  path: z.string().optional(),
  piece: z.looseObject({ start: z.number(), seconds: z.number() }).optional(),
  content_hash: z.string().optional(),
  audio_hash: z.string().optional(),
  labels: names,
  merged_labels: names.optional(),
  groups: GROUPS.optional(),
  seconds: z.number().optional(),
  sample_rate: z.number().optional(),
  clipping: z.number().optional(),
  // What JSON makes of NaN: the clip has none.
  reliability: z.number().nullish(),
  theta: z.number().optional(),
  group: z.number().int(),
  duplicate_set: place.optional(),
  fingerprint: z.string().optional(),
  same_recording: names.optional(),
  from_base: z.boolean().optional(),
  embedding_hash: z.string(),
}) as unknown as z.ZodType<ClipRecord>;

/** One line of removed.jsonl. */
export const REMOVED_RECORD = z.looseObject({
  id: z.string(),
  path: z.string().optional(),
  cluster: z.number().int(),
  group: z.number().int(),
  level: z.string(),
  partner_id: z.string(),
  similarity: z.number(),
  theta: z.number().optional(),
  partner_theta: z.number().optional(),
  run: place.optional(),
}) as unknown as z.ZodType<RemovedRecord>;

/** One line of bad.jsonl. */
export const BAD_CLIP = z.looseObject({
  id: z.string(),
  path: z.string(),
  stage: z.string(),
  reason: z.string(),
}) as unknown as z.ZodType<BadClip>;

const DECISIONS = z.record(z.string(), z.union([z.number(), z.string()]));

const RULE = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('constant'), theta: z.number() }),
  z.looseObject({ kind: z.literal(['none', 'per-clip', 'pair']) }),
]);

const EARLIER = z.looseObject({
  decisions: DECISIONS,
  rule: RULE.optional(),
  short: names.optional(),
  constrained: z.boolean(),
});

/** metadata.json. */
export const METADATA = z.looseObject({
  original_size: place,
  pruned_size: place,
  decisions: DECISIONS,
  rule: RULE.optional(),
  second_clustering_from: z.number().optional(),
  silent: names.optional(),
  short: names.optional(),
  constraints: z
    .looseObject({
      min_per_label: z.number(),
      max_per_group: z.record(z.string(), z.number()),
      min_per_group: z.record(z.string(), z.number()),
      size: z.number().optional(),
      protected: names,
      excluded: names,
      report: z.looseObject({}),
    })
    .optional(),
  earlier: z.array(EARLIER).optional(),
  settings: z.record(z.string(), z.unknown()),
  encoder_fingerprint: z.string().nullish(),
  files: z.record(z.string(), z.string()),
}) as unknown as z.ZodType<Metadata>;

/** `value`, as it is, when it fits. Throws a DataError that names `path`, `where` in it, and the first field that does not fit. */
export function fitting<T>(schema: z.ZodType<T>, value: unknown, path: string, where = ''): T {
  const { error } = schema.safeParse(value);
  if (error === undefined) return value as T;
  const [issue] = error.issues;
  const field = issue?.path.length === 0 ? '' : ` "${issue?.path.join('.')}":`;
  throw new DataError(path, `${path}${where}:${field} ${issue?.message}.`);
}
