/** What `use` makes of what `create` makes, which is closed then, whatever happens. */
export async function closing<T extends { close?(): Promise<void> }, Result>(
  create: () => T | Promise<T>,
  use: (made: T) => Promise<Result>,
): Promise<Result> {
  const made = await create();
  try {
    return await use(made);
  } finally {
    await made.close?.();
  }
}
