import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  booleanOption,
  type Clip,
  ConfigError,
  DataError,
  type Dataset,
  type DatasetFile,
  type Decoder,
  defineComponent,
  type Host,
  quietHost,
  z,
} from '@refrain/core';
import { withParquet } from '@refrain/parquet';
import { BUILT_IN, type Means, SPLITS, type StreamedDataset, wrongFolder } from '../loading.ts';
import { clipAudio } from './clipAudio.ts';
import { clipsOf, md5sOf, pieceColumns, refuseSameIds } from './clips.ts';
import { findRoles, labelColumns, type Roles, wantedColumns } from './columns.ts';
import { inForm, readContent, versionOf } from './content.ts';
import { joinSplits, type SplitManifest } from './joinedSplits.ts';
import { readLabels, type TableLabels, unlabelled } from './labels.ts';
import { readTable } from './readTable.ts';
import { type RowSpans, type Table, withoutRows } from './table.ts';

const columnOption = (what: string) => z.string().optional().describe(what);

const options = z.object({
  dir: z
    .string({ error: 'give the manifest, or the folder it is in' })
    .describe('the manifest, or a folder with metadata.* or manifest.*'),
  validManifest: z.string().optional().describe('a manifest of the valid clips; dir is then that of the train clips'),
  testManifest: z.string().optional().describe('a manifest of the test clips; dir is then that of the train clips'),
  audioDir: z.string().optional().describe('where relative paths begin; default: the folder of the manifest'),
  pathColumn: columnOption('column with the paths of the audio files; default: by its name'),
  idColumn: columnOption('column with the clip ids; none: the path is the id; default: by its name'),
  splitColumn: columnOption('column with train, valid or test; none: all train; default: by its name'),
  labelsColumn: columnOption('column with the labels; none: no labels; default: by its name'),
  trackColumn: columnOption('column with the track; none: not known; default: by its name'),
  albumColumn: columnOption('column with the album; none: not known; default: by its name'),
  artistColumn: columnOption('column with the artist or speaker; none: not known; default: by its name'),
  task: z
    .enum(['auto', 'multi-label', 'single-label', 'unlabelled'])
    .default('auto')
    .describe('what the labels are; auto: lists and separators make them tags'),
  labelSeparator: z
    .string()
    .min(1)
    .optional()
    .describe('stands between the labels of a clip; default: | or ; where there is one'),
  checkMd5: booleanOption().default(false).describe('compare audio files with the MD5 of a mirdata index'),
});

/** How a manifest is to be understood; what is left out is guessed from its columns. */
export type ManifestSettings = Partial<Omit<z.output<typeof options>, 'dir' | 'validManifest' | 'testManifest'>>;

const ENDINGS = ['csv', 'tsv', 'jsonl', 'json', 'parquet'];

const NAMES = ['metadata', 'manifest'].flatMap((stem) =>
  ENDINGS.flatMap((ending) => [`${stem}.${ending}`, ...(ending === 'parquet' ? [] : [`${stem}.${ending}.gz`])]),
);

/**
 * The clips of a table: JSON Lines (NeMo, Lhotse), a JSON array, an index of mirdata, CSV or TSV with a header, or parquet; text also
 * gzipped. `path` is the file, or a folder with `metadata.*` or `manifest.*`. Throws a ConfigError that names the option that does not fit, a
 * DataError that names file and line for what is wrong in the table. A missing audio file is told by `readAudio`.
 */
export async function openManifest(
  path: string,
  settings: ManifestSettings = {},
  { decoder = BUILT_IN, host = quietHost() }: Means = {},
): Promise<StreamedDataset> {
  const { file, others } = await findManifest(path);
  if (others.length > 0) host.notice(`${path}: ${basename(file)} is read, not ${others.join(', ')}.`);
  const version = await versionOf(file);
  const table = await readTable(await readContent(file), file, wantedColumns(settings), {
    takesRest: labelColumns(settings),
    signal: host.signal,
  });
  const { roles, told } = findRoles(table, settings, file);
  const labels = labelsOf(table, roles, settings, file);
  host.notice(`${basename(file)}: ${told}; ${describedLabels(labels)}.`);
  if (table.values.has('offset') && pieceColumns(table) === undefined)
    host.notice(`${basename(file)}: the column offset is left out, as there is no column duration.`);
  const { audioDir = dirname(file) } = settings;
  const clips = clipsOf({ table, roles, labels, audioDir, source: file });
  refuseSameIds(clips, table, roles, file);
  const md5s = settings.checkMd5 === true ? md5sOf(clips, table, roles, file) : new Map<string, string>();
  return {
    name: 'manifest',
    task: labels.task,
    classes: labels.classes,
    clips,
    ...clipAudio(decoder, md5s),
    ...missingAudio(clips, audioDir, file),
    filteredFiles: filterOf(file, version, clips, table.spans, host.signal),
  };
}

