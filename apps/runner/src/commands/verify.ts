import { verifyFolder } from '../folder/verify.ts';
import type { CommandResult } from './session.ts';

/** `refrain verify DIR`: recomputes the certificate of a pruned dataset folder; status 1 when it does not hold. */
export async function verify(path: string): Promise<CommandResult> {
  const { failure, ...counts } = await verifyFolder(path);
  if (failure !== undefined)
    return { text: `does not hold: ${failure}`, json: { holds: false, failure, ...counts }, status: 1 };
  return {
    text: `holds: ${counts.kept} of ${counts.clips} clips kept, and each of the ${counts.removed} removed has a kept partner as claimed`,
    json: { holds: true, ...counts },
  };
}
