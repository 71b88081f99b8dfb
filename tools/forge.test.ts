import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const json = <T>(path: string) => JSON.parse(text(path)) as T;
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    name.endsWith(ending) ? [`${folder}/${name}`] : [],
  );

interface Step {
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      { readonly steps: readonly Step[]; readonly strategy?: { readonly matrix: { readonly node: number[] } } }
    >
  >;
}
interface Package {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
}

describe('what a public forge is told', () => {
  const workflows = filesIn('.github/workflows', '.yml');

  it.each(workflows)('%s runs scripts that there are', (path) => {
    const { scripts } = json<Package>('package.json');
    const jobs = Object.values((parse(text(path)) as Workflow).jobs);
    const commands = jobs.flatMap(({ steps }) =>
      steps.flatMap((step) => [step.run, ...Object.values(step.with ?? {})]),
    );
    const named = commands.flatMap((command) =>
      [...String(command).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!),
    );
    expect(named.filter((name) => scripts?.[name] === undefined)).toEqual([]);
    expect(named.length > 0 || commands.includes('.ci/run')).toBe(true);
  });

  it('tries the oldest Node that packages ask for, and later ones', () => {
    const { engines } = json<{ readonly engines: { readonly node: string } }>('package.json');
    const { matrix } = (parse(text('.github/workflows/ci.yml')) as Workflow).jobs.check!.strategy!;
    expect(`>=${Math.min(...matrix.node)}`).toBe(engines.node.replace(/\..*/, ''));
    expect(matrix.node.length).toBeGreaterThan(2);
  });

  it.each([...filesIn('.github', '.yml'), 'CITATION.cff'])('%s is YAML', (path) => {
    expect(parse(text(path))).toBeTypeOf('object');
  });

  it('gives all published packages but those of onnxruntime one version', () => {
    const packages = ['packages', 'apps'].flatMap((folder) =>
      readdirSync(join(root, folder)).flatMap((name) => {
        const path = join(folder, name, 'package.json');
        return existsSync(join(root, path)) ? [json<Package>(path)] : [];
      }),
    );
    const versions = packages.filter((one) => !one.private).map(({ version }) => version);
    expect(new Set(versions).size).toBe(1);
    expect(versions.length).toBeGreaterThan(15);
  });
});
