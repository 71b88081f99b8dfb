import { mkdir } from 'node:fs/promises';
import { runCommand } from '../src/cli.ts';
import { printed } from '../src/commands/printed.ts';
import { failureOf } from '../src/terminal/failure.ts';
import { type Finished, foreignFiles, HOME, withoutPage } from './refrain.ts';

/**
 * As `refrain`, but in this process, which spares the start of another: for tests of what commands say, find and leave in folders, not of how
 * they run. Commands come one after another; they change the environment, the working folder and what goes to stderr while they run.
 */
export async function refrainHere(
  args: readonly string[],
  options: { readonly cwd?: string; readonly page?: boolean } = {},
): Promise<Finished> {
  await mkdir(HOME, { recursive: true });
  const before = { home: process.env.HOME, cache: process.env.XDG_CACHE_HOME, cwd: process.cwd() };
  const write = process.stderr.write;
  let stderr = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    stderr += chunk;
    return true;
  };
  setVariables(HOME, undefined);
  if (options.cwd !== undefined) process.chdir(options.cwd);
  let finished: Finished;
  try {
    const outcome = await runCommand(options.page ? args : withoutPage(args), new AbortController().signal);
    const stdout = outcome === undefined ? '' : `${printed(outcome)}\n`;
    finished = { status: outcome?.result.status ?? 0, stdout, stderr };
  } catch (error) {
    const { status, text } = failureOf(error);
    finished = { status, stdout: '', stderr: stderr + text };
  } finally {
    process.stderr.write = write;
    process.chdir(before.cwd);
    setVariables(before.home, before.cache);
  }
  const foreign = await foreignFiles();
  if (foreign.length > 0) throw new Error(`refrain ${args.join(' ')} left ${foreign.join(', ')} behind.`);
  return finished;
}

function setVariables(home: string | undefined, cache: string | undefined): void {
  for (const [name, value] of Object.entries({ HOME: home, XDG_CACHE_HOME: cache })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
