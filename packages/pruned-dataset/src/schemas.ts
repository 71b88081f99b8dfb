import { DataError, GROUP_KINDS, REMOVAL_LEVELS, z } from '@refrain/core';

/** The files of a pruned dataset folder. */
export const FILES = {
  indices: 'indices_to_keep.npy',
  metadata: 'metadata.json',
  labels: 'cluster_labels.npy',
  clips: 'clips.jsonl',
  ids: 'ids.txt',
  removed: 'removed.jsonl',
  manifest: 'manifest.parquet',
  embeddings: 'embeddings.npy',
  space: 'space.json',
  whitening: 'whitening.npy',
  standardization: 'standardization.json',
  bad: 'bad.jsonl',
  overrides: 'overrides.jsonl',
  decisions: 'decisions.jsonl',
  thresholds: 'thresholds.tsv',
  projection: 'projection.npy',
  sweep: 'sweep.tsv',
  command: 'command.txt',
  path: 'pruned_dataset_path.txt',
  evaluation: 'evaluation',
  predictions: 'predictions',
  segments: 'segments',
} as const;

/** The format that is written. Version 0.1.0 wrote format 1, which has no number; see `migrate.ts`. */
export const FORMAT = 2;

/** The .npy files: their dtype, and what their dimensions count. */
export const ARRAYS = {
  [FILES.indices]: { dtype: 'int64', shape: ['kept clips'], description: 'positions of the kept clips, ascending' },
  [FILES.labels]: { dtype: 'int64', shape: ['clips'], description: 'cluster of each clip, −1 for none' },
  [FILES.embeddings]: { dtype: 'float32', shape: ['clips', 'numbers'], description: 'unit rows, or zeros' },
  [FILES.projection]: {
    dtype: 'float32',
    shape: ['clips', '2'],
    description: 'where the map of the page shows each clip. Absent where there is no page, or where clips are too few',
  },
  [FILES.whitening]: {
    dtype: 'float64',
    shape: ['columns', 'columns'],
    description:
      'upper triangular; a standardised segment times it is a whitened one. Absent where the space is not whitened',
  },
} as const;

/**
 * The rules in the order in which they win: what a person decided about a clip, then that a recording of which the strategy kept one of
 * several identical copies keeps one, then the rest as listed. `exclude` and `protect` never meet in one clip.
 */
export const RULES = ['protect', 'exclude', 'copies', 'maxPerGroup', 'minPerLabel', 'minPerGroup', 'size'] as const;

const count = z.int().min(0);
const names = z.array(z.string());

/** One line of clips.jsonl, in the order of the dataset's train list. */
export const CLIP_RECORD = z.strictObject({
  id: z.string(),
  position: count.describe(
    'In the train list of the dataset, counted from 0, without clips that cannot be used: the line here, the row in the .npy files and in manifest.parquet.',
  ),
  path: z.string().exactOptional().describe('Absent where the embeddings came without audio.'),
  piece: z
    .strictObject({ start: z.number(), seconds: z.number() })
    .exactOptional()
    .describe('The part of the file that the clip is; absent where it is all of it.'),
  content_hash: z.string().exactOptional().describe("SHA-256 of the clip's file."),
  audio_hash: z.string().exactOptional().describe('SHA-256 of the decoded samples.'),
  labels: names,
  merged_labels: names
    .exactOptional()
    .describe('The labels with those of removed clips that the clip stands for; absent where nothing was added.'),
  groups: z
    .strictObject({
      track: z.string().exactOptional(),
      album: z.string().exactOptional(),
      artist: z.string().exactOptional(),
    })
    .exactOptional(),
  seconds: z.number().exactOptional().describe('Length of the audio; absent where the embeddings came without it.'),
  sample_rate: z.number().exactOptional().describe('In Hz, as it was decoded.'),
  clipping: z.number().exactOptional().describe('Share of the samples at full scale.'),
  reliability: z
    .number()
    .exactOptional()
    .describe('How alike the clip is to itself, 0…1; absent where it has no segments.'),
  theta: z
    .number()
    .exactOptional()
    .describe(
      'What a rule per clip or per pair asks of the clip, on the grid; absent for other rules, and where only a copy can stand for it.',
    ),
  cosine_mean: z
    .number()
    .exactOptional()
    .describe(
      'Mean of its cosines with all clips, each set of copies counted once, on the grid; absent for rules without scores, for copies that went first, and where only a copy can stand for it.',
    ),
  cosine_deviation: z.number().positive().exactOptional().describe('Their standard deviation, on the grid.'),
  group: z
    .int()
    .describe('Redundancy group, −1 for none. A copy that went first is in that of the clip that stayed for it.'),
  duplicate_set: count.exactOptional().describe('Clips with equal numbers are copies of each other.'),
  fingerprint: z
    .string()
    .exactOptional()
    .describe(
      'Acoustic fingerprint of a clip that was found to be one recording with another: 32-bit sub-fingerprints, little-endian, base64.',
    ),
  same_recording: names.exactOptional().describe('Ids of the clips that were found to be one recording with it.'),
  from_base: z.literal(true).exactOptional().describe('Present where an earlier run kept it, so that it stays.'),
  embedding_hash: z
    .string()
    .describe("The first 128 bits of SHA-256 over the bytes of the clip's row in embeddings.npy."),
});

