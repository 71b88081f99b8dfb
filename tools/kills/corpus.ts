import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '@refrain/core';

const RATE = 8000;
const SECONDS = 1.5;
const TRACKS_OF = { train: 14, valid: 3, test: 4 } as const;

/** What a set of small wav files is made for, and the manifests that list them. */
export interface SmallCorpus {
  readonly manifest: string;
  /** Lists only a part of the train clips. */
  readonly part: string;
}

/**
 * Writes 42 clips of two excerpts of a track each into `folder`: swelling noise, two clips of train equal to others. So many are missing in an
 * empty cache that they are shared out among threads.
 */
export async function writeCorpus(folder: string): Promise<SmallCorpus> {
  const audio = join(folder, 'audio');
  await mkdir(audio, { recursive: true });
  const rows: object[] = [];
  for (const [split, tracks] of Object.entries(TRACKS_OF)) {
    for (let clip = 0; clip < 2 * tracks; clip++) {
      const track = `${split}-${clip >> 1}`;
      const name = `${split}-${clip}.wav`;
      // The last two clips of train sound like the first ones of another track.
      const sound = split === 'train' && clip >= 2 * tracks - 2 ? `train-${clip % 2}` : `${split}-${clip}`;
      await writeFile(join(audio, name), wav(sound));
      rows.push({ path: `audio/${name}`, split, tags: clip % 2 === 0 ? ['even'] : ['odd', 'loud'], track });
    }
  }
  const manifest = join(folder, 'clips.jsonl');
  const part = join(folder, 'part.jsonl');
  await writeFile(manifest, linesOf(rows));
  await writeFile(part, linesOf(rows.filter((_, i) => i % 3 !== 1)));
  return { manifest, part };
}

const linesOf = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** A 16-bit mono wav file of noise that swells and fades in a way of its own. */
function wav(name: string): Uint8Array {
  const { uniform } = seededRandom(`sound ${name}`);
  const pace = 1 + 9 * uniform();
  const samples = Int16Array.from(
    { length: RATE * SECONDS },
    (_, i) => 32767 * (uniform() - 0.5) * (0.5 + 0.4 * Math.sin((i * pace) / RATE)),
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(2 * RATE, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, new Uint8Array(samples.buffer)]);
}
