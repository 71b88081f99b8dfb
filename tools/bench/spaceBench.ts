import type { Bench } from './context.ts';
import type { SpaceJob } from './job.ts';
import { type Measurement, runJob } from './runChild.ts';
import { megabytes, significant, whole } from './table.ts';

/** MagnaTagATune has so many clips of 29 s, in segments of a second; the labelled part of the Million Song Dataset 241,904. */
const DEFAULT_CLIPS = [25_863];
const PER_CLIP = 29;
/** MFCC and Basic Pitch side by side. */
const DEFAULT_COLS = 560;

/** At 25,863 clips; for more there is a limit of memory alone. */
const LIMITS = { cpuSeconds: 60, bytesOnTop: 600e6, peakBytes: 1.5e9 } as const;

const WHAT: Readonly<Record<SpaceJob['kind'], string>> = {
  'made-segments': 'segments made, once',
  'fitted-space': 'fit',
  'train-space': 'fit, embeddings, reliabilities',
};

/** What fitting the whitened space costs, and bringing all clips into it. */
export const spaceBench: Bench = {
  name: 'space',
  about: `the whitened space of clips of ${PER_CLIP} segments, made when they are read: --n 25863 --dim ${DEFAULT_COLS} (241904 takes half an hour)`,
  async run({ settings, say }) {
    const cols = settings.cols === 512 ? DEFAULT_COLS : settings.cols;
    const rows: string[][] = [];
    for (const clips of settings.rows ?? DEFAULT_CLIPS) {
      for (const kind of Object.keys(WHAT) as SpaceJob['kind'][]) {
        say(`${WHAT[kind]}: ${clips} clips`);
        const job = { kind, clips, perClip: PER_CLIP, cols, seed: settings.seed };
        rows.push(rowOf(job, await runJob(job)));
      }
    }
    return {
      header: ['what', 'clips', 'segments', 'd', 'CPU s', 'wall s', 'peak MB', 'MB on top', 'limits', 'load average'],
      rows,
      notes: [
        `The segments of a clip are made each time they are read, one clip at a time: three times to fit, and once more to bring them into the space; the first row is what making them takes each time. At up to 25,863 clips fitting may take ${LIMITS.cpuSeconds} CPU s and ${megabytes(LIMITS.bytesOnTop)} MB on top, with more clips ${megabytes(LIMITS.peakBytes)} MB in all. Embeddings of 241,904 clips alone are 542 MB.`,
      ],
    };
  },
};

function rowOf({ kind, clips, perClip, cols }: SpaceJob, { cost, loadAverage }: Measurement): string[] {
  const onTop = cost.peakBytes - cost.baselineBytes;
  const holds =
    clips > 25_863
      ? cost.peakBytes <= LIMITS.peakBytes
      : onTop <= LIMITS.bytesOnTop && (kind !== 'fitted-space' || cost.cpuSeconds <= LIMITS.cpuSeconds);
  return [
    WHAT[kind],
    whole(clips),
    whole(clips * perClip),
    whole(cols),
    significant(cost.cpuSeconds),
    significant(cost.wallSeconds),
    megabytes(cost.peakBytes),
    megabytes(onTop),
    holds ? 'kept' : '**not kept**',
    loadAverage.toFixed(2),
  ];
}