/** One line of removed.jsonl: a removed clip and the kept clip that stands for it. */
export const REMOVED_RECORD = z.strictObject({
  id: z.string(),
  path: z.string().exactOptional(),
  cluster: z.int(),
  group: z.int(),
  level: z.enum(REMOVAL_LEVELS),
  similarity: z.number(),
  partner_id: z.string(),
  theta: z.number().exactOptional().describe('What the similarity had to reach.'),
  z: z
    .number()
    .exactOptional()
    .describe('The score of a redundant clip with its partner, on the grid; absent for rules without scores.'),
  copy_of: z
    .string()
    .exactOptional()
    .describe('The clip that it is a copy of and went first for, where that one went as well; θ is that clip’s.'),
  partner_theta: z
    .number()
    .exactOptional()
    .describe('θ of its partner as the earlier run had it; absent where it was this run.'),
  partner_cosine_mean: z.number().exactOptional().describe('The same, for a rule with scores.'),
  partner_cosine_deviation: z.number().positive().exactOptional().describe('The same, for a rule with scores.'),
  partner_reliability: z.number().exactOptional().describe('The same, for a rule with scores.'),
  run: count
    .exactOptional()
    .describe('The earlier run that removed it, counted from 0 in metadata.json; absent where it was this one.'),
});

/** One line of bad.jsonl: a clip that can't be used, and why. */
export const BAD_CLIP = z.strictObject({
  id: z.string(),
  path: z.string(),
  stage: z.enum(['decode', 'encode']).describe('Where it failed: reading and decoding, or encoding.'),
  reason: z.string(),
  changed: z
    .literal(true)
    .exactOptional()
    .describe('Set where its file was changed meanwhile: that says nothing of other clips of that content.'),
});

/** One line of overrides.jsonl, which is a person's: the note and further members are for people only. */
export const OVERRIDE = z.looseObject({
  id: z.string(),
  decision: z.enum(['keep', 'remove']),
  note: z.string().optional(),
});

/** The format of space.json that is written. */
export const SPACE_FORMAT = 1;

/** What a space may be whitened by: the covariance of segments within their clips, or that of the clips. */
export const COVARIANCES = ['within-clip', 'total'] as const;

const MOMENTS = {
  dim: count.describe('Numbers per segment before.'),
  columns: z.array(count).min(1).describe('The dimensions that vary, ascending; the others are dropped.'),
  mean: z.array(z.number()),
  sd: z.array(z.number().positive()).describe('Over n.'),
};

const fitEachOther = <S extends z.ZodType<Record<keyof typeof MOMENTS, unknown>>>(schema: S): S =>
  schema
    .refine(
      ({ columns, mean, sd }) => new Set([columns, mean, sd].map((list) => (list as unknown[]).length)).size === 1,
      { message: 'columns, mean and sd must have one length' },
    )
    .refine(
      ({ dim, columns }) =>
        (columns as number[]).every((column, i, all) => column < (dim as number) && column > (all[i - 1] ?? -1)),
      {
        message: 'columns must ascend and be below dim',
      },
    );

