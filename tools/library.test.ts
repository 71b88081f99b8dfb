import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const packages = join(import.meta.dirname, '..', 'packages');

/** What only a command knows: how an option is typed, its arguments, its exit and its terminal. */
const OF_A_COMMAND = /(?<![-\w])--[a-z][\w-]*|--\$\{|process\.(?:argv|exit)\b|\bconsole\./g;

/** Where one of these stands in a package, and why it may. */
const ALLOWED: Readonly<Record<string, readonly [found: readonly string[], why: string]>> = {
  'core/assembly/build.mjs': [
    ['--outFile', '--enable', '--runtime', '--importMemory', '--noAssert', 'process.argv'],
    "a build script, and the compiler's arguments",
  ],
  'core/src/workers/fromSource.mjs': [['process.argv'], 'the module that a thread or process begins with'],
  'core/src/workers/startProcess.ts': [['--import'], 'an argument of Node for a child process'],
  'core/src/workers/startWorker.ts': [['--import'], 'an argument of Node for a thread'],
  'core/src/workers/sourceCondition.mjs': [['--conditions'], 'the argument of Node that it does the work of'],
  'encoders/src/onnx-model/modelProcess.ts': [['process.exit'], 'a child process: it ends with its parent'],
  'kernels/src/gpu/gpuJs.ts': [['console.'], 'a library writes there when it is loaded, which is kept still'],
  'pipeline/src/memory/memoryLimit.ts': [['--heap-growing-percent'], "V8's setting for the process"],
  'pipeline/src/rules/steps.ts': [['--excess'], 'a number that is counted down'],
  'pipeline/src/work/collectRarely.ts': [
    ['--heap-growing-percent', '--min-semi-space-size'],
    "V8's settings for threads",
  ],
};

/** What a file has of a command, each once. */
function found(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(OF_A_COMMAND), ([what]) => what))];
}

describe('packages know no command', () => {
  const files = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /\.(?:ts|mjs|js|c|h)$/.test(path) &&
      !/\.test\.ts$|(?:^|\/)(?:node_modules|dist|build|e2e)\//.test(path) &&
      !path.endsWith('.d.ts'),
  );

  it('in any file', () => {
    expect(files.length).toBeGreaterThan(300);
    const offences = files.flatMap((path) => {
      const [allowed = []] = ALLOWED[path] ?? [];
      const bad = found(readFileSync(join(packages, path), 'utf8')).filter((one) => !allowed.includes(one));
      return bad.length === 0 ? [] : [`${path}: ${bad.join(', ')}`];
    });
    expect(offences).toEqual([]);
  });

  it('but where it is listed, and nothing is listed in vain', () => {
    for (const [path, [allowed]] of Object.entries(ALLOWED)) {
      const there = found(readFileSync(join(packages, path), 'utf8'));
      expect(there, path).toEqual(expect.arrayContaining([...allowed]));
    }
  });

  it('as the pattern sees it', () => {
    const template = `--$${'{'}`;
    const text = `'give --keep'; '${template}option}'; process.argv[2]; process.exit(1); console.log('x'); i--; x---x-x--x`;
    expect(found(text)).toEqual(['--keep', template, 'process.argv', 'process.exit', 'console.']);
  });
});

describe('what packages export', () => {
  it('has a doc comment', () => {
    const files = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /^[\w-]+\/src\/.*\.ts$/.test(path) && !/\.test\.ts$|Module\.ts$/.test(path),
    );
    const bare = files.flatMap((path) => {
      const lines = readFileSync(join(packages, path), 'utf8').split('\n');
      const isOurs = (line: string) =>
        /^export (?:async |abstract )*(?:function|class|const|interface|type) \w/.test(line);
      const isTold = (at: number): boolean =>
        /\*\/$/.test(lines[at] ?? '') || (/^\/\/ biome-ignore/.test(lines[at] ?? '') && isTold(at - 1));
      return lines.flatMap((line, at) => (isOurs(line) && !isTold(at - 1) ? [`${path}: ${line}`] : []));
    });
    expect(files.length).toBeGreaterThan(300);
    expect(bare).toEqual([]);
  });
});
