import type { PairScore, Range } from '@refrain/core';
import type { Pass } from '@refrain/core/reductions';
import { damaged, type NamedNumbers, Packed, pack } from './packed.ts';

const KINDS = ['nearest', 'histogram', 'pairs', 'along', 'scores'] as const satisfies readonly Pass['kind'][];

type Five = [number, number, number, number, number];

/** A pass as parts of a file. */
export function packPass(pass: Pass): NodeJS.ArrayBufferView[] {
  const kind = Uint8Array.of(KINDS.indexOf(pass.kind));
  return pack({ kind, order: pass.order, halves: pass.halves, cap: Float64Array.of(pass.cap), ...particulars(pass) });
}

function particulars(pass: Pass): NamedNumbers {
  if (pass.kind === 'nearest') {
    const { k, lists, rows, component, runs } = pass;
    return {
      sizes: Uint32Array.of(k, lists, rows),
      ...(component && { component }),
      ...(runs && { runs: endsOf(runs) }),
    };
  }
  if (pass.kind === 'along') {
    return { sizes: Uint32Array.of(pass.rows), floors: pass.floors, most: Float64Array.of(pass.most) };
  }
  if (pass.kind === 'scores') {
    const { rows, score, slack, bins, from, to, least, most } = pass;
    const bounds = Float64Array.of(from, to, slack, least, most);
    return { sizes: Uint32Array.of(rows, bins), bounds, scale: score.scale, offset: score.offset };
  }
  const runs = endsOf(pass.runs);
  if (pass.kind === 'histogram') {
    const { groups, groupCount, bins, from, to } = pass;
    return { runs, groups, sizes: Uint32Array.of(groupCount, bins), bounds: Float64Array.of(from, to) };
  }
  const { floor, score } = pass;
  return {
    ...{ runs, floor },
    ...(score && { scale: score.scale, offset: score.offset, least: Float64Array.of(score.least) }),
  };
}

function endsOf(runs: readonly Range[]): Uint32Array {
  return Uint32Array.from(runs.flatMap(({ start, end }) => [start, end]));
}

/** The pass in a file, over some of `count` points. Throws a DataError where it holds none. */
export function unpackPass(bytes: Uint8Array<ArrayBuffer>, count: number): Pass {
  const packed = new Packed(bytes);
  const order = packed.get('order', 'uint32');
  const places = {
    order,
    halves: packed.get('halves', 'float32', order.length),
    cap: packed.get('cap', 'float64', 1)[0]!,
  };
  if (order.some((point) => point >= count)) throw damaged();
  const kind = KINDS[packed.get('kind', 'uint8', 1)[0]!];
  if (kind === 'nearest') {
    const [k, lists, rows] = packed.get('sizes', 'uint32', 3) as unknown as [number, number, number];
    if (k < 1 || rows > order.length || lists > order.length) throw damaged();
    const component = packed.has('component') ? packed.get('component', 'int32', order.length) : undefined;
    const runs = packed.has('runs') ? runsIn(packed, lists) : undefined;
    return { kind, ...places, k, lists, rows, ...(component && { component }), ...(runs && { runs }) };
  }
  if (kind === 'along') {
    const rows = packed.get('sizes', 'uint32', 1)[0]!;
    if (rows > order.length) throw damaged();
    const floors = packed.get('floors', 'float32', Math.max(0, order.length - 1));
    return { kind, ...places, rows, floors, most: packed.get('most', 'float64', 1)[0]! };
  }
  const score = scoreIn(packed, order.length);
  if (kind === 'scores') {
    const [rows, bins] = packed.get('sizes', 'uint32', 2) as unknown as [number, number];
    const [from, to, slack, least, most] = packed.get('bounds', 'float64', 5) as unknown as Five;
    if (score === undefined || rows > order.length || bins < 1) throw damaged();
    return { kind, ...places, rows, score, slack, bins, from, to, least, most };
  }
  const runs = runsIn(packed, order.length);
  if (kind === 'pairs') {
    const floor = packed.get('floor', 'float32', order.length);
    return {
      kind,
      ...places,
      runs,
      floor,
      ...(score && { score: { ...score, least: packed.get('least', 'float64', 1)[0]! } }),
    };
  }
  if (kind !== 'histogram') throw damaged();
  const [groupCount, bins] = packed.get('sizes', 'uint32', 2) as unknown as [number, number];
  const [from, to] = packed.get('bounds', 'float64', 2) as unknown as [number, number];
  const groups = packed.get('groups', 'int32', runs.length);
  if (bins < 1 || groups.some((group) => group < 0 || group >= groupCount)) throw damaged();
  return { kind, ...places, runs, groups, groupCount, bins, from, to };
}

function runsIn(packed: Packed, places: number): Range[] {
  const ends = packed.get('runs', 'uint32');
  if (ends.length % 2 !== 0) throw damaged();
  const runs = Array.from({ length: ends.length / 2 }, (_, run) => ({
    start: ends[2 * run]!,
    end: ends[2 * run + 1]!,
  }));
  if (runs.some(({ start, end }) => start > end || end > places)) throw damaged();
  return runs;
}

function scoreIn(packed: Packed, places: number): PairScore | undefined {
  if (!packed.has('scale')) return undefined;
  return { scale: packed.get('scale', 'float64', places), offset: packed.get('offset', 'float64', places) };
}
