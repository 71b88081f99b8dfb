import { describe, expect, it } from 'vitest';
import { spreadsheetCell } from './delimited.ts';

describe('a cell for spreadsheets', () => {
  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\t+2', '-0x1', '\r=1', '＝1+1', '=HYPERLINK("http://x","y")'])(
    'is text, not the formula %j',
    (text) => {
      expect(spreadsheetCell(text)).toBe(`'${text}`);
    },
  );

  it.each(['-0.5', '+1e-7', '-3', 'rock', 'a=b', '', 'n/a', '−0.020'])('is %j as it stands', (text) => {
    expect(spreadsheetCell(text)).toBe(text);
  });
});
