import type { RawValues } from '../settings/settings.ts';
import { embedDataset } from '../stages/source.ts';
import { type CommandResult, withSession } from './session.ts';

/** `refrain embed`: fills the cache with the embeddings of all splits. */
export async function embed(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async ({ assembly, settings, host }) => {
    const { train, valid, test, bad, encoded } = await embedDataset(assembly, settings, host, [
      'train',
      'valid',
      'test',
    ]);
    const clips = train.length + valid.length + test.length;
    const unread = bad.map(({ id, reason }) => `${id}: ${reason}`);
    return {
      text: [
        `${clips} clips embedded, ${encoded} of them now, ${clips - encoded} from the cache`,
        ...(bad.length > 0 ? [`${bad.length} could not be read:`, ...unread] : []),
        settings.cacheDir,
      ].join('\n'),
      json: { clips, encoded, bad, cache_dir: settings.cacheDir },
    };
  });
}
