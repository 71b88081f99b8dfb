import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Job, Report } from './job.ts';

/** A report, and how busy the machine was when its process started. */
export interface Measurement extends Report {
  /** Runnable processes, mean over the last minute before the start. 0 on Windows. */
  readonly loadAverage: number;
}

/**
 * Runs one job in a process of its own. Throws when it fails, with the error it wrote on standard error.
 * On Linux a process inherits the resident memory of the one that starts it as the least its peak can be, so the caller must stay small: no points here.
 */
export async function runJob(job: Job): Promise<Measurement> {
  // Plain node, without the caller's flags: worker threads inherit them, and a loader of sources would be counted with our own start-up.
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  const child = join(import.meta.dirname, 'child.js');
  return measured(process.execPath, [child, JSON.stringify(job)], env);
}

/** Runs a program whose last line is a report. */
export async function measured(
  program: string,
  parameters: readonly string[],
  env = process.env,
): Promise<Measurement> {
  const loadAverage = loadavg()[0]!;
  const { stdout } = await outputOf(program, parameters, env);
  return { ...(JSON.parse(lastLine(stdout)) as Report), loadAverage };
}

/** The last line of an output: what was written before it is other people's. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)!;
}

/** The standard output of a program. Throws when it cannot be started or its exit status is not 0. */
export function outputOf(
  program: string,
  parameters: readonly string[],
  env = process.env,
): Promise<{ readonly stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0) resolve({ stdout });
      else reject(new Error(`It ended with ${signal ?? `exit status ${status}`}: ${reasonIn(stderr)}`));
    });
  });
}

/** The line of an error in what a program wrote, else the last line. */
function reasonIn(stderr: string): string {
  const lines = stderr.trim().split('\n');
  return lines.find((line) => /^\w*Error\b.*: /.test(line)) ?? lastLine(stderr);
}
