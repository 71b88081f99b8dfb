import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { seededRandom } from '@refrain/core';

const RATE = 8000;
const SECONDS = 1.5;
const TRACKS_OF = { train: 14, valid: 3, test: 4 } as const;

/** A set of few clips, and the manifests that list them. */
export interface SmallCorpus {
  readonly name: string;
  /** What holds the audio, and nothing else. */
  readonly audio: string;
  readonly manifest: string;
  /** Lists only a part of the train clips. */
  readonly part: string;
}

/** A line of a manifest. */
interface Row {
  readonly path: string;
  readonly split: string;
  readonly tags: readonly string[];
  readonly track: string;
}

/** The sets there are, by name: each is written into a folder. The others than `generated` are taken from the test data (REFRAIN_TEST_DATA). */
export const CORPORA: Readonly<Record<string, (folder: string) => Promise<SmallCorpus>>> = {
  generated: writeGenerated,
  'esc10-dev': (folder) => writeChosen('esc10-dev', folder, chosenSounds),
  'music-dev': (folder) => writeChosen('music-dev', folder, chosenMusic),
};

/**
 * Writes 42 clips of two excerpts of a track each into `folder`: swelling noise, two clips of train equal to others. So many are missing in an
 * empty cache that they are shared out among threads.
 */
async function writeGenerated(folder: string): Promise<SmallCorpus> {
  const audio = join(folder, 'audio');
  await mkdir(audio, { recursive: true });
  const rows: Row[] = [];
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
  return listed('generated', folder, rows);
}

/** Copies clips of the test data, each from its path to that in its row. */
async function writeChosen(
  name: string,
  folder: string,
  choose: (lines: readonly Readonly<Record<string, string>>[]) => readonly (readonly [from: string, row: Row])[],
): Promise<SmallCorpus> {
  const data = process.env.REFRAIN_TEST_DATA;
  if (!data) throw new Error(`${name} is taken from the folder that REFRAIN_TEST_DATA names.`);
  const [head, ...lines] = (await readFile(join(data, name, 'clips.csv'), 'utf8')).trimEnd().split(/\r?\n/);
  const columns = head!.split(',');
  const chosen = choose(
    lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [columns[i]!, value] as const))),
  );
  await mkdir(join(folder, 'audio'), { recursive: true });
  for (const [from, { path }] of chosen) await copyFile(join(data, name, 'audio', from), join(folder, path));
  const rows = chosen.map(([, row]) => row);
  return listed(name, folder, rows);
}

/** Of each of four sounds six clips. */
function chosenSounds(lines: readonly Readonly<Record<string, string>>[]) {
  return ['rain', 'rooster', 'dog_bark', 'sea_waves'].flatMap((sound) =>
    [1, 1, 2, 3, 4, 5].map((fold, i): [string, Row] => {
      const of = lines.filter((line) => line.class === sound && line.fold === String(fold));
      const { file, freesound_id: track } = of[i === 1 ? 1 : 0]!;
      const split = fold < 4 ? 'train' : fold === 4 ? 'valid' : 'test';
      return [file!, { path: `audio/${basename(file!)}`, split, tags: [sound], track: track! }];
    }),
  );
}

/** Ten clips of music to train on, and two of each other split. */
function chosenMusic(lines: readonly Readonly<Record<string, string>>[]) {
  return Object.entries({ train: 10, valid: 2, test: 2 }).flatMap(([split, count]) =>
    lines
      .filter((line) => line.split === split)
      .slice(0, count)
      .map(({ mp3_path: file, track }, i): [string, Row] => [
        file!,
        { path: `audio/${basename(file!)}`, split, tags: i % 2 === 0 ? ['even'] : ['odd'], track: track! },
      ]),
  );
}

async function listed(name: string, folder: string, rows: readonly Row[]): Promise<SmallCorpus> {
  const [manifest, part] = [join(folder, 'clips.jsonl'), join(folder, 'part.jsonl')];
  await writeFile(manifest, linesOf(rows));
  await writeFile(part, linesOf(rows.filter((_, i) => i % 3 !== 1)));
  return { name, audio: join(folder, 'audio'), manifest, part };
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
