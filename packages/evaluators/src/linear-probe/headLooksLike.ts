/** What kind of file has such keys, the most telling first. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [
    /(^|\.)sequential\.\d+\.\d+\.weight$/,
    "CLMR's encoder or a part of it (give it as checkpointPath of the clmr encoder)",
  ],
  [/(^|\.)projector\.\d+\.weight$/, "the projector of CLMR's pre-training, which no evaluation uses"],
  [/(^|\.)(self_attn|attention|attn)\./, 'a transformer'],
  [/(^|[._])(conv|bn|layer)_?\d*\./, 'a convolutional network'],
  [
    /^(.*\.)?(fc|classifier|linear|head)\.(weight|bias)$/,
    'a layer of another name: save it as "0.weight" and "0.bias"',
  ],
  [/^(.*\.)?\d+\.(weight|bias)$/, 'a head of other layers than CLMR has'],
];

const SHOWN = 3;

/** A sentence on what the keys of a state dict without a head look like, with a few of them. */
export function looksLike(keys: readonly string[]): string {
  const kind = KINDS.find(([pattern]) => keys.some((key) => pattern.test(key)))?.[1];
  const shown = keys.slice(0, SHOWN).map(quoted);
  const listed = `${shown.join(', ')}${keys.length > SHOWN ? `, … ${keys.length} in all` : ''}`;
  return kind === undefined ? `Its keys are ${listed}.` : `By its keys (${listed}) it is ${kind}.`;
}

/** A key that a file chose, fit for a message: quoted, escaped and short. */
export function quoted(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}
