import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/**
 * Where the system's programs keep what may be deleted at any time, in a folder of ours: `XDG_CACHE_HOME` where it is set, else `LOCALAPPDATA` on Windows,
 * `~/Library/Caches` on macOS, `~/.cache` elsewhere (freedesktop.org, XDG Base Directory Specification).
 */
export function userCacheFolder(
  platform: NodeJS.Platform = process.platform,
  { XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv = process.env,
  home = homedir(),
): string {
  const { join } = platform === 'win32' ? win32 : posix;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'refrain');
  if (platform === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'refrain', 'Cache');
  return join(home, ...(platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']), 'refrain');
}
