/** The module compiled from a file, scan.ts unless given, in base64. Throws what the compiler has to say. */
export function compiled(source?: string): Promise<string>;
