import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importCircles, projectReferences, relativeImports, violations, workspaceManifests } from './boundaries.ts';

const root = join(import.meta.dirname, '..');
const workspace = workspaceManifests(root);

describe('who may know whom', () => {
  it('holds in the whole workspace', () => {
    expect(workspace.size).toBeGreaterThan(12);
    expect(violations([...workspace.values()])).toEqual([]);
  });

  it.each([
    ['packages/clusterers', '@refrain/kernels', 'a plugin kind that knows another'],
    ['packages/core', '@refrain/onnx', 'a core that knows its users'],
    ['packages/pruners', 'inversify', 'the container outside the assembly'],
    ['packages/encoders', 'onnxruntime-node', 'onnxruntime outside the place that keeps its telemetry off'],
    ['packages/datasets', 'refrain', 'a package that knows an app'],
    [
      'apps/runner/examples/refrain-plugin-example',
      '@refrain/clusterers',
      'a third party that knows more than the contracts',
    ],
  ])('%s must not depend on %s: %s', (folder, dependency) => {
    const manifest = workspace.get(folder);
    expect(manifest).toBeDefined();
    for (const field of ['dependencies', 'devDependencies', 'peerDependencies'] as const) {
      const broken = { ...manifest!, [field]: { ...manifest![field], [dependency]: 'workspace:*' } };
      expect(violations([broken])).toEqual([`${manifest!.name} must not depend on ${dependency}`]);
    }
  });
});

it('a third party may know the contracts and the toolkit of pruners', () => {
  const dependencies = { '@refrain/core': '^0.1.0', '@refrain/pruners': '^0.1.0' };
  expect(violations([{ name: 'refrain-plugin-strange', dependencies }])).toEqual([]);
});

describe('project references', () => {
  const published = [...workspace].filter(
    ([folder]) =>
      folder.startsWith('packages') ||
      ['runner', 'report', 'create-refrain-plugin'].some((app) => folder === join('apps', app)),
  );
  const folderOf = new Map([...workspace].map(([folder, { name }]) => [name, folder]));

  it.each(published)('of %s are its workspace dependencies', (folder, { dependencies = {} }) => {
    const expected = Object.keys(dependencies).flatMap((name) => folderOf.get(name) ?? []);
    expect(projectReferences(root, folder)!.sort()).toEqual(expected.sort());
  });

  it('of the root are all packages and apps', () => {
    expect(projectReferences(root, '.')!.sort()).toEqual(published.map(([folder]) => folder).sort());
  });
});

describe('imports by a relative path', () => {
  const imports = relativeImports(root);

  it('are seen in all files, those of types too', () => {
    expect(imports.size).toBeGreaterThan(500);
    expect(imports.get(join('packages', 'core', 'src', 'clusterer.ts'))).toEqual(
      ['kernel.ts', 'matrix.ts'].map((file) => join('packages', 'core', 'src', file)),
    );
    const missing = [...imports.values()].flat().filter((target) => !imports.has(target));
    expect(missing).toEqual([]);
  });

  it('make no circle anywhere', () => {
    expect(importCircles(imports)).toEqual([]);
  });

  it('are told where they make one', () => {
    const [a, b, c, d] = ['a.ts', 'b.ts', 'c.ts', 'd.ts'] as const;
    const open: [string, string[]][] = [
      [d, [a]],
      [a, [b, c]],
      [b, [c]],
      [c, []],
    ];
    expect(importCircles(new Map(open))).toEqual([]);
    expect(importCircles(new Map([...open, [c, [a]]]))).toEqual(['a.ts → b.ts → c.ts → a.ts']);
    expect(importCircles(new Map([[a, [a]]]))).toEqual(['a.ts → a.ts']);
  });
});
