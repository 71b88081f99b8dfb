/** What is refused in a parquet file, as a sentence without the file's name: the thread that reads the file doesn't know what it is called. */
export class Refusal extends Error {}
