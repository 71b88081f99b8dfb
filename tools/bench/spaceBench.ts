import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './context.ts';
import type { SpaceJob } from './job.ts';
import { type Measurement, runJob } from './runChild.ts';
import { megabytes, significant, whole } from './table.ts';

/** MagnaTagATune's clips of 29 s, in segments of a second. */
const DEFAULT_CLIPS = [25_863];
const PER_CLIP = 29;
/** MFCC and Basic Pitch side by side. */
const DEFAULT_COLS = 560;

/** At 25,863 clips; for more there is a limit of memory alone. */
const LIMITS = { cpuSeconds: 60, bytesOnTop: 600e6, peakBytes: 1.5e9 } as const;

/** What fitting the whitened space costs, and bringing all segments into it. */
export const spaceBench: Bench = {
  name: 'space',
  about: `the whitened space of clips of ${PER_CLIP} segments that lie in a file: --n 25863 --dim ${DEFAULT_COLS} (241904 takes 16 GB of disk)`,
  async run({ settings, say }) {
    const cols = settings.cols === 512 ? DEFAULT_COLS : settings.cols;
    const rows: string[][] = [];
    for (const clips of settings.rows ?? DEFAULT_CLIPS) {
      const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
      try {
        const job = { file: join(folder, 'segments.npy'), clips, perClip: PER_CLIP, cols, seed: settings.seed };
        say(`making the segments of ${clips} clips`);
        await runJob({ kind: 'segments', ...job });
        for (const kind of ['space', 'placed-segments'] as const) {
          say(`${kind} of ${clips} clips`);
          rows.push(rowOf({ kind, ...job }, await runJob({ kind, ...job })));
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    return {
      header: [
        'what',
        'clips',
        'segments',
        'd',
        'CPU s',
        'wall s',
        'peak MB',
        'MB on top',
        'α',
        'limits',
        'load average',
      ],
      rows,
      notes: [
        `Segments are read from a file, one clip at a time: three times to fit, and once more to bring them into the space. At up to 25,863 clips fitting may take ${LIMITS.cpuSeconds} CPU s and ${megabytes(LIMITS.bytesOnTop)} MB on top, with more clips ${megabytes(LIMITS.peakBytes)} MB in all.`,
      ],
    };
  },
};

function rowOf({ kind, clips, perClip, cols }: SpaceJob, { cost, facts, loadAverage }: Measurement): string[] {
  const onTop = cost.peakBytes - cost.baselineBytes;
  const holds =
    clips > 25_863
      ? cost.peakBytes <= LIMITS.peakBytes
      : onTop <= LIMITS.bytesOnTop && (kind !== 'space' || cost.cpuSeconds <= LIMITS.cpuSeconds);
  return [
    kind === 'space' ? 'fit' : 'fit, and all segments',
    whole(clips),
    whole(clips * perClip),
    whole(cols),
    significant(cost.cpuSeconds),
    significant(cost.wallSeconds),
    megabytes(cost.peakBytes),
    megabytes(onTop),
    significant(facts.shrinkage as number),
    holds ? 'kept' : '**not kept**',
    loadAverage.toFixed(2),
  ];
}
