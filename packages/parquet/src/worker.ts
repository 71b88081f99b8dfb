import { parentPort } from 'node:worker_threads';
import { asyncBuffer, type OpenParquet, openParquet, Refusal, readMatrix, readNamed } from './columns.ts';
import type { ParquetAnswer, ParquetCall } from './thread.ts';
import { parquetWithoutRows } from './withoutRows.ts';

const port = parentPort!;
let opened: OpenParquet | undefined;

async function open(file: string | Uint8Array) {
  const { asyncBufferFromFile } = await import('hyparquet');
  opened = await openParquet(typeof file === 'string' ? await asyncBufferFromFile(file) : asyncBuffer(file));
  const { children, metadata } = opened;
  return { columns: children.map(({ element }) => element.name), rowCount: Number(metadata.num_rows) };
}

async function answerTo(call: ParquetCall): Promise<unknown> {
  if ('open' in call) return open(call.open);
  if ('columns' in call) return readNamed(opened!, call.columns);
  if ('matrix' in call) return readMatrix(opened!, call.matrix);
  return parquetWithoutRows(opened!, (row) => call.dropped[row] === 1);
}

const send = (answer: ParquetAnswer) => port.postMessage(answer);

port.on('message', (call: ParquetCall) => {
  answerTo(call).then(
    (result) => send({ result }),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      send(error instanceof Refusal ? { refusal: message } : { failure: message });
    },
  );
});
