/** The compiled module, in base64. Throws what the compiler has to say. */
export function compiled(): Promise<string>;