/** space.json: how a segment comes into the space of the embeddings. Absent where it is taken as it is. */
export const SPACE = fitEachOther(
  z.strictObject({
    format: z.literal(SPACE_FORMAT),
    ...MOMENTS,
    whitening: z
      .strictObject({
        covariance: z
          .enum(COVARIANCES)
          .exactOptional()
          .describe(
            'W: of segments around the mean of their clip, or, where no clip has two that differ, of clips around that of all. Absent in older folders: within-clip.',
          ),
        shrinkage: z.number().min(0).max(1).describe('The share of the identity in it.'),
        effective_rank: z.number().describe('(tr W)² / tr W², before it is shrunk.'),
        clips: count.describe(
          'Clips of which it was taken; those of two segments or more, where it is that within clips.',
        ),
        segments: count.describe('Rows of which it was taken.'),
      })
      .exactOptional()
      .describe('The matrix is in whitening.npy. Absent where the space is the standardised one.'),
  }),
);

/** standardization.json of format 1, in the place of space.json. */
export const STANDARDIZATION = fitEachOther(z.strictObject(MOMENTS));

const DECISIONS = z.record(z.string(), z.union([z.number(), z.string()]));
const DUPLICATES = z.strictObject({ sets: count, clips: count });
const PER_GROUP = z.partialRecord(z.enum(GROUP_KINDS), z.number());
const RULE = z.enum(RULES);

/** A strategy's rule, without the θ of single clips. */
const PRUNING_RULE = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant'), theta: z.number() }),
  z.strictObject({ kind: z.literal(['none', 'per-clip', 'pair']) }),
  z.strictObject({
    kind: z.literal('s-norm'),
    kappa: z.number().describe('Share of the higher reliability of two clips that their similarity has to reach.'),
    tau: z
      .number()
      .exactOptional()
      .describe('The score that it has to reach beside it; absent where no score is rare enough among strangers.'),
    false_discovery_rate: z.number().describe('The share of pairs from τ on that may be chance.'),
  }),
]);

/** The run of a base folder, as far as its removals are proved by it. */
const EARLIER_RUN = z.strictObject({
  original_size: count,
  pruned_size: count,
  decisions: DECISIONS,
  rule: PRUNING_RULE,
  duplicates: DUPLICATES,
  short: names,
  spans_clusters: z.literal(true).exactOptional(),
  constrained: z.boolean().describe('Whether rules were asked for, which may remove clips that nothing stands for.'),
});

/** One cluster in metadata.json; the first three keys are the original repository's. */
const CLUSTER_RECORD = z.strictObject({
  original_size: count,
  kept_size: count,
  removal_fraction: z.number().describe('What really happened: 1 − kept_size / original_size.'),
  groups: count,
  jsd_before: z.number().describe('Over classes of groups of one size, on which whole clips can meet the target.'),
  jsd_after: z.number(),
  group_jsd_before: z.number().exactOptional().describe('Over single groups.'),
  group_jsd_after: z.number().exactOptional(),
  theta: z.number().exactOptional(),
  similarity: z
    .strictObject({
      mean: z.number(),
      sd: z.number(),
      shareAboveTheta: z.number(),
      histogram: z.array(z.number()),
    })
    .exactOptional()
    .describe('Of all pairs of its clips; mean, sd and histogram of a large cluster may be as some of its clips tell.'),
});

/** A rule that could not be met everywhere, and the rule that won. */
const UNMET = z.strictObject({
  rule: RULE,
  wonBy: RULE,
  count: count.describe('How many labels, groups, recordings or (for size) clips are concerned.'),
  names: names.describe('The first ten of them.'),
});

/** What the constraints changed, and what they could not reach. */
const CONSTRAINT_REPORT = z.strictObject({
  before: count.describe('Kept clips before and after: after = before + all added − all removed.'),
  after: count,
  added: z
    .partialRecord(RULE, count)
    .describe('Kept clips that the strategy had removed, by the rule that brought them.'),
  removed: z
    .partialRecord(RULE, count)
    .describe('Removed clips that the strategy had kept, by the rule that took them.'),
  unsupported: count.describe('Removed clips without a kept partner that reaches θ.'),
  unmet: z.array(UNMET).describe('In the order of the rules, then of those that won. Empty where everything holds.'),
});

