import { DataError } from '../errors.ts';
import { checkSize, parseLayout, refusedDtype } from './header.ts';
import { checkLength, readFully, readHeaderText, withFile } from './read.ts';
import { headerFor } from './write.ts';

/** A list of texts as NumPy keeps it: each in `width` characters of four bytes, shorter ones filled with zeros. */
export interface NpyStrings {
  /** How many characters (code points) there is room for in each. */
  readonly width: number;
  readonly values: readonly string[];
}

const CHARACTER_BYTES = 4;

/**
 * The texts in an .npy file of dtype `U`, one dimension. Arrays of Python objects are refused: they are pickles. The size is checked
 * against the file's before memory is taken. Throws a DataError that names the file and what is wrong with it.
 */
export async function readNpyStrings(path: string): Promise<NpyStrings> {
  return withFile(path, async (file) => {
    const { text, dataOffset } = await readHeaderText(file, path);
    const layout = parseLayout(text, dataOffset, path);
    const [, order, digits] = /^([<>])U(\d{1,9})$/.exec(layout.descriptor) ?? [];
    const width = Number(digits);
    if (order === undefined || width === 0) throw refusedDtype(layout.descriptor, 'texts ("<U16")', path);
    if (layout.shape.length !== 1) {
      throw new DataError(path, `${path}: expected a list of texts, found shape (${layout.shape.join(', ')}).`);
    }
    const itemBytes = width * CHARACTER_BYTES;
    checkSize(layout, itemBytes, path);
    await checkLength(file, dataOffset + layout.count * itemBytes, path);
    const view = new DataView((await readFully(file, dataOffset, layout.count * itemBytes, path)).buffer);
    const values = Array.from({ length: layout.count }, (_, row) =>
      textAt(view, row * itemBytes, width, order === '<', path),
    );
    return { width, values };
  });
}

/** The bytes of an .npy file (version 1.0, little-endian) of texts. Throws a RangeError for a text longer than the width. */
export function npyStringBytes({ width, values }: NpyStrings): Uint8Array {
  const header = headerFor(`<U${width}`, [values.length]);
  const bytes = new Uint8Array(header.length + values.length * width * CHARACTER_BYTES);
  bytes.set(header);
  const view = new DataView(bytes.buffer, header.length);
  for (const [row, value] of values.entries()) {
    const characters = Array.from(value);
    if (characters.length > width) throw new RangeError(`"${value}" has more than ${width} characters.`);
    for (const [i, character] of characters.entries()) {
      view.setUint32((row * width + i) * CHARACTER_BYTES, character.codePointAt(0)!, true);
    }
  }
  return bytes;
}

// NumPy drops the zeros at the end, and only those.
function textAt(view: DataView, offset: number, width: number, littleEndian: boolean, path: string): string {
  const at = (i: number) => view.getUint32(offset + i * CHARACTER_BYTES, littleEndian);
  let length = width;
  while (length > 0 && at(length - 1) === 0) length--;
  let text = '';
  for (let i = 0; i < length; i++) {
    const code = at(i);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      throw new DataError(path, `${path}: a text holds 0x${code.toString(16)}, which is no character.`);
    }
    text += String.fromCodePoint(code);
  }
  return text;
}
