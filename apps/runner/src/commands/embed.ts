import { seededRandom } from '@refrain/core';
import {
  audioMeans,
  type EmbeddedClip,
  type EmbeddedRecord,
  type EmbeddedRun,
  embedDataset,
  saveSegments,
  wholeSpace,
  writeEmbeddings,
} from '@refrain/pipeline';
import type { RawValues } from '../settings/given.ts';
import { refuseSave, takeOutput } from './output.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/** `refrain embed`: fills the cache with the embeddings of all splits, and writes them into a folder where --output names one. */
export async function embed(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const { settings } = session;
    refuseSave(session, ['segments'], { folder: settings.output !== undefined });
    await takeOutput(session, { isNew: false });
    const run = await embedDataset(await audioMeans(session), ['train', 'valid', 'test']);
    const folder = settings.output === undefined ? undefined : await writeRun(settings.output, run, session);
    const { bad, encoded } = run;
    const clips = run.train.length + run.valid.length + run.test.length;
    return {
      text: [
        `${clips} clips embedded, ${encoded} of them now, ${clips - encoded} from the cache`,
        folder ?? settings.cacheDir,
      ].join('\n'),
      folder,
      bad,
      json: { clips, encoded, cache_dir: settings.cacheDir },
    };
  });
}

async function writeRun(path: string, run: EmbeddedRun, session: Session): Promise<string> {
  const { settings, host } = session;
  const { clips, embeddings } = await wholeSpace(run, settings, seededRandom(settings.seed).fork('reliability'));
  const records = clips.map((clip) => recordOf(clip, run.dataset.classes));
  return writeEmbeddings(path, embeddings, records, run.bad, host.notice, (draft) => saveSegments(session, draft, run));
}

function recordOf(
  { clip, contentHash, audioHash, seconds, segments }: EmbeddedClip,
  classes: readonly string[],
): EmbeddedRecord {
  const { id, path, split, groups } = clip;
  const labels = clip.labels.map((label) => classes[label]!);
  const hashes = { content_hash: contentHash, audio_hash: audioHash };
  return { id, path, split, ...hashes, seconds, segments: segments.rows, labels, ...(groups && { groups }) };
}
