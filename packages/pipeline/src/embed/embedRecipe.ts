import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Clip, ConfigError, type Decoder, type Encoder, type Json, type Recipe, z } from '@refrain/core';
import { onnxruntimeVersion } from '@refrain/onnx';
import type { Choice } from '../assembly/assemble.ts';
import type { AudioAccess } from '../serve/audioServer.ts';
import { versions } from '../versions.ts';
import type { EmbedThreads } from './embedWorkers.ts';

// What coordinator and workers tell each other. Both check it: it comes from elsewhere.

/** The name of the task. */
export const EMBED = 'embed';

const choice = z.strictObject({ use: z.string(), options: z.record(z.string(), z.unknown()) });

const recipeSchema = z.strictObject({
  components: z.strictObject({ decoder: choice, dataset: choice, encoder: choice }),
  /** Seconds that decoding and encoding one clip may take together. */
  clipTimeLimit: z.number().positive(),
  /** Where clips are had whose files workers do not see. */
  audio: z.strictObject({ url: z.url({ protocol: /^http$/ }), token: z.string().min(1) }).optional(),
});

/** What a worker opens, and within which limits it embeds. */
export type EmbedRecipe = z.output<typeof recipeSchema>;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const clipSchema = z.strictObject({
  id: z.string(),
  /** Absolute, as the coordinator calls it. */
  path: z.string(),
  piece: z.strictObject({ start: z.number().min(0), seconds: z.number().positive() }).optional(),
  contentHash: hash,
  /** Of an encoder that has several side by side: those that embed the clip. */
  parts: z.array(z.number().int().min(0)),
});

const jobSchema = z.strictObject({ clips: z.array(clipSchema).min(1) });

/** A clip as a worker is told of it. */
export type ClipReference = z.output<typeof clipSchema>;

const outputSchema = z.strictObject({
  /** For each part of the encoder the name of what was put into its cache; null where there is nothing. */
  parts: z.array(z.string().nullable()),
  /** What is wrong with each clip of the job, in its order; null where it was embedded. */
  clips: z.array(
    z.strictObject({ stage: z.enum(['decode', 'encode']), reason: z.string(), changed: z.boolean() }).nullable(),
  ),
});

/** What comes of a job. */
export type EmbedOutput = z.output<typeof outputSchema>;

/** One that has not begun another piece of a clip for so much longer than a whole clip may take is stuck. */
const GRACE_SECONDS = 5;

/** What must be equal wherever clips of one run are embedded. */
export function requirements(decoder: Decoder, encoder: Encoder): Record<string, string> {
  return {
    'the version of refrain': versions().refrain!,
    'the version of onnxruntime': onnxruntimeVersion(),
    [`the decoder ${decoder.name}`]: decoder.fingerprint,
    [`the encoder ${encoder.name}`]: encoder.fingerprint,
  };
}

/** The recipe that embeds with these components. Throws a ConfigError where a program made one of them, which nobody else can. */
export function embedRecipe(
  { decoder, encoder }: { readonly decoder: Decoder; readonly encoder: Encoder },
  threads: EmbedThreads | undefined,
  clipTimeLimit: number,
  audio?: AudioAccess,
): Recipe {
  const { decoder: decodes, dataset, encoder: encodes } = threads?.choices ?? {};
  if (decodes === undefined || dataset === undefined || encodes === undefined)
    throw new ConfigError(
      'executor',
      '`executor`: decoder, dataset and encoder must be of plugins, so that workers can make them anew; one of them is not.',
    );
  return {
    task: EMBED,
    requires: requirements(decoder, encoder),
    input: asJson({
      components: { decoder: sent(decodes), dataset: sent(dataset), encoder: sent(encodes) },
      clipTimeLimit,
      audio,
    } satisfies EmbedRecipe),
    patienceSeconds: clipTimeLimit + GRACE_SECONDS,
  };
}

/** A choice as others understand it: with the whole names of the files that its options name. */
function sent({ use, options }: Choice): z.output<typeof choice> {
  return { use, options: withWholeNames(options) };
}

function withWholeNames(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const whole = (value: unknown): unknown => {
    if (typeof value === 'string') return /[\\/.]/.test(value) && existsSync(value) ? resolve(value) : value;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isRecord ? withWholeNames(value as Readonly<Record<string, unknown>>) : value;
  };
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, whole(value)]));
}

/** A value as it arrives elsewhere: without what is undefined. */
export const asJson = (value: object) => JSON.parse(JSON.stringify(value)) as Json;

/** A recipe's input. Throws a ConfigError where it is none of this task. */
export const readRecipe = (input: Json): EmbedRecipe => checked(recipeSchema, input, 'recipe');

/** The clips of a job. Throws a ConfigError where it is none of this task. */
export const readJob = (input: Json): readonly ClipReference[] => checked(jobSchema, input, 'job').clips;

/** What a worker answered to a job of so many clips. Throws a ConfigError where that cannot be. */
export function readOutput(output: Json, clips: number): EmbedOutput {
  const read = checked(outputSchema, output, 'result');
  if (read.clips.length === clips) return read;
  throw new ConfigError('executor', `A worker answered to ${clips} clips with ${read.clips.length}.`);
}

function checked<T>(schema: z.ZodType<T>, value: Json, what: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new ConfigError('executor', `A ${what} of ${EMBED} has another form: ${z.prettifyError(error)}`);
}

/** A clip, of which nothing is known but its reference. */
export function clipOf({ id, piece }: ClipReference, path: string): Clip {
  return { id, path, split: 'train', labels: [], ...(piece !== undefined && { piece }) };
}
