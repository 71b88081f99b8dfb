/** What kind of checkpoint has such keys, the most telling first. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/(^|\.)sequential\.\d+\.\d+\.weight$/, "another SampleCNN than CLMR's, or a part of one"],
  [/(^|\.)layer\d\.conv_1\.weight$/, 'a ShortChunkCNN: export it to ONNX and use the onnx encoder'],
  [/\.(self_attn|attention|attn)\./, 'a transformer: export it to ONNX and use the onnx encoder'],
  [/^(model\.)?(0|2)\.(weight|bias)$/, "CLMR's linear head (a finetuner's checkpoint): give the encoder's"],
  [/(^|\.)projector\.\d+\.weight$/, 'a projector without its encoder'],
];

const SHOWN = 3;

/** A sentence on what the keys of a state dict look like, with a few of them, for a message about one that does not fit. */
export function looksLike(keys: readonly string[]): string {
  if (keys.length === 0) return 'It holds no tensor at all.';
  const kind = KINDS.find(([pattern]) => keys.some((key) => pattern.test(key)))?.[1];
  const shown = keys.slice(0, SHOWN).map((key) => `"${key}"`);
  const listed = `${shown.join(', ')}${keys.length > SHOWN ? `, … ${keys.length} in all` : ''}`;
  return kind === undefined ? `Its keys are ${listed}.` : `By its keys (${listed}) it is ${kind}.`;
}
