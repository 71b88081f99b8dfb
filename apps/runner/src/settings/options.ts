import { booleanOption, numberOption, SIMILARITY_GRID, z } from '@refrain/core';
import {
  checkedValue,
  kebabCase,
  OPTIONS,
  type Option,
  option,
  type RunValues,
  type ValuesOf,
} from '@refrain/pipeline/options';
import type { ExportForm } from '@refrain/pruned-dataset';

/** How a list is written. */
export const LIST_FORMATS = ['table', 'jsonl', 'csv'] as const;

/** A format of lists. */
export type ListFormat = (typeof LIST_FORMATS)[number];

/** Said once more, so that help need not load what writes them. */
const EXPORT_FORMS = { list: 'list', native: 'native', links: 'links', copies: 'copies' } as const satisfies {
  readonly [Form in ExportForm]: Form;
};

/** Options that only the commands know: what they write where, and what they tell. */
export const COMMAND_OPTIONS = {
  reuse: option(
    'reuse',
    z.string().optional(),
    'prune what an earlier folder holds with another t, strategy, noise policy or other rules: nothing is embedded or clustered again',
    { value: 'DIR', ownWordOnly: true },
  ),
  prunedDatasetPath: option('folder', z.string().optional(), 'the folder, in place of the argument DIR', {
    value: 'DIR',
    ownWordOnly: true,
  }),
  again: option(
    'verify',
    booleanOption().default(true),
    'also prune again from the folder alone and compare; off checks the certificate only',
  ),
  jitter: option(
    'verify',
    numberOption((n) => n.min(0).max(0.01)).default(SIMILARITY_GRID),
    'prune ten times more with random changes up to this size in the embeddings, and name the clips that stay or go otherwise; 0 for none',
    { value: 'X' },
  ),
  form: option(
    'export',
    z.enum(EXPORT_FORMS).default('list'),
    "list (kept.jsonl and ids), native (the dataset's own files), links or copies (the audio)",
  ),
  withoutLeaks: option(
    'export',
    booleanOption().default(false),
    'also leave out the train clips that share something with valid or test, as `refrain leaks` finds it',
    { value: '', ownWordOnly: true },
  ),
  report: option(
    'page',
    booleanOption().default(true),
    'also leave report.html in the folder, the page to see and hear it; off leaves out the map too, which takes a while where clips are many',
    { ownWordOnly: true },
  ),
  open: option('report', booleanOption().default(false), 'show the page', { value: '', ownWordOnly: true }),
  serve: option(
    'report',
    booleanOption().default(false),
    'show it from this machine until Ctrl-C, with the audio of the dataset wherever it is; what you decide goes into decisions.jsonl in the folder',
    { value: '', ownWordOnly: true },
  ),
  port: option(
    'report',
    numberOption((n) => n.int().min(0).max(65_535)).optional(),
    'where the served page is; by default any that is free',
    { value: 'N', ownWordOnly: true },
  ),
  embedAudio: option(
    'report',
    booleanOption().default(false),
    'put the audio of all clips into the page: at most 50 MB',
    {
      value: '',
      ownWordOnly: true,
    },
  ),
  concurrency: option(
    'worker',
    numberOption((n) => n.int().min(1)).optional(),
    'jobs at once, each in a process of its own; default: as many as workers',
    { value: 'N', ownWordOnly: true },
  ),
  map: option(
    'worker',
    z.array(z.string()).default([]),
    'a folder that jobs may read: /data=/mnt/data where it has another name here, else /data; may be repeated',
    { value: 'RULE', ownWordOnly: true, isRepeatable: true },
  ),
  outputDir: option(
    'newFolder',
    z.string().default('pruned_data'),
    'where a new folder pruned_{dataset}_{time} is made',
    { value: 'DIR', ownWordOnly: true },
  ),
  output: option(
    ['output', 'export', 'copies'],
    z.string().optional(),
    'exactly this folder (for duplicates: the file of the list), which must not exist yet',
    { value: 'PATH', ownWordOnly: true },
  ),
  format: option(
    'copies',
    z.enum(LIST_FORMATS).optional(),
    'how the pairs are listed; default: as the name of the output ends, else table',
  ),
  config: option('always', z.string().optional(), 'a JSON run file with any of these options; flags win over it', {
    value: 'FILE',
    ownWordOnly: true,
  }),
  json: option(['always', 'verify'], booleanOption().default(false), 'one JSON object on stdout in place of text', {
    value: '',
    ownWordOnly: true,
  }),
  quiet: option(['always', 'verify'], booleanOption().default(false), 'no progress and no notes', {
    value: '',
    ownWordOnly: true,
  }),
};

/** All options of the command, by their names in the library. */
export const ALL_OPTIONS = { ...OPTIONS, ...COMMAND_OPTIONS };

/** The values of all options. */
export type AllValues = RunValues & ValuesOf<typeof COMMAND_OPTIONS>;

/** An option as it is typed. */
export interface Flag extends Omit<Option, 'value'> {
  /** In kebab-case; the run file takes it so, in camelCase, or with underscores as the original repository's scripts did. */
  readonly name: string;
  /** What stands after it; absent for a switch. */
  readonly value: string | undefined;
}

/**
 * Every option, in the order of the help. Options of components have a long form besides, `--pruner.t 0.5`, for those without a short one too. What
 * help says of an option is put together when it is asked for: it takes a while, and a command has use for its own options alone.
 */
export const FLAGS: readonly Flag[] = Object.entries<Option>(ALL_OPTIONS).map(([name, one]) => ({
  ...one,
  name: kebabCase(name),
  get value() {
    return placeholderOf(one);
  },
  get help() {
    return `${one.help}${defaultText(one)}`;
  },
}));

function placeholderOf({ value, schema }: Option): string | undefined {
  if (value !== undefined) return value === '' ? undefined : value;
  const { type, enum: names } = jsonSchemaOf(schema);
  if (names !== undefined) return names.join('|');
  return type === 'boolean' ? 'on|off' : 'N';
}

function defaultText({ value, schema }: Option): string {
  const found = jsonSchemaOf(schema).default;
  if (found === undefined || found === '' || value === '') return '';
  if (Array.isArray(found) && found.length === 0) return '';
  const text = typeof found === 'boolean' ? (found ? 'on' : 'off') : [found].flat().join(',');
  return `; default ${text}`;
}

/** The JSON Schema of an option's values as they take effect. */
export function jsonSchemaOf(schema: z.ZodType): {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
} {
  const { $schema: _, ...found } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return found as ReturnType<typeof jsonSchemaOf>;
}

/** The checked value of one option of a command. Throws a ConfigError that names it. */
export function checked<Name extends keyof AllValues>(name: Name, given: unknown): AllValues[Name] {
  return checkedValue(name, ALL_OPTIONS[name], given) as AllValues[Name];
}
