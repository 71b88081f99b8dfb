import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** What a package.json in a tarball says. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly main?: string;
  readonly exports?: Readonly<Record<string, unknown>> | string;
}

/** The package.json in a tarball that npm or pnpm has packed. Throws an Error where there is none. */
export function manifestIn(tarball: Buffer): Packed {
  const tar = gunzipSync(tarball);
  for (let at = 0; at + 512 <= tar.length; ) {
    const field = (from: number, length: number) =>
      tar.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(field(124, 12), 8) || 0;
    if (field(0, 100) === 'package/package.json') return JSON.parse(tar.toString('utf8', at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  throw new Error('There is no package.json in the tarball.');
}

/** A registry of packages on this machine, for the scope that asks it: what `npm install` sees when they are published. */
export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the tarballs in a folder, each as the only version of its package. */
export async function serveTarballs(folder: string): Promise<Registry> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (file) => ({ file, bytes: await readFile(join(folder, file)) })),
  );
  const packages = new Map(files.map(({ file, bytes }) => [manifestIn(bytes).name, { file, bytes }]));
  const server = createServer(({ url = '/' }, response) => {
    const path = decodeURIComponent(url.slice(1));
    const tarball = files.find(({ file }) => path === `tarballs/${file}`);
    if (tarball !== undefined) return response.end(tarball.bytes);
    const found = packages.get(path);
    if (found === undefined) return response.writeHead(404).end('{}');
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify(described(found.file, found.bytes, address())));
  });
  const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: address(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function described(file: string, bytes: Buffer, address: string): object {
  const manifest = manifestIn(bytes);
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const dist = { tarball: `${address}/tarballs/${file}`, integrity };
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  };
}
