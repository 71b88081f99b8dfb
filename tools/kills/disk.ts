import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a disk full. */
export interface Disk {
  /** How, in words. */
  readonly name: string;
  /** Whether a folder of it is gone when it is closed, also in the middle of work. */
  readonly isMounted: boolean;
  /** Before anything is in the folder. */
  open(folder: string): Promise<void>;
  /** Leaves so many bytes to what is begun with the returned words before its own. */
  limit(folder: string, bytes: number): Promise<readonly string[]>;
  /** Leaves enough again. */
  free(folder: string): Promise<void>;
  close(folder: string): Promise<void>;
}

const ENOUGH = 1 << 30;

/** A file system in memory, which only root may make, in its own machine or in a space of its own (`unshare`). */
const tmpfs: Disk = {
  name: 'a tmpfs',
  isMounted: true,
  open: async (folder) => {
    await mkdir(folder, { recursive: true });
    mount(['-t', 'tmpfs', '-o', `size=${ENOUGH}`, 'refrain-kills', folder]);
  },
  limit: async (folder, bytes) => {
    const { blocks, bfree, bsize } = await statfs(folder);
    mount(['-o', `remount,size=${(blocks - bfree) * bsize + bytes}`, folder]);
    return [];
  },
  free: async (folder) => mount(['-o', `remount,size=${ENOUGH}`, folder]),
  close: async (folder) => {
    check('umount', ['-l', folder]);
  },
};

/** A limit on the size of each file, which anyone may set: larger ones fail as on a full disk, the others do not. */
const fileSizes: Disk = {
  name: 'a limit on the size of files (no tmpfs can be mounted here)',
  isMounted: false,
  open: async () => {},
  limit: async (_, bytes) => ['sh', '-c', 'ulimit -f "$0"; exec "$@"', String(Math.floor(bytes / 512))],
  free: async () => {},
  close: async () => {},
};

/** The best disk that can be had here. */
export async function bestDisk(): Promise<Disk> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-disk-'));
  try {
    await tmpfs.open(folder);
    await tmpfs.close(folder);
    return tmpfs;
  } catch {
    return fileSizes;
  } finally {
    await rmdir(folder);
  }
}

function mount(args: readonly string[]): void {
  check('mount', args);
}

function check(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}
