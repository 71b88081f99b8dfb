import { type Findings, foundLists, mergeFindings, mergeFoundLists, type Pass } from '@refrain/core/reductions';
import { damaged, Packed, pack } from './packed.ts';

/**
 * What some tasks of a pass found, as parts of a file: of lists those that have something. `tasks`, the first and the end, is in it,
 * so that no two jobs have the same file.
 */
export function packFindings<P extends Pass>(
  { kind }: P,
  found: Findings[P['kind']],
  tasks: readonly [number, number],
): NodeJS.ArrayBufferView[] {
  const pairs = ({ count, i, j, similarity }: Findings['pairs']) => ({
    i: i.subarray(0, count),
    j: j.subarray(0, count),
    similarity: similarity.subarray(0, count),
  });
  const pieces: { readonly [K in Pass['kind']]: (found: Findings[K]) => Parameters<typeof pack>[0] } = {
    nearest: (lists) => ({ ...foundLists(lists) }),
    histogram: (counts) => ({ counts }),
    pairs,
    scores: ({ counts, ...list }) => ({ counts, ...pairs(list) }),
    along: (list) => ({ ...pairs(list), rows: Float64Array.of(list.rows) }),
  };
  const piecesOf = pieces[kind as P['kind']] as (found: Findings[P['kind']]) => Parameters<typeof pack>[0];
  return pack({ tasks: Uint32Array.from(tasks), ...piecesOf(found) });
}

/** Adds the findings of a file to those of the pass. Throws a DataError where it holds none. */
export function mergePacked<P extends Pass>(
  pass: P,
  findings: Findings[P['kind']],
  bytes: Uint8Array<ArrayBuffer>,
): void {
  const packed = new Packed(bytes);
  if (pass.kind === 'nearest') {
    const places = packed.get('places', 'uint32');
    const ends = packed.get('ends', 'uint32', places.length);
    const similarities = packed.get('similarities', 'float32');
    const indices = packed.get('indices', 'int32', similarities.length);
    if (!areBelow(places, pass.lists) || !areBelow(ends, indices.length + 1)) throw damaged();
    mergeFoundLists(findings as Findings['nearest'], { places, ends, indices, similarities });
  } else if (pass.kind === 'histogram') {
    const counts = packed.get('counts', 'float64', (findings as Findings['histogram']).length);
    mergeFindings('histogram', findings as Findings['histogram'], counts);
  } else {
    const i = packed.get('i', 'uint32');
    const rows = packed.has('rows') ? packed.get('rows', 'float64', 1)[0]! : Infinity;
    const pairs = { count: i.length, rows, i, j: packed.get('j', 'uint32', i.length) };
    const similarity = packed.get('similarity', 'float32', i.length);
    if (pass.kind !== 'scores') mergeFindings('pairs', findings as Findings['pairs'], { ...pairs, similarity });
    else
      mergeFindings('scores', findings as Findings['scores'], {
        ...pairs,
        similarity,
        counts: packed.get('counts', 'float64', pass.bins),
      });
  }
}

/** Whether all values are less than `end`. A loop, for there are many. */
function areBelow(values: Uint32Array, end: number): boolean {
  for (let at = 0; at < values.length; at++) if (values[at]! >= end) return false;
  return true;
}
