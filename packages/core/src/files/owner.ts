import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A process, as it is written into the names of what it has begun: enough to tell later whether it still runs. A pid alone is given to
 * others again, so its start counts too, and since when and where on which machine pids mean what they mean.
 */
export interface Owner {
  readonly pid: number;
  /** When it began, in clock ticks since the start of the machine, base 36; `0` where the system does not tell. */
  readonly start: string;
  /** Of the installation and its name, hexadecimal. */
  readonly machine: string;
  /** Of the time for which the machine runs, hexadecimal. */
  readonly boot: string;
  /** The space of pids, which a container has its own of, base 36. */
  readonly pids: string;
}

const MARK = /^(\d+)-([0-9a-z]+)-([0-9a-f]{6})-([0-9a-f]{6})-([0-9a-z]+)$/;

let own: Owner | undefined;

/** This process. */
export function ownOwner(): Owner {
  own ??= {
    pid: process.pid,
    start: startOf(process.pid) ?? '0',
    machine: shortHash(`${textOf('/etc/machine-id')}/${hostname()}`),
    boot: shortHash(textOf('/proc/sys/kernel/random/boot_id')),
    pids: pidSpace(),
  };
  return own;
}

/** An owner as text of lower-case letters, digits and hyphens. */
export function markOf({ pid, start, machine, boot, pids }: Owner): string {
  return [pid, start, machine, boot, pids].join('-');
}

/** The owner that `mark` tells; undefined where it tells none. */
export function ownerOf(mark: string): Owner | undefined {
  const [, pid, start, machine, boot, pids] = MARK.exec(mark) ?? [];
  return pid === undefined
    ? undefined
    : { pid: Number(pid), start: start!, machine: machine!, boot: boot!, pids: pids! };
}

/** Whether an owner still runs; undefined where it cannot be known from here: on another machine, or in another container. */
export function isAlive(owner: Owner): boolean | undefined {
  const here = ownOwner();
  if (owner.machine !== here.machine) return undefined;
  if (owner.boot !== here.boot) return false;
  if (owner.pids !== here.pids) return undefined;
  const start = startOf(owner.pid);
  if (start !== undefined && owner.start !== '0') return start === owner.start;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    // Another user's process refuses the question, but there is one.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** When a process began, as Linux tells it; undefined for none, for one that has ended and is only remembered, and elsewhere. */
function startOf(pid: number): string | undefined {
  // After the name in parentheses, which may hold anything: the state, and 19 fields on the start.
  const fields = textOf(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  const start = Number(fields[19]);
  return fields[0] === 'Z' ? 'ended' : Number.isInteger(start) && start > 0 ? start.toString(36) : undefined;
}

function pidSpace(): string {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0]).toString(36);
  } catch {
    return '0';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
