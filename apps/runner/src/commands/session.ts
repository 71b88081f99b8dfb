import { type LoadedPlugin, Places, type Run, withComponents } from '@refrain/pipeline';
import type { BadClip } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { type CommandSettings, pluginFolderOf, readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import type { FolderWord } from './folderSettings.ts';

/** What every command works with. */
export interface Session extends Run {
  readonly settings: CommandSettings;
  readonly plugins: readonly LoadedPlugin[];
  /** What it writes to; given back when the command ends. */
  readonly places: Places;
}

/** What a command gives back. */
export interface CommandResult {
  /** For people. */
  readonly text: string;
  /** The text is a list for a program, to be printed as it is. */
  readonly isList?: true;
  /** For programs: printed by --json, beside what `printed` adds for every command. */
  readonly json: object;
  /** The folder that was written, or that was checked; absent where there is none. */
  readonly folder?: string | undefined;
  /** Clips that could not be read. */
  readonly bad?: readonly BadClip[];
  /** What the user was told on the way. */
  readonly warnings?: readonly string[];
  /** Exit status; default 0. */
  readonly status?: number;
}

/**
 * Reads the settings, loads the plugins, assembles the components, runs `work`, and closes what was opened. Flags and run file win over what an
 * earlier folder says, and they alone name what is loaded: a ConfigError says which plugin or program the folder would need besides.
 */
export async function withSession(
  given: RawValues,
  signal: AbortSignal,
  work: (session: Session) => Promise<CommandResult>,
  earlier?: FolderWord,
  pluginFolder = pluginFolderOf(given),
): Promise<CommandResult> {
  const settings = await readSettings(given, earlier?.values, pluginFolder);
  const host = terminalHost(settings, process.stderr, signal);
  const places = new Places();
  const inPlaces = async (run: Run, plugins: readonly LoadedPlugin[]) => ({
    ...(await work({ ...run, settings, plugins, places })),
    warnings: [...host.told],
  });
  return withComponents(settings, host, inPlaces, earlier).finally(() => places.release());
}
