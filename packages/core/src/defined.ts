/** An object whose fields are absent where they would be undefined. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The fields that are not undefined, in their order. */
export function defined<T extends object>(fields: T): Defined<T> {
  // In plain steps: every clip has records that are made by this.
  const found: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key as keyof T];
    if (value !== undefined) found[key] = value;
  }
  return found as Defined<T>;
}
