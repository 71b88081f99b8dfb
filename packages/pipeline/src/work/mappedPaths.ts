import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { ConfigError, quoted } from '@refrain/core';

/** A folder of who gives work, and where it is here. */
interface MappedRoot {
  readonly from: string;
  readonly to: string;
}

/**
 * Where the files that jobs name are on this machine. Nothing outside of the folders that its user named is opened, be it named by a path, by
 * `..` or by a link.
 */
export class MappedPaths {
  readonly #roots: readonly MappedRoot[];

  /** `rules`: `/data=/mnt/data`, what is called /data by others is /mnt/data here; `/data`, it has the same name. Throws a ConfigError for `map`. */
  constructor(rules: readonly string[]) {
    // Longer ones first: they are those that are meant.
    this.#roots = rules.map(rootOf).sort((a, b) => b.from.length - a.from.length);
  }

  /** Where a file is here, which need not exist. Throws a ConfigError that says why it is not opened, and which folders are. */
  async here(path: string): Promise<string> {
    const root = this.#roots.find(({ from }) => isBelow(path, from));
    const named = this.#roots.map(({ from, to }) => (from === to ? from : `${from} (${to} here)`)).join(', ');
    const refusal = (why: string) =>
      new ConfigError(
        'map',
        `${quoted(path)} ${why}. This worker opens what is below ${named || 'folders that `map` names, and none is named'}.`,
      );
    if (!isPlain(path)) throw refusal('is no absolute path without . and ..');
    if (root === undefined) throw refusal('is below none of the folders that are open to jobs');
    const mapped = join(root.to, path.slice(root.from.length));
    const real = await realPlace(mapped);
    for (const { to } of this.#roots) if (isBelow(real, await realPlace(to))) return mapped;
    throw refusal(`leads to ${real}`);
  }

  /** The options of a component, in which every text that is an absolute path is where it is here. Throws what `here` throws. */
  async options(options: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    const mapped = await Promise.all(
      Object.entries(options).map(async ([name, value]): Promise<[string, unknown]> => {
        if (typeof value === 'string' && isAbsolute(value)) return [name, await this.here(value)];
        const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
        return [name, isRecord ? await this.options(value as Readonly<Record<string, unknown>>) : value];
      }),
    );
    return Object.fromEntries(mapped);
  }
}

function rootOf(rule: string): MappedRoot {
  const at = rule.indexOf('=');
  const [from, to] = at < 0 ? [rule, rule] : [rule.slice(0, at), rule.slice(at + 1)];
  if (!isPlain(from) || !isPlain(to))
    throw new ConfigError(
      'map',
      `\`map\`: expected two absolute folders without .., as /data=/mnt/data, or one, found ${quoted(rule)}.`,
    );
  return { from: withoutEnd(from), to: withoutEnd(to) };
}

const isPlain = (path: string) =>
  isAbsolute(path) && !path.includes('\0') && !path.split(/[\\/]/).some((name) => name === '..' || name === '.');

const withoutEnd = (path: string) => (path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path);

const isBelow = (path: string, folder: string) =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Where a path leads, links followed as far as it exists: a file inside an archive does not. */
async function realPlace(path: string): Promise<string> {
  let rest = '';
  for (let above = path; ; above = dirname(above)) {
    try {
      return join(await realpath(above), rest);
    } catch {
      if (dirname(above) === above) return path;
      rest = join(above.slice(dirname(above).length), rest);
    }
  }
}
