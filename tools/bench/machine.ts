import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';

/** One sentence about where and when the figures were made: processor, cores, memory, versions, load and date. */
export function machineSentence(at: Date): string {
  const processors = cpus();
  const memory = (totalmem() / 1e9).toFixed(1);
  const load = loadavg()[0]!.toFixed(2);
  return (
    `${at.toISOString().slice(0, 10)}, ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${memory} GB of memory, ` +
    `${process.platform} ${process.arch}, node ${process.version}, onnxruntime ${onnxruntimeVersion()}; load average at the start ${load}.`
  );
}

/** From its package.json: to import it would make this process large, and what it starts would inherit that as its peak. */
function onnxruntimeVersion(): string {
  const require = createRequire(import.meta.url);
  const file = require.resolve('onnxruntime-node/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
