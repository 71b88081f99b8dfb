import { createHash } from 'node:crypto';
import { type Job, type JobFailure, type Json, type Recipe, z } from '@refrain/core';

/** What all keys in Redis begin with. */
export const PREFIX = 'refrain';

/** Nothing that is larger, in characters of JSON, is read or sent. */
const LARGEST = 4e6;
const LONGEST_TEXT = 4000;

const text = z.string().max(LONGEST_TEXT);
const failureSchema = z.object({
  kind: z.enum(['failed', 'crashed', 'stuck']),
  reason: text,
  lastSign: text.optional(),
});
const doneSchema = z.object({
  worker: z.string().max(300),
  seconds: z.number().min(0),
  attempts: z.number().int().min(1),
  output: z.json(),
});
const failedSchema = doneSchema.omit({ output: true }).extend({ failure: failureSchema });
const recipeSchema = z.object({
  task: z.string().max(100),
  requires: z.record(text, text),
  input: z.json(),
  patienceSeconds: z.number().positive(),
});
const jobSchema = z.object({ id: z.string().max(1000), input: z.json() });
const workerSchema = z.object({ name: z.string().max(300), concurrency: z.number().int().min(1).max(10_000) });

/** What a worker says of a job that is done, or came to nothing. */
export type Done = z.output<typeof doneSchema>;
/** What it says of a job that came to nothing, with why. */
export type Failed = Omit<z.output<typeof failedSchema>, 'failure'> & { readonly failure: JobFailure };

/** The name of the run of a recipe, equal for equal recipes: 40 hexadecimal digits. */
export function runOf(recipe: Recipe): string {
  return shortHash(JSON.stringify(recipe));
}

/** The name of a job in the queue: one for each id, whatever characters that has. */
export function queuedId(id: string): string {
  return `j${shortHash(id)}`;
}

function shortHash(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 40);
}

/** A run as `runOf` names it. */
export const isRun = (name: string) => /^[0-9a-f]{40}$/.test(name);

/** The recipe, the job, the answer, the worker in what somebody else wrote; undefined where there is none. */
export const readRecipe = (json: string): Recipe | undefined => read(recipeSchema, json) as Recipe | undefined;
/** The job in the data of an entry of the queue; undefined where there is none. */
export const readJob = (data: unknown): Job | undefined => jobSchema.safeParse(data).data as Job | undefined;
/** What a worker returned for a job; undefined where it is something else. */
export const readDone = (value: unknown): Done | undefined => doneSchema.safeParse(value).data;
/** Why a job came to nothing, as a worker wrote it; undefined where it is something else. */
export const readFailed = (json: string): Failed | undefined => read(failedSchema, json) as Failed | undefined;
/** A worker as it announced itself; undefined where it is something else. */
export const readWorker = (json: string) => read(workerSchema, json);

function read<Schema extends z.ZodType>(schema: Schema, json: string): z.output<Schema> | undefined {
  if (json.length > LARGEST) return undefined;
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** A text as long as others take it. */
export const short = (value: string) => value.slice(0, LONGEST_TEXT);

/** What stands against sending this, as a clause; undefined where nothing does. */
export function tooLarge(value: Json): string | undefined {
  const { length } = JSON.stringify(value);
  return length > LARGEST ? `it has ${length} characters of JSON; expected at most ${LARGEST}` : undefined;
}
