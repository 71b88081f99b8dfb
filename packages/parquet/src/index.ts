export { asyncBuffer, openParquet, type ParquetMatrix } from './columns.ts';
export { withParquet } from './thread.ts';
export { parquetWithoutRows } from './withoutRows.ts';
