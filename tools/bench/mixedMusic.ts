import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Random, seededRandom } from '@refrain/core';
import { type Mp3, mp3Of, spliced } from './mp3Frames.ts';

/** How many clips a track has: MagnaTagATune has 25,863 clips of 5,405 tracks. */
const PER_TRACK = 5;
/** Of so many tracks the first ten are train, one is valid, three are test, as of MagnaTagATune's clips. */
const TRACKS_A_TURN = 14;
const SECONDS = 29;

/** A clip of the set that others are mixed from. */
interface Source {
  readonly mp3: Mp3;
  /** As it stands in the tables of tags. */
  readonly tags: string;
}

/**
 * The folder of `count` clips in MagnaTagATune's layout, each made of frames of two clips of the set in `from`, as they are: the clips of a track begin
 * with the same one, and have its tags. Made once: a folder under `folder` that is there is whole.
 */
export async function mixedMusic(folder: string, from: string, count: number, seed: number): Promise<string> {
  const made = join(folder, `mixed-music-${count}-${seed}`);
  if (await stat(made).catch(() => undefined)) return made;
  const begun = `${made}.begun`;
  await rm(begun, { recursive: true, force: true });
  const sources = await sourcesIn(from);
  const tables: Record<string, string[]> = { index: [], train: [], val: [], test: [] };
  for (let clip = 0; clip < count; clip++) {
    const track = Math.floor(clip / PER_TRACK);
    const place = clip % PER_TRACK;
    const first = chosen(sources, seededRandom(`${seed} track ${track}`));
    const path = `${(track % 16).toString(16)}/mixed-track_${track}-${place * SECONDS}-${(place + 1) * SECONDS}.mp3`;
    await mkdir(dirname(join(begun, 'audio', path)), { recursive: true });
    await writeFile(join(begun, 'audio', path), mixed(first, sources, seededRandom(`${seed} clip ${clip}`)));
    tables.index!.push(`${clip}\t${path}`);
    tables[splitOf(track)]!.push(`${clip}\t${first.tags}`);
  }
  for (const [name, lines] of Object.entries(tables)) {
    await writeFile(join(begun, name === 'index' ? 'index_mtt.tsv' : `${name}_gt_mtt.tsv`), `${lines.join('\n')}\n`);
  }
  await writeFile(join(begun, 'output_labels_mtt.txt'), await readFile(join(from, 'output_labels_mtt.txt')));
  await rename(begun, made);
  return made;
}

function splitOf(track: number): 'train' | 'val' | 'test' {
  const turn = track % TRACKS_A_TURN;
  if (turn < 10) return 'train';
  return turn < 11 ? 'val' : 'test';
}

function mixed({ mp3 }: Source, sources: readonly Source[], random: Random): Buffer {
  const second = chosen(sources, random).mp3;
  const share = 0.1 + 0.8 * random.uniform();
  return spliced(mp3, second, Math.round(share * mp3.frames.length));
}

function chosen(sources: readonly Source[], random: Random): Source {
  return sources[random.integer(sources.length)]!;
}

/** Of the clips in the most usual form, with their tags. */
async function sourcesIn(from: string): Promise<Source[]> {
  const tags = new Map<string, string>();
  for (const split of ['train', 'val', 'test']) {
    for (const [id, list] of await rowsOf(join(from, `${split}_gt_mtt.tsv`))) tags.set(id, list);
  }
  const byForm = new Map<string, Source[]>();
  for (const [id, path] of await rowsOf(join(from, 'index_mtt.tsv'))) {
    const file = join(from, 'audio', path);
    const mp3 = mp3Of(await readFile(file), file);
    byForm.set(mp3.form, [...(byForm.get(mp3.form) ?? []), { mp3, tags: tags.get(id)! }]);
  }
  return [...byForm.values()].toSorted((a, b) => b.length - a.length)[0]!;
}

async function rowsOf(file: string): Promise<[id: string, rest: string][]> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return lines.map((line) => line.trim().split('\t') as [string, string]);
}
