import { describe, expect, it, vi } from 'vitest';
import { table } from './table.ts';
import { showsUtf8, terminalJson, terminalLine, terminalText } from './terminalText.ts';

// A title set by OSC 0, a red word, a line that is written over, C1's CSI, an override of the direction and an isolate.
const HOSTILE =
  '\u001b]0;owned\u0007 \u001b[31mred\u001b[0m\rover\u009b2J \u202egpj.exe \u2066x\u2069 \u007f\u0000\u2028';

describe('text for a terminal', () => {
  it('has every character escaped that a terminal would obey', () => {
    expect(terminalText(HOSTILE)).toBe(
      '\\x1b]0;owned\\x07 \\x1b[31mred\\x1b[0m\\x0dover\\x9b2J \\u202egpj.exe \\u2066x\\u2069 \\x7f\\x00\\u2028',
    );
    expect(terminalText(terminalText(HOSTILE))).toBe(terminalText(HOSTILE));
  });

  it('keeps lines, tabs and what people write', () => {
    const plain = 'naïve 🎵 日本語 עברית العربية\n\tback\\slash';
    expect(terminalText(plain)).toBe(plain);
  });

  it('lets no name begin a line of its own', () => {
    expect(terminalLine('2 clips:\n  a: cut\n  b\nerror: none: cut')).toBe(
      '2 clips:\n  a: cut\n  b\\nerror: none: cut',
    );
    expect(table(['id', 'n'], [['a\nb', '1']])).toBe('id    n\n────  ─\na\\nb  1');
  });

  it('has our signs in ASCII where the locale is not UTF-8, and widths that follow', () => {
    const ours = '─ − – … ± × · → █ ▲ ▼ ≤ ≥ Δ α θ κ τ √ ’ ² 10⁻⁶';
    expect(terminalText(ours)).toBe(ours);
    const ascii = terminalText(`${ours}, Björk.mp3\r`, false);
    expect(ascii).toBe("- - - ... +/- x . -> # ^ v <= >= diff. alpha theta kappa tau sqrt ' 2 10-6, Björk.mp3\\x0d");
    expect(terminalLine('a ± b', false)).toBe('a +/- b');
  });

  it('has tables in ASCII there, with columns that still stand below each other', () => {
    vi.stubEnv('LC_ALL', 'C');
    expect(table(['Δ', 'n'], [['0.5 ± 0.1', '12']])).toBe('diff.         n\n-----------  --\n0.5 +/- 0.1  12');
    vi.unstubAllEnvs();
  });

  it.each([
    [{ LANG: 'en_US.UTF-8' }, 'linux', true],
    [{ LC_ALL: 'C.utf8', LANG: 'C' }, 'linux', true],
    [{ LC_ALL: '', LC_CTYPE: 'de_DE.ISO-8859-1', LANG: 'en_US.UTF-8' }, 'linux', false],
    [{ LC_ALL: 'C', LC_CTYPE: 'en_US.UTF-8' }, 'linux', false],
    [{}, 'linux', false],
    [{}, 'win32', true],
    [{ LANG: 'C' }, 'darwin', false],
  ] as const)('knows the locale of %j on %s', (env, platform, isUtf8) => {
    expect(showsUtf8(env, platform)).toBe(isUtf8);
  });

  it('is JSON that means the same', () => {
    const json = terminalJson(JSON.stringify({ [HOSTILE]: HOSTILE }));
    expect(JSON.parse(json)).toEqual({ [HOSTILE]: HOSTILE });
    expect(json).toMatch(/^[ -~]*$/);
  });
});