/** metadata.json. */
export const METADATA = z.strictObject({
  format: z.literal(FORMAT),
  original_size: count,
  pruned_size: count,
  reduction_percentage: z.number(),
  parameters: z.record(z.string(), z.unknown()).describe("For the original repository's readers; see settings."),
  cluster_stats: z.record(z.string(), CLUSTER_RECORD),
  noise_share: z.number(),
  second_clustering_from: count.describe('Clusters from this label on are of the second clustering.'),
  decisions: DECISIONS,
  rule: PRUNING_RULE.describe(
    'What a kept clip had to reach to stand for a removed one, with the θ of clips.jsonl where there is one per clip.',
  ),
  spans_clusters: z
    .literal(true)
    .exactOptional()
    .describe('Present where redundancy groups may hold clips of several clusters.'),
  duplicates: DUPLICATES,
  silent: names,
  short: names.describe('Clips too short to be compared by their embeddings.'),
  constraints: z
    .strictObject({
      min_per_label: z.number(),
      max_per_group: PER_GROUP,
      min_per_group: PER_GROUP,
      size: z.number().exactOptional().describe('Wanted number of kept clips.'),
      protected: names,
      excluded: names,
      report: CONSTRAINT_REPORT,
    })
    .exactOptional()
    .describe('What was asked of the kept clips whichever strategy chose them; absent where nothing was.'),
  earlier: z.array(EARLIER_RUN).exactOptional().describe('The base folder and its own base, the first run first.'),
  settings: z.record(z.string(), z.unknown()).describe('Every option as it took effect.'),
  encoder_fingerprint: z.string().nullable(),
  files: z.record(z.string(), z.string()).describe('SHA-256 of every other file that was written with it, by name.'),
  versions: z.record(z.string(), z.string()),
  timings_s: z.record(z.string(), z.number()),
  workers: z
    .record(z.string(), z.strictObject({ jobs: z.number(), seconds: z.number() }))
    .exactOptional()
    .describe('What each worker did, where jobs went to workers: how many, and how long they took.'),
});

/** What a schema lets through, to be read only. */
type Told<T> = T extends readonly (infer Item)[]
  ? readonly Told<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Told<T[Key]> }
    : T;

/** A line of clips.jsonl. */
export type ClipRecord = Told<z.output<typeof CLIP_RECORD>>;
/** A line of removed.jsonl. */
export type RemovedRecord = Told<z.output<typeof REMOVED_RECORD>>;
/** A line of bad.jsonl. */
export type BadClip = Told<z.output<typeof BAD_CLIP>>;
/** What metadata.json holds. */
export type Metadata = Told<z.output<typeof METADATA>>;
/** The rule in metadata.json that removals have to reach. */
export type RuleRecord = Told<z.output<typeof PRUNING_RULE>>;
/** A run that a folder goes on from, in its metadata.json. */
export type EarlierRun = Told<z.output<typeof EARLIER_RUN>>;
/** A cluster in metadata.json. */
export type ClusterRecord = Told<z.output<typeof CLUSTER_RECORD>>;
/** What came of the rules, in metadata.json. */
export type ConstraintReport = Told<z.output<typeof CONSTRAINT_REPORT>>;
/** A rule that could not be met, and how often. */
export type Unmet = Told<z.output<typeof UNMET>>;
/** One of `RULES`. */
export type Rule = (typeof RULES)[number];

/** JSON Schemas (draft 2020-12) of the folder's JSON files and of the lines of its .jsonl files, by name, and the layout of its arrays. */
export function folderSchemas(): Readonly<Record<string, unknown>> {
  const schemas = {
    [FILES.metadata]: METADATA,
    [FILES.clips]: CLIP_RECORD,
    [FILES.removed]: REMOVED_RECORD,
    [FILES.bad]: BAD_CLIP,
    [FILES.space]: SPACE,
    [FILES.overrides]: OVERRIDE,
  };
  const files = Object.entries(schemas).map(([name, schema]) => [name, z.toJSONSchema(schema)] as const);
  return { format: FORMAT, files: Object.fromEntries(files), arrays: ARRAYS };
}

/** `value`, as it is, when it fits. Throws a DataError that names `path`, `where` in it, and the first field that does not fit. */
export function fitting<S extends z.ZodType>(schema: S, value: unknown, path: string, where = ''): Told<z.output<S>> {
  const { error } = schema.safeParse(value);
  if (error === undefined) return value as Told<z.output<S>>;
  const [issue] = error.issues;
  const field = issue?.path.length === 0 ? '' : ` "${issue?.path.join('.')}":`;
  throw new DataError(path, `${path}${where}:${field} ${issue?.message}.`);
}
