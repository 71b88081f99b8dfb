import { rename } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** What Windows says of a file or folder that somebody, a virus scanner for one, has open for a moment. */
const IN_USE: readonly unknown[] = ['EPERM', 'EACCES', 'EBUSY'];

/** How often it is tried there, and after how many ms for the second time; each wait is twice the last: three seconds in all. */
const ATTEMPTS = 8;
const FIRST_WAIT_MS = 25;

/**
 * Gives a file or folder its final name in one step, in place of a file of that name. On Windows what is open elsewhere cannot be moved nor
 * replaced, so there it is tried again for three seconds. Throws what the operating system says.
 */
export async function moveInto(
  from: string,
  to: string,
  { platform = process.platform, move = rename }: { platform?: NodeJS.Platform; move?: typeof rename } = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await move(from, to);
    } catch (error) {
      const isInUse = platform === 'win32' && IN_USE.includes((error as NodeJS.ErrnoException).code);
      if (!isInUse || attempt === ATTEMPTS) throw error;
      await setTimeout(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}
