import type { ClipRecord, RemovedRecord } from './schemas.ts';

/** What the manifest takes from the record of a clip. */
type ListedClip = Pick<ClipRecord, 'id' | 'position' | 'path' | 'labels' | 'merged_labels' | 'group'>;

/** What the manifest says of each train clip besides its record, in the order of clips.jsonl. */
export interface ManifestColumns {
  readonly labels: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly kept: readonly boolean[];
}

/** A column of manifest.parquet; null where a clip has no value. */
export interface ManifestColumn {
  readonly name: string;
  readonly type: 'STRING' | 'INT32' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN';
  readonly data: (string | number | boolean | null)[] | Int32Array | Float32Array;
}

/** The columns of manifest.parquet, in their order. */
export function manifestColumns(
  clips: readonly ListedClip[],
  removed: readonly RemovedRecord[],
  columns: ManifestColumns,
): ManifestColumn[] {
  const removalOf = new Map(removed.map((record) => [record.id, record]));
  const removals = clips.map(({ id }) => removalOf.get(id));
  return [
    { name: 'id', type: 'STRING', data: clips.map((clip) => clip.id) },
    { name: 'position', type: 'INT32', data: Int32Array.from(clips, (clip) => clip.position) },
    { name: 'path', type: 'STRING', data: clips.map((clip) => clip.path ?? null) },
    { name: 'split', type: 'STRING', data: clips.map(() => 'train') },
    { name: 'tags', type: 'STRING', data: clips.map((clip) => (clip.merged_labels ?? clip.labels).join(', ')) },
    { name: 'cluster', type: 'INT32', data: Int32Array.from(columns.labels) },
    { name: 'probability', type: 'FLOAT', data: Float32Array.from(columns.probabilities) },
    { name: 'kept', type: 'BOOLEAN', data: [...columns.kept] },
    { name: 'group', type: 'INT32', data: Int32Array.from(clips, (clip) => clip.group) },
    { name: 'level', type: 'STRING', data: removals.map((record) => record?.level ?? null) },
    { name: 'partner_id', type: 'STRING', data: removals.map((record) => record?.partner_id ?? null) },
    { name: 'similarity', type: 'DOUBLE', data: removals.map((record) => record?.similarity ?? null) },
  ];
}

/** The bytes of manifest.parquet: one row per train clip, snappy-compressed, readable by pandas, DuckDB and Spotlight. */
export async function manifestBytes(
  clips: readonly ListedClip[],
  removed: readonly RemovedRecord[],
  columns: ManifestColumns,
): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  return new Uint8Array(parquetWriteBuffer({ columnData: manifestColumns(clips, removed, columns) }));
}
