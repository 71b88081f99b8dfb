import type { Cost } from './cost.ts';
import { megabytes, significant } from './table.ts';

/** What a run may cost at most. */
export interface Limits {
  /** CPU seconds of the work; absent where there is no limit. */
  readonly cpuSeconds?: number;
  /** Most resident memory of the process, bytes. */
  readonly peakBytes: number;
}

/** The limits of pruning after clustering: 20 CPU seconds and 500 MB up to the size of MagnaTagATune, 4 GB for more clips. */
export function limitsFor(rows: number): Limits {
  return rows <= 25_863 ? { cpuSeconds: 20, peakBytes: 500e6 } : { peakBytes: 4e9 };
}

/** A sentence that says of each limit whether the cost keeps it. */
export function limitSentence(what: string, { cpuSeconds, peakBytes }: Cost, limits: Limits): string {
  const parts = [
    ...(limits.cpuSeconds === undefined
      ? []
      : [verdict(cpuSeconds <= limits.cpuSeconds, significant(cpuSeconds), `${limits.cpuSeconds} CPU s`)]),
    verdict(peakBytes <= limits.peakBytes, megabytes(peakBytes), `${megabytes(limits.peakBytes)} MB of peak memory`),
  ];
  return `${what}: ${parts.join(', ')}.`;
}

function verdict(held: boolean, value: string, limit: string): string {
  return `${value} ${held ? 'of at most' : '**above the limit of**'} ${limit}`;
}