/**
 * The clips of manifests that hold a split each, read as `openManifest` reads them; `audioDir`, where it is given, is that of all of them.
 * Throws what `openManifest` throws, and a DataError where the manifests contradict each other.
 */
export async function openManifestSplits(
  paths: Readonly<{ train: string; valid?: string | undefined; test?: string | undefined }>,
  settings: ManifestSettings = {},
  means: Means = {},
): Promise<Dataset> {
  const parts: SplitManifest[] = [];
  for (const split of SPLITS) {
    const source = paths[split];
    if (source !== undefined) parts.push({ split, source, dataset: await openManifest(source, settings, means) });
  }
  return joinSplits(parts);
}

/** The manifest at `path`: the file itself, or in a folder the first that has one of the usual names, with the others that do. */
async function findManifest(path: string): Promise<{ readonly file: string; readonly others: readonly string[] }> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw wrongFolder(`there is no file or folder ${path}.`);
  if (!info.isDirectory()) return { file: path, others: [] };
  const [file, ...others] = NAMES.filter((name) => existsSync(join(path, name)));
  if (file !== undefined) return { file: join(path, file), others };
  const names = ['metadata', 'manifest'].map((stem) => `${stem}.{${ENDINGS.join(',')}}`).join(' or ');
  throw wrongFolder(
    `no manifest in ${path}: looked for ${names}, also with .gz. Give the file itself if it has another name.`,
  );
}

function labelsOf(table: Table, roles: Roles, settings: ManifestSettings, file: string): TableLabels {
  const { task = 'auto', labelSeparator: separator } = settings;
  if (roles.labels === undefined) {
    if (task === 'auto' || task === 'unlabelled') return unlabelled(table.rowCount);
    throw new ConfigError(
      'dataset.labelsColumn',
      `dataset.labelsColumn: no column of ${file} is known to hold labels, but dataset.task is ${task}. Name the column.`,
    );
  }
  const place = { source: file, where: (row: number) => table.where(row) };
  return readLabels(table.values.get(roles.labels)!, { task, separator }, place);
}

function describedLabels({ task, classes, separator }: TableLabels): string {
  if (task === 'unlabelled') return task;
  const separated = separator === undefined ? '' : `, separated by ${JSON.stringify(separator)}`;
  return `${task}, ${classes.length} classes${separated}`;
}

// Single missing files are reported clip by clip later.
function missingAudio(clips: readonly Clip[], audioDir: string, file: string): Pick<Dataset, 'missingAudio'> {
  const probes = clips.slice(0, 200);
  if (probes.some(({ path }) => existsSync(path))) return {};
  return {
    missingAudio: `${file}: none of the first ${probes.length} audio files is there; looked for ${probes[0]!.path} and so on. Relative paths begin in ${audioDir}; dataset.audioDir names another folder.`,
  };
}

// Apart from the rest, so that what it holds on to is not the whole table.
function filterOf(
  file: string,
  version: string,
  clips: readonly Clip[],
  spans: RowSpans | undefined,
  signal: AbortSignal | undefined,
): NonNullable<Dataset['filteredFiles']> {
  return async (kept: ReadonlySet<string>): Promise<readonly DatasetFile[]> => {
    const name = basename(file);
    const dropped = (row: number) => clips[row]!.split === 'train' && !kept.has(clips[row]!.id);
    const content = await readContent(file);
    const { bytes } = content;
    if ((await versionOf(file)) !== version)
      throw new DataError(file, `${file} was changed since it was opened. Run again.`);
    const filtered =
      spans === undefined
        ? await withParquet(bytes, { source: file, signal }, ({ withoutRows }) =>
            withoutRows(Uint8Array.from(clips, (_, row) => (dropped(row) ? 1 : 0))),
          )
        : withoutRows(bytes, spans, dropped);
    return [{ name, content: await inForm(filtered, content) }];
  };
}

/** The component `manifest`. */
export const manifest = defineComponent({
  name: 'manifest',
  description: 'any table of clips: CSV, TSV, JSON Lines (NeMo, Lhotse), JSON, parquet, mirdata index',
  options,
  inject: ['decoder', 'host'],
  // What MD5 a file should have is in the manifest alone.
  reader: ({ checkMd5 }, decoder) => (checkMd5 === true ? undefined : clipAudio(decoder, new Map())),
  create: ({ dir, validManifest: valid, testManifest: test, ...settings }, decoder: Decoder, host: Host) =>
    valid === undefined && test === undefined
      ? openManifest(dir, settings, { decoder, host })
      : openManifestSplits({ train: dir, valid, test }, settings, { decoder, host }),
});
