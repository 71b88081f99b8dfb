import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the audio of a row is, and what its path is called where that is the id of the clip. */
export interface AudioPath {
  readonly name: string;
  readonly path: string;
}

// Only these can be meant otherwise than they stand there: to look for every file of a large table would take long.
const AMBIGUOUS = /^\s|\s$|\\|^file:|[^ -~]/i;

/**
 * The file that a path of a table means. As it stands, if that is there; else without blanks around it, as a file: address, with `\` between
 * folders, or in the other form of Unicode (NFC, NFD), whichever is there first. Relative paths begin in `audioDir`. Where nothing is there, it is as it
 * stands, an address as its path.
 */
export function locateAudio(written: string, audioDir: string): AudioPath {
  const inFolder = (name: string) => (isAbsolute(name) ? name : join(audioDir, name));
  if (!AMBIGUOUS.test(written)) return { name: written, path: inFolder(written) };
  const readings = readingsOf(written);
  const there = readings.find((reading) => existsSync(inFolder(reading)));
  const isOther = there !== undefined && there !== written;
  return { name: isOther ? written.trim() : written, path: inFolder(there ?? readings[0]!) };
}

function readingsOf(written: string): string[] {
  const trimmed = written.trim();
  const plain = /^file:/i.test(trimmed) ? [pathOfAddress(trimmed)] : [written, trimmed];
  const slashed = plain.map((path) => path.replaceAll('\\', '/'));
  const forms = [...plain, ...slashed].flatMap((path) => [path, path.normalize('NFC'), path.normalize('NFD')]);
  return [...new Set([...plain, ...forms])];
}

/** The path of a file: address, also of one whose characters are not escaped; an address of another machine stays as it is. */
function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch {
    return address;
  }
}
