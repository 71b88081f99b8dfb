/** Sub-fingerprints as text: 32-bit numbers, little-endian, in base64. */
export function fingerprintText(fingerprint: Uint32Array): string {
  const bytes = Buffer.alloc(4 * fingerprint.length);
  for (const [at, frame] of fingerprint.entries()) bytes.writeUInt32LE(frame, 4 * at);
  return bytes.toString('base64');
}

/** The sub-fingerprints of a text. */
export function fingerprintOfText(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64');
  return Uint32Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readUInt32LE(4 * at));
}
